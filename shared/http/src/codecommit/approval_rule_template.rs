//! The members of an approval rule template.

use std::time::Duration;

use packhouse_forge::approval_rule_templates::Template;
use packhouse_forge::approvals::RuleName;
use packhouse_forge::approvals::content::sha256;
use packhouse_forge::refusal::Refusal;
use serde::Serialize;

use crate::aws_json::failure::Failure;
use crate::aws_json::input::{epoch_seconds, needed};

/// The answer of operations that tell all about a template.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output {
    approval_rule_template: ApprovalRuleTemplate,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ApprovalRuleTemplate {
    approval_rule_template_id: String,
    approval_rule_template_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval_rule_template_description: Option<String>,
    rule_content_sha256: String,
    approval_rule_template_content: String,
    #[serde(serialize_with = "epoch_seconds")]
    last_modified_date: Duration,
    #[serde(serialize_with = "epoch_seconds")]
    creation_date: Duration,
    last_modified_user: String,
}

impl From<Template> for Output {
    fn from(template: Template) -> Self {
        Self {
            approval_rule_template: ApprovalRuleTemplate {
                approval_rule_template_id: template.id,
                approval_rule_template_name: template.name,
                approval_rule_template_description: template.description,
                rule_content_sha256: sha256(&template.content),
                approval_rule_template_content: template.content,
                last_modified_date: template.modified,
                creation_date: template.created,
                last_modified_user: template.modified_by,
            },
        }
    }
}

/// The name of a template, which the operation needs.
pub(super) fn name(value: Option<&str>) -> Result<RuleName, Failure> {
    let name = needed(value, Refusal::ApprovalRuleTemplateNameRequired)?;
    Ok(RuleName::of_template(name)?)
}
