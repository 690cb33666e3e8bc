//! `RedeliverTrigger`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use packhouse_forge::triggers;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    trigger_name: Option<String>,
    /// From which version on all is told once more; otherwise nothing is.
    from_version: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    repository_name: String,
    trigger_name: String,
    /// What counts as told.
    told: u64,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let trigger = needed(input.trigger_name, Refusal::RepositoryTriggerNameRequired)?;
    let told = triggers::redeliver(forge, caller, &name, (&trigger, input.from_version)).await?;
    answer(&Output {
        repository_name: name.to_string(),
        trigger_name: trigger,
        told,
    })
}
