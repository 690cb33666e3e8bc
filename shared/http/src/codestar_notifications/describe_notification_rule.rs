//! `DescribeNotificationRule`.

use std::collections::BTreeMap;

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::notifications;
use serde::{Deserialize, Serialize};

use super::event_type_summary::EventTypeSummary;
use super::target::TargetSummary;
use crate::rest_json::Answer;
use crate::rest_json::input::{answer, parse, required};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    arn: String,
    name: String,
    event_types: Vec<EventTypeSummary>,
    resource: String,
    targets: Vec<TargetSummary>,
    detail_type: &'static str,
    created_by: String,
    status: &'static str,
    created_timestamp: f64,
    last_modified_timestamp: f64,
    tags: BTreeMap<String, String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let found = notifications::describe(forge, caller, &required(input.arn, "Arn")?).await?;
    let rule = found.rule;
    let targets = rule.targets.into_iter().map(|target| TargetSummary {
        target_status: target.status(),
        target_type: target.kind().name(),
        target_address: target.address,
    });
    answer(&Output {
        arn: found.arn,
        name: rule.name,
        event_types: rule.event_types.into_iter().map(Into::into).collect(),
        resource: found.resource,
        targets: targets.collect(),
        detail_type: rule.detail.name(),
        created_by: rule.created_by,
        status: if rule.enabled { "ENABLED" } else { "DISABLED" },
        created_timestamp: seconds(rule.created_ms),
        last_modified_timestamp: seconds(rule.modified_ms),
        tags: rule.tags,
    })
}

/// A time as the API writes it: seconds since the Unix epoch with milliseconds.
fn seconds(ms: u64) -> f64 {
    std::time::Duration::from_millis(ms).as_secs_f64()
}
