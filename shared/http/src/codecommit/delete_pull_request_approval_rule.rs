//! `DeletePullRequestApprovalRule`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::pull_requests::review;
use serde::{Deserialize, Serialize};

use super::approval_rule::name;
use super::pull_request::pull_request_id;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    pull_request_id: Option<String>,
    approval_rule_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    /// Absent when there was no rule of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    approval_rule_id: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let id = pull_request_id(input.pull_request_id.as_deref())?;
    let name = name(input.approval_rule_name.as_deref())?;
    let deleted = review::delete_rule(forge, caller, id, &name).await?;
    answer(&Output {
        approval_rule_id: deleted,
    })
}
