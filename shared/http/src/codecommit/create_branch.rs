//! `CreateBranch`.

use packhouse_forge::branches;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::Deserialize;

use crate::aws_json::Answer;
use crate::aws_json::input::{needed, nothing, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    branch_name: Option<String>,
    commit_id: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let branch = needed(input.branch_name, Refusal::BranchNameRequired)?;
    let commit = needed(input.commit_id, Refusal::CommitIdRequired)?;
    branches::create(forge, caller, &name, (&branch, &commit)).await?;
    nothing()
}
