//! `UndeleteRepository`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::names::RepositoryName;
use packhouse_forge::repositories;
use serde::{Deserialize, Serialize};

use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    /// The id, or the name that it had.
    repository: Option<String>,
    new_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    repository_id: String,
    repository_name: String,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let message = "The ID or the name of a deleted repository is required.";
    let which = required(input.repository, "RepositoryNameRequiredException", message)?;
    let name = input.new_name.as_deref().map(RepositoryName::new).transpose()?;
    let (id, name) = repositories::undelete(forge, caller, &which, name.as_ref()).await?;
    answer(&Output {
        repository_id: id.to_string(),
        repository_name: name.to_string(),
    })
}
