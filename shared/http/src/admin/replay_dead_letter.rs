//! `ReplayDeadLetter`.

use packhouse_forge::dead_letters::{Replayed, replay};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    /// `queued`, `sent`, `dropped` or `kept`.
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let message = "The ID of a dead letter is required.";
    let id = required(input.id, "ValidationException", message)?;
    let (outcome, why) = match replay(forge, caller, &id).await? {
        Replayed::Queued => ("queued", None),
        Replayed::Sent => ("sent", None),
        Replayed::Dropped(why) => ("dropped", Some(why)),
        Replayed::Kept(why) => ("kept", Some(why)),
    };
    answer(&Output { outcome, why })
}
