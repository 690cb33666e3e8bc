//! `UpdateNotificationRule`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::notifications::{self, Changes};
use serde::Deserialize;
use serde_json::json;

use super::target::{TargetInput, detail, enabled};
use crate::rest_json::Answer;
use crate::rest_json::input::{answer, parse, required};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    arn: Option<String>,
    name: Option<String>,
    status: Option<String>,
    event_type_ids: Option<Vec<String>>,
    targets: Option<Vec<TargetInput>>,
    detail_type: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let arn = required(input.arn, "Arn")?;
    let targets = input.targets;
    let changes = Changes {
        name: input.name,
        event_types: input.event_type_ids,
        targets: targets.map(|targets| targets.into_iter().map(Into::into).collect()),
        detail: input.detail_type.as_deref().map(detail).transpose()?,
        enabled: input.status.as_deref().map(enabled).transpose()?,
    };
    notifications::update(forge, caller, &arn, changes).await?;
    answer(&json!({}))
}
