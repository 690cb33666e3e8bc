//! `GetApprovalRuleTemplate`.

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
    approval_rule_template_name: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = name(input.approval_rule_template_name.as_deref())?;
    let found = approval_rule_templates::get(forge, caller, &name).await?;
    answer(&Output::from(found))
}
