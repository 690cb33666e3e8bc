//! `GetPullRequestOverrideState`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::pull_requests::review;
use serde::Serialize;

use super::pull_request::pull_request_id;
use super::revision_id::{Input, revision_id};
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    overridden: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    overrider: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let id = pull_request_id(input.pull_request_id.as_deref())?;
    let revision = revision_id(input.revision_id.as_deref())?;
    let overrider = review::get_override(forge, caller, id, &revision).await?;
    answer(&Output {
        overridden: overrider.is_some(),
        overrider,
    })
}
