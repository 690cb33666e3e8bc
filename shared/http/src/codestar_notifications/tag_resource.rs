//! `TagResource`.

use std::collections::BTreeMap;

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::notifications;
use serde::Deserialize;
use serde_json::json;

use crate::rest_json::Answer;
use crate::rest_json::input::{answer, parse, required};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    arn: Option<String>,
    tags: Option<BTreeMap<String, String>>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let (arn, tags) = (required(input.arn, "Arn")?, required(input.tags, "Tags")?);
    let tags = notifications::tag(forge, caller, &arn, &tags).await?;
    answer(&json!({ "Tags": tags }))
}
