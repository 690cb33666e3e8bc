//! `OverridePullRequestApprovalRules`.

use packhouse_forge::error::Error;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::pull_requests::review;
use packhouse_forge::refusal::Refusal;
use serde::Deserialize;

use super::pull_request::pull_request_id;
use super::revision_id::revision_id;
use crate::aws_json::Answer;
use crate::aws_json::input::{needed, nothing, parse};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    pull_request_id: Option<String>,
    revision_id: Option<String>,
    override_status: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let id = pull_request_id(input.pull_request_id.as_deref())?;
    let revision = revision_id(input.revision_id.as_deref())?;
    let overridden = match needed(input.override_status, Refusal::OverrideStatusRequired)?.as_str() {
        "OVERRIDE" => true,
        "REVOKE" => false,
        _ => return Err(Error::from(Refusal::InvalidOverrideStatus).into()),
    };
    review::override_rules(forge, caller, id, (&revision, overridden)).await?;
    nothing()
}
