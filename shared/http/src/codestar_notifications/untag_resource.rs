//! `UntagResource`.

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
    tag_keys: Option<Vec<String>>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let (arn, keys) = (required(input.arn, "Arn")?, required(input.tag_keys, "TagKeys")?);
    notifications::untag(forge, caller, &arn, &keys).await?;
    answer(&json!({}))
}
