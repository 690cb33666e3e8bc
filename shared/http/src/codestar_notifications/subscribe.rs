//! `Subscribe`. It needs no token: to subscribe twice is to subscribe once.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::notifications;
use serde::Deserialize;
use serde_json::json;

use super::target::TargetInput;
use crate::rest_json::Answer;
use crate::rest_json::input::{answer, parse, required};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    arn: Option<String>,
    target: Option<TargetInput>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let arn = required(input.arn, "Arn")?;
    let target = required(input.target, "Target")?.into();
    notifications::subscribe(forge, caller, &arn, &target).await?;
    answer(&json!({ "Arn": arn }))
}
