//! `GetEventLag`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::relay::lag;
use packhouse_storage::clock;
use serde::Serialize;

use crate::aws_json::Answer;
use crate::aws_json::input::answer;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    /// In the outbox.
    items: usize,
    /// For how long the oldest of them waits; told while there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_age_seconds: Option<u64>,
    /// Those whose triggers have something left to tell.
    repositories_with_triggers_behind: Vec<String>,
    dead_letters: usize,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller) -> Answer {
    let found = lag(forge, caller).await?;
    answer(&Output {
        items: found.items,
        oldest_age_seconds: found.oldest.map(|time| clock::now().saturating_sub(time).as_secs()),
        repositories_with_triggers_behind: found.telling,
        dead_letters: found.dead_letters,
    })
}
