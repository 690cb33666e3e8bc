//! `CreateNotificationRule`.

use std::collections::BTreeMap;

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::notifications::{self, Given};
use serde::Deserialize;
use serde_json::json;

use super::target::{TargetInput, detail, enabled};
use crate::rest_json::Answer;
use crate::rest_json::input::{answer, parse, required};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    name: Option<String>,
    event_type_ids: Option<Vec<String>>,
    resource: Option<String>,
    targets: Option<Vec<TargetInput>>,
    detail_type: Option<String>,
    client_request_token: Option<String>,
    tags: Option<BTreeMap<String, String>>,
    status: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let given = Given {
        name: required(input.name, "Name")?,
        event_types: required(input.event_type_ids, "EventTypeIds")?,
        resource: required(input.resource, "Resource")?,
        targets: required(input.targets, "Targets")?
            .into_iter()
            .map(Into::into)
            .collect(),
        detail: detail(&required(input.detail_type, "DetailType")?)?,
        enabled: input.status.as_deref().map_or(Ok(true), enabled)?,
        tags: input.tags.unwrap_or_default(),
        token: input.client_request_token,
    };
    let arn = notifications::create(forge, caller, given).await?;
    answer(&json!({ "Arn": arn }))
}
