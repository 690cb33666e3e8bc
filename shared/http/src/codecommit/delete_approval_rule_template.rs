//! `DeleteApprovalRuleTemplate`.

use packhouse_forge::approval_rule_templates;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use serde::{Deserialize, Serialize};

use super::approval_rule_template::name;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    approval_rule_template_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    /// Absent when there was no template of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    approval_rule_template_id: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = name(input.approval_rule_template_name.as_deref())?;
    let id = approval_rule_templates::delete(forge, caller, &name).await?;
    answer(&Output {
        approval_rule_template_id: id,
    })
}
