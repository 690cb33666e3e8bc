//! `Unsubscribe`.

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
    target_address: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let arn = required(input.arn, "Arn")?;
    let address = required(input.target_address, "TargetAddress")?;
    notifications::unsubscribe(forge, caller, &arn, &address).await?;
    answer(&json!({ "Arn": arn }))
}
