//! A commit, as several operations tell it.

use packhouse_forge::commits;
use packhouse_git::commit::Identity;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Commit {
    commit_id: String,
    tree_id: String,
    parents: Vec<String>,
    message: String,
    author: UserInfo,
    committer: UserInfo,
    /// Headers that have no member of their own, such as a signature.
    additional_data: String,
}

#[derive(Serialize)]
struct UserInfo {
    name: String,
    email: String,
    /// Seconds since the Unix epoch and the time zone.
    date: String,
}

impl From<Identity> for UserInfo {
    fn from(identity: Identity) -> Self {
        Self {
            date: format!("{} {}", identity.seconds, identity.zone),
            name: identity.name,
            email: identity.email,
        }
    }
}

impl From<commits::Commit> for Commit {
    fn from(commit: commits::Commit) -> Self {
        let details = commit.details;
        Self {
            commit_id: commit.id.to_string(),
            tree_id: details.tree.to_string(),
            parents: details.parents.iter().map(ToString::to_string).collect(),
            message: details.message,
            author: details.author.into(),
            committer: details.committer.into(),
            additional_data: details.extra,
        }
    }
}
