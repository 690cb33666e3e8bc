//! `CodeCommit`'s API, one file for each operation.

mod batch_get_repositories;
mod create_repository;
mod delete_repository;
mod get_repository;
mod list_repositories;
mod repository_metadata;
#[cfg(test)]
mod tests;
mod update_default_branch;
mod update_repository_description;
mod update_repository_name;

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;

use crate::aws_json::Answer;
use crate::aws_json::failure::Failure;

/// Carries out one operation. Those of the API that are not here answer as AWS does to operations that it does not
/// know, which no SDK retries.
pub(crate) async fn dispatch(forge: &Forge, caller: &Caller, operation: &str, body: &[u8]) -> Answer {
    match operation {
        "BatchGetRepositories" => batch_get_repositories::serve(forge, caller, body).await,
        "CreateRepository" => create_repository::serve(forge, caller, body).await,
        "DeleteRepository" => delete_repository::serve(forge, caller, body).await,
        "GetRepository" => get_repository::serve(forge, caller, body).await,
        "ListRepositories" => list_repositories::serve(forge, caller, body).await,
        "UpdateDefaultBranch" => update_default_branch::serve(forge, caller, body).await,
        "UpdateRepositoryDescription" => update_repository_description::serve(forge, caller, body).await,
        "UpdateRepositoryName" => update_repository_name::serve(forge, caller, body).await,
        _ => Err(Failure::unknown_operation("Packhouse does not have this operation yet")),
    }
}
