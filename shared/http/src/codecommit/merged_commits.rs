//! The commits of a merge, as several operations tell them.

use packhouse_forge::merges::Tips;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MergedCommits {
    source_commit_id: String,
    destination_commit_id: String,
    base_commit_id: String,
}

impl From<&Tips> for MergedCommits {
    fn from(tips: &Tips) -> Self {
        Self {
            source_commit_id: tips.source.to_string(),
            destination_commit_id: tips.destination.to_string(),
            base_commit_id: tips.base().to_string(),
        }
    }
}

/// The commit that a merge made.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CommitAndTree {
    commit_id: String,
    tree_id: String,
}

impl CommitAndTree {
    pub(super) fn new((commit, tree): (packhouse_git::hash::ObjectId, packhouse_git::hash::ObjectId)) -> Self {
        Self {
            commit_id: commit.to_string(),
            tree_id: tree.to_string(),
        }
    }
}
