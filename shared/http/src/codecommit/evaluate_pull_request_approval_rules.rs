//! `EvaluatePullRequestApprovalRules`.

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
    evaluation: Evaluation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Evaluation {
    approved: bool,
    overridden: bool,
    approval_rules_satisfied: Vec<String>,
    approval_rules_not_satisfied: Vec<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let id = pull_request_id(input.pull_request_id.as_deref())?;
    let revision = revision_id(input.revision_id.as_deref())?;
    let evaluation = review::evaluate(forge, caller, id, &revision).await?;
    answer(&Output {
        evaluation: Evaluation {
            approved: evaluation.approved,
            overridden: evaluation.overridden,
            approval_rules_satisfied: evaluation.satisfied,
            approval_rules_not_satisfied: evaluation.not_satisfied,
        },
    })
}
