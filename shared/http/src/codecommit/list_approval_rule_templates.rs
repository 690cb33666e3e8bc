//! `ListApprovalRuleTemplates`.

use packhouse_forge::approval_rule_templates::{self, Paging};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, next_token, parse};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    approval_rule_template_names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let paging = Paging::new(next_token(input.next_token), input.max_results)?;
    let page = approval_rule_templates::list(forge, caller, paging).await?;
    answer(&Output {
        approval_rule_template_names: page.names,
        next_token: page.next,
    })
}
