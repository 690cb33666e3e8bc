//! `ListTargets`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::notifications::{self, TargetFilter};
use serde::Serialize;

use super::target::TargetSummary;
use crate::rest_json::Answer;
use crate::rest_json::input::{Listing, answer, parse};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    targets: Vec<TargetSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let mut input: Listing = parse(body)?;
    let filters = input.filters(|name, value| match name {
        "TARGET_TYPE" => Some(TargetFilter::Kind(value)),
        "TARGET_ADDRESS" => Some(TargetFilter::Address(value)),
        "TARGET_STATUS" => Some(TargetFilter::Status(value)),
        _ => None,
    })?;
    let wanted = (input.max_results, input.next_token.as_deref());
    let page = notifications::list_targets(forge, caller, &filters, wanted).await?;
    let targets = page.items.into_iter().map(|target| TargetSummary {
        target_address: target.address,
        target_type: target.kind,
        target_status: target.status,
    });
    answer(&Output {
        targets: targets.collect(),
        next_token: page.next,
    })
}
