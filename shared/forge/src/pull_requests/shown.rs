//! A pull request as callers see it.

use super::PullRequest;
use crate::names::RepositoryName;
use crate::repositories::Repository;

/// A pull request with what it does not know itself.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The pull request.
    pub pull_request: PullRequest,
    /// The name that its repository has now.
    pub repository: RepositoryName,
}

impl Shown {
    /// Adds to a pull request what callers are told with it.
    pub(super) fn of(repository: &Repository, pull_request: PullRequest) -> Self {
        Self {
            pull_request,
            repository: repository.name.clone(),
        }
    }
}
