//! `CreateApprovalRuleTemplate`.

use packhouse_forge::approval_rule_templates::{self, New};
use packhouse_forge::approvals::Content;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::Deserialize;

use super::approval_rule_template::{Output, name};
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, parse};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    approval_rule_template_name: Option<String>,
    approval_rule_template_content: Option<String>,
    approval_rule_template_description: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = name(input.approval_rule_template_name.as_deref())?;
    let content = input
        .approval_rule_template_content
        .filter(|content| !content.is_empty());
    let content = needed(content, Refusal::ApprovalRuleTemplateContentRequired)?;
    let new = New {
        name,
        description: input.approval_rule_template_description,
        content: Content::of_template(&content)?,
    };
    let made = approval_rule_templates::create(forge, caller, new).await?;
    answer(&Output::from(made))
}
