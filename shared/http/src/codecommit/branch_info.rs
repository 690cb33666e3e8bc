//! A branch, as several operations tell it.

use packhouse_git::hash::ObjectId;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BranchInfo {
    branch_name: String,
    commit_id: String,
}

impl BranchInfo {
    pub(super) fn new(name: String, tip: &ObjectId) -> Self {
        Self {
            branch_name: name,
            commit_id: tip.to_string(),
        }
    }
}
