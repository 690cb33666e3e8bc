//! `DeleteBranch`.

use packhouse_forge::branches;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use super::branch_info::BranchInfo;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    branch_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    /// Absent where there was no such branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_branch: Option<BranchInfo>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let branch = needed(input.branch_name, Refusal::BranchNameRequired)?;
    let tip = branches::delete(forge, caller, &name, &branch).await?;
    answer(&Output {
        deleted_branch: tip.map(|tip| BranchInfo::new(branch, &tip)),
    })
}
