//! `GetPullRequestApprovalStates`.

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
    approvals: Vec<Approval>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Approval {
    user_arn: String,
    approval_state: &'static str,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let id = pull_request_id(input.pull_request_id.as_deref())?;
    let revision = revision_id(input.revision_id.as_deref())?;
    let approvers = review::get_states(forge, caller, id, &revision).await?;
    let approvals = approvers.into_iter().map(|user_arn| Approval {
        user_arn,
        // An approval that is taken back is not kept.
        approval_state: "APPROVE",
    });
    answer(&Output {
        approvals: approvals.collect(),
    })
}
