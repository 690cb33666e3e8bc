//! `AssociateApprovalRuleTemplateWithRepository`.

use packhouse_forge::approval_rule_templates;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use serde::Deserialize;

use super::approval_rule_template::name;
use crate::aws_json::Answer;
use crate::aws_json::input::{nothing, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    approval_rule_template_name: Option<String>,
    repository_name: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let template = name(input.approval_rule_template_name.as_deref())?;
    let repository = repository_name(input.repository_name.as_deref())?;
    approval_rule_templates::associate(forge, caller, &template, &repository).await?;
    nothing()
}
