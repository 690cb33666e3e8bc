//! `ListNotificationRules`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::notifications::{self, Filter};
use serde::Serialize;

use crate::rest_json::Answer;
use crate::rest_json::input::{Listing, answer, parse};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    notification_rules: Vec<RuleSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RuleSummary {
    id: String,
    arn: String,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let mut input: Listing = parse(body)?;
    let filters = input.filters(|name, value| match name {
        "EVENT_TYPE_ID" => Some(Filter::EventType(value)),
        "CREATED_BY" => Some(Filter::CreatedBy(value)),
        "RESOURCE" => Some(Filter::Resource(value)),
        "TARGET_ADDRESS" => Some(Filter::Target(value)),
        _ => None,
    })?;
    let wanted = (input.max_results, input.next_token.as_deref());
    let page = notifications::list(forge, caller, &filters, wanted).await?;
    let rules = page.items.into_iter().map(|rule| RuleSummary {
        id: rule.id,
        arn: rule.arn,
    });
    answer(&Output {
        notification_rules: rules.collect(),
        next_token: page.next,
    })
}
