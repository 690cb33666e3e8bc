//! The members of an approval rule of a pull request.

use std::time::Duration;

use packhouse_forge::approvals::RuleName;
use packhouse_forge::approvals::content::sha256;
use packhouse_forge::pull_requests::review::Rule;
use packhouse_forge::refusal::Refusal;
use serde::Serialize;

use crate::aws_json::failure::Failure;
use crate::aws_json::input::{epoch_seconds, needed};

/// The answer of operations that tell all about a rule.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output {
    approval_rule: ApprovalRule,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApprovalRule {
    approval_rule_id: String,
    approval_rule_name: String,
    approval_rule_content: String,
    rule_content_sha256: String,
    #[serde(serialize_with = "epoch_seconds")]
    last_modified_date: Duration,
    #[serde(serialize_with = "epoch_seconds")]
    creation_date: Duration,
    last_modified_user: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin_approval_rule_template: Option<OriginApprovalRuleTemplate>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OriginApprovalRuleTemplate {
    approval_rule_template_id: String,
    approval_rule_template_name: String,
}

impl From<Rule> for ApprovalRule {
    fn from(rule: Rule) -> Self {
        Self {
            approval_rule_id: rule.id,
            approval_rule_name: rule.name,
            rule_content_sha256: sha256(&rule.content),
            approval_rule_content: rule.content,
            last_modified_date: rule.modified,
            creation_date: rule.created,
            last_modified_user: rule.modified_by,
            origin_approval_rule_template: rule.origin.map(|origin| OriginApprovalRuleTemplate {
                approval_rule_template_id: origin.id,
                approval_rule_template_name: origin.name,
            }),
        }
    }
}

impl From<Rule> for Output {
    fn from(rule: Rule) -> Self {
        Self {
            approval_rule: rule.into(),
        }
    }
}

/// The name of a rule, which the operation needs.
pub(super) fn name(value: Option<&str>) -> Result<RuleName, Failure> {
    let name = needed(value, Refusal::ApprovalRuleNameRequired)?;
    Ok(RuleName::of_rule(name)?)
}
