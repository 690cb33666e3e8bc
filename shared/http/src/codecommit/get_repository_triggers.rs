//! `GetRepositoryTriggers`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::triggers;
use serde::{Deserialize, Serialize};

use super::repository_trigger::RepositoryTrigger;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    /// Absent until a configuration was put.
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration_id: Option<String>,
    triggers: Vec<RepositoryTrigger>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let found = triggers::get(forge, caller, &name).await?;
    let (configuration_id, triggers) = found.map_or_else(Default::default, |found| (Some(found.id), found.triggers));
    answer(&Output {
        configuration_id,
        triggers: triggers.into_iter().map(RepositoryTrigger::from).collect(),
    })
}
