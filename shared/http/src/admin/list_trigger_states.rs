//! `ListTriggerStates`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::triggers::{self, State};
use packhouse_storage::clock;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
}

#[derive(Serialize)]
struct Output {
    triggers: Vec<Shown>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    name: String,
    target: String,
    /// The version of the log up to which it told all.
    told: u64,
    /// How many versions are behind that.
    behind: u64,
    /// How many tries of the next message have failed.
    failures: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<Last>,
    /// When it is tried again, in milliseconds since the Unix epoch, where that is not now.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try_ms: Option<u64>,
}

/// What came of the last try.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Last {
    time_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

impl From<State> for Shown {
    fn from(state: State) -> Self {
        let progress = state.progress;
        Self {
            name: state.trigger.name,
            target: state.trigger.target.arn().to_owned(),
            told: progress.told,
            behind: state.behind,
            failures: progress.failures,
            last: progress.last.map(|last| Last {
                time_ms: last.time_ms,
                failure: last.failure,
            }),
            next_try_ms: Some(progress.next_ms).filter(|next| *next > clock::now_millis()),
        }
    }
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let states = triggers::states(forge, caller, &name).await?;
    answer(&Output {
        triggers: states.into_iter().map(Shown::from).collect(),
    })
}
