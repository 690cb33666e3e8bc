//! `BatchGetRepositories`.

use packhouse_forge::error::Error;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::names::RepositoryName;
use packhouse_forge::repositories;
use serde::{Deserialize, Serialize};

use super::repository_metadata::RepositoryMetadata;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_names: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    repositories: Vec<RepositoryMetadata>,
    repositories_not_found: Vec<String>,
    errors: Vec<NotFound>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NotFound {
    repository_name: String,
    error_code: &'static str,
    error_message: String,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let named = input.repository_names.filter(|names| !names.is_empty());
    let message = "At least one repository name object is required, but was not specified.";
    let named = required(named, "RepositoryNamesRequiredException", message)?;
    if named.len() > repositories::MAX_BATCH {
        return Err(Error::TooManyRepositoryNames(repositories::MAX_BATCH).into());
    }
    // One bad name fails the whole call; one that nobody has does not.
    let names = named
        .iter()
        .map(|name| RepositoryName::new(name))
        .collect::<Result<Vec<_>, _>>()?;
    let batch = repositories::batch_get(forge, caller, names).await?;
    let not_found = |name: &RepositoryName| NotFound {
        repository_name: name.to_string(),
        error_code: "RepositoryDoesNotExistException",
        error_message: Error::RepositoryDoesNotExist(name.clone()).to_string(),
    };
    answer(&Output {
        repositories: batch.found.into_iter().map(RepositoryMetadata::from).collect(),
        errors: batch.missing.iter().map(not_found).collect(),
        repositories_not_found: batch.missing.iter().map(ToString::to_string).collect(),
    })
}
