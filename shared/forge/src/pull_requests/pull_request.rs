//! What a pull request is.

use crate::merges::MergeOption;
use std::time::Duration;

use packhouse_git::hash::ObjectId;
use packhouse_git::ref_name::RefName;
use packhouse_storage::push::HIDDEN;
use packhouse_storage::repository_id::RepositoryId;
use sha2::{Digest as _, Sha256};

use super::PullRequestId;
use crate::hex;

/// Whether a pull request can still be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It can.
    Open,
    /// It was merged, or given up. That is for ever.
    Closed,
}

/// How a pull request was merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// ARN of who merged it.
    pub by: String,
    /// The commit that was made for it; none for a fast-forward.
    pub commit: Option<ObjectId>,
    /// The tip of the destination before that.
    pub destination: Option<ObjectId>,
    /// In which way.
    pub option: MergeOption,
}

/// One state of the source, which approvals are given for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Names it: 64 hex digits.
    pub id: String,
    /// Counts the revisions of a pull request from 1.
    pub number: u32,
}

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub id: PullRequestId,
    /// The repository of both branches.
    pub repository: RepositoryId,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: Option<String>,
    /// Whether it is open.
    pub status: Status,
    /// When it was made, since the Unix epoch.
    pub created: Duration,
    /// When something last happened to it; never before what happened earlier.
    pub active: Duration,
    /// ARN of who made it.
    pub author: String,
    /// The token of the request that made it.
    pub client_token: Option<String>,
    /// The branch with the changes.
    pub source: RefName,
    /// The branch that they are for.
    pub destination: RefName,
    /// The tip of the source, for as long as it is open.
    pub source_commit: ObjectId,
    /// The tip of the destination when it was made.
    pub destination_commit: ObjectId,
    /// The best common ancestor of source and destination, as of the revision; none where there is no such.
    pub merge_base: Option<ObjectId>,
    /// The state of the source.
    pub revision: Revision,
    /// Up to which version of the repository's log all that concerns it is in here.
    pub applied: u64,
    /// How it was merged.
    pub merged: Option<Merged>,
    /// How many events it has.
    pub events: u64,
    /// Fresh for each change; finds an own change after an unknown outcome.
    pub(super) change: String,
}

impl Status {
    /// The name in the API, which is also the stored one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Closed => "CLOSED",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Open, Self::Closed].into_iter().find(|one| one.name() == name)
    }
}

impl Revision {
    /// The first revision. `version` is that of the repository's log in which the source was seen there.
    pub(super) fn first(id: PullRequestId, commit: ObjectId, version: u64) -> Self {
        Self {
            id: digest(id, commit, version),
            number: 1,
        }
    }

    /// The next one, when entry `version` of the log moved the source. A source that comes back to where it was makes
    /// another revision, so that it is not approved by what was approved then.
    pub(super) fn next(&self, id: PullRequestId, commit: ObjectId, version: u64) -> Self {
        Self {
            id: digest(id, commit, version),
            number: self.number + 1,
        }
    }

    /// The hidden ref that keeps the commit.
    pub(super) fn keeper(&self, id: PullRequestId) -> RefName {
        hidden(id, &self.number.to_string())
    }
}

/// The hidden ref that keeps the tip that the destination had when the pull request was made.
pub(super) fn destination_keeper(id: PullRequestId) -> RefName {
    hidden(id, "destination")
}

fn hidden(id: PullRequestId, what: &str) -> RefName {
    let name = format!("{HIDDEN}pull/{id}/{what}");
    RefName::new(name.as_bytes()).expect("digits and small letters make a valid name")
}

fn digest(id: PullRequestId, commit: ObjectId, version: u64) -> String {
    let text = format!("packhouse:revision:1 {id} {commit} {version}");
    hex::encode(&Sha256::digest(text))
}
