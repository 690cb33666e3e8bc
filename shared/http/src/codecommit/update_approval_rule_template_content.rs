//! `UpdateApprovalRuleTemplateContent`.

use packhouse_forge::approval_rule_templates;
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
    new_rule_content: Option<String>,
    existing_rule_content_sha256: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = name(input.approval_rule_template_name.as_deref())?;
    let content = input.new_rule_content.filter(|content| !content.is_empty());
    let content = needed(content, Refusal::ApprovalRuleTemplateContentRequired)?;
    let content = Content::of_template(&content)?;
    let content = (&content, input.existing_rule_content_sha256.as_deref());
    let changed = approval_rule_templates::update_content(forge, caller, &name, content).await?;
    answer(&Output::from(changed))
}
