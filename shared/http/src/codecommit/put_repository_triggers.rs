//! `PutRepositoryTriggers`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::triggers;
use serde::{Deserialize, Serialize};

use super::repository_trigger::{RepositoryTrigger, given};
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    triggers: Option<Vec<RepositoryTrigger>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    configuration_id: String,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let configuration_id = triggers::put(forge, caller, &name, given(input.triggers)?).await?;
    answer(&Output { configuration_id })
}
