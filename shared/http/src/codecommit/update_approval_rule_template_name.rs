//! `UpdateApprovalRuleTemplateName`.

use packhouse_forge::approval_rule_templates;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use serde::Deserialize;

use super::approval_rule_template::{Output, name};
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    old_approval_rule_template_name: Option<String>,
    new_approval_rule_template_name: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let old = name(input.old_approval_rule_template_name.as_deref())?;
    let new = name(input.new_approval_rule_template_name.as_deref())?;
    let changed = approval_rule_templates::rename(forge, caller, &old, &new).await?;
    answer(&Output::from(changed))
}
