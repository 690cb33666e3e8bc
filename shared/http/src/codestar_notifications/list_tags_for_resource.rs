//! `ListTagsForResource`.

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
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let tags = notifications::tags(forge, caller, &required(input.arn, "Arn")?).await?;
    answer(&json!({ "Tags": tags }))
}
