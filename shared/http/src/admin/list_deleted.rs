//! `ListDeletedRepositories`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::repositories;
use serde::Serialize;

use crate::aws_json::Answer;
use crate::aws_json::input::answer;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    repositories: Vec<Deleted>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Deleted {
    repository_id: String,
    repository_name: String,
    deleted_date: u64,
    /// From when on it can be lost.
    kept_until: u64,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller) -> Answer {
    let found = repositories::list_deleted(forge, caller).await?;
    let deleted = found.into_iter().map(|deleted| Deleted {
        repository_id: deleted.id.to_string(),
        repository_name: deleted.name.to_string(),
        deleted_date: deleted.deleted,
        kept_until: deleted.deleted.saturating_add(repositories::KEPT.as_secs()),
    });
    answer(&Output {
        repositories: deleted.collect(),
    })
}
