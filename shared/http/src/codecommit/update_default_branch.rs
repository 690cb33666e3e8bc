//! `UpdateDefaultBranch`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::repositories;
use serde::Deserialize;

use crate::aws_json::Answer;
use crate::aws_json::input::{nothing, parse, repository_name, required};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    default_branch_name: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let message = "A branch name is required, but was not specified.";
    let branch = required(input.default_branch_name, "BranchNameRequiredException", message)?;
    repositories::set_default_branch(forge, caller, &name, &branch).await?;
    nothing()
}
