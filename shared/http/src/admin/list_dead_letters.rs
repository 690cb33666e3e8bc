//! `ListDeadLetters`.

use packhouse_forge::dead_letters::{DeadLetter, list};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws_json::Answer;
use crate::aws_json::failure::Failure;
use crate::aws_json::input::{answer, next_token, parse};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    /// The id behind which the page starts.
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    dead_letters: Vec<Letter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Letter {
    id: String,
    /// When it was given up, in seconds since the Unix epoch.
    date: u64,
    why: String,
    /// As it is stored.
    what: Value,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let (letters, next_token) = list(forge, caller, next_token(input.next_token)).await?;
    let letter = |(id, letter): (String, DeadLetter)| {
        let what = serde_json::to_value(&letter.what).map_err(|error| Failure::internal(&error))?;
        Ok(Letter {
            id,
            date: letter.buried_ms / 1000,
            why: letter.why,
            what,
        })
    };
    let dead_letters = letters.into_iter().map(letter).collect::<Result<_, Failure>>()?;
    answer(&Output {
        dead_letters,
        next_token,
    })
}
