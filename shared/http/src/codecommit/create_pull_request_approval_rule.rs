//! `CreatePullRequestApprovalRule`.

use packhouse_forge::approvals::Content;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::pull_requests::review;
use packhouse_forge::refusal::Refusal;
use serde::Deserialize;

use super::approval_rule::{Output, name};
use super::pull_request::pull_request_id;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, parse};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    pull_request_id: Option<String>,
    approval_rule_name: Option<String>,
    approval_rule_content: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let id = pull_request_id(input.pull_request_id.as_deref())?;
    let name = name(input.approval_rule_name.as_deref())?;
    let content = input.approval_rule_content.filter(|content| !content.is_empty());
    let content = needed(content, Refusal::ApprovalRuleContentRequired)?;
    let content = Content::of_rule(&content)?;
    let made = review::create_rule(forge, caller, id, (&name, &content)).await?;
    answer(&Output::from(made))
}
