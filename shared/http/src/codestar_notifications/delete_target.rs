//! `DeleteTarget`.

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
    target_address: Option<String>,
    force_unsubscribe_all: Option<bool>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let address = required(input.target_address, "TargetAddress")?;
    let force = input.force_unsubscribe_all.unwrap_or_default();
    notifications::delete_target(forge, caller, &address, force).await?;
    answer(&json!({}))
}
