//! A pull request as callers see it.

use super::PullRequest;
use super::review::{self, Rule};
use crate::error::Result;
use crate::forge::Forge;
use crate::names::RepositoryName;
use crate::repositories::Repository;

/// A pull request with what it does not know itself.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The pull request.
    pub pull_request: PullRequest,
    /// The name that its repository has now.
    pub repository: RepositoryName,
    /// Its approval rules, by name.
    pub rules: Vec<Rule>,
}

impl Shown {
    /// Adds to a pull request what callers are told with it.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn of(forge: &Forge, repository: &Repository, pull_request: PullRequest) -> Result<Self> {
        let rules = review::rules(forge, pull_request.id).await?;
        Ok(Self::with(repository, pull_request, rules))
    }

    /// The same where the rules are known.
    pub(super) fn with(repository: &Repository, pull_request: PullRequest, rules: Vec<Rule>) -> Self {
        Self {
            pull_request,
            repository: repository.name.clone(),
            rules,
        }
    }
}
