//! The one place that says who may do what.

use std::fmt;

use packhouse_git::ref_name::RefName;

use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Principal;
use crate::names::RepositoryName;

/// What can be allowed, under the names that IAM policies use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each is the operation of that name; the two of Git say which side they guard"
)]
pub enum Action {
    CreateRepository,
    GetRepository,
    BatchGetRepositories,
    ListRepositories,
    DeleteRepository,
    UpdateRepositoryName,
    UpdateRepositoryDescription,
    UpdateDefaultBranch,
    /// Cloning and fetching.
    GitPull,
    /// Pushing: asked once without a ref, when refs are advertised, and once for each ref that a push names.
    GitPush,
    /// Administration that `CodeCommit` has no operation for.
    Administer,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "codecommit:{self:?}")
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The action.
    pub action: Action,
    /// The repository that it is about; absent where it is about all of them.
    pub repository: Option<&'a RepositoryName>,
    /// The ref that it changes (the condition key `codecommit:References`).
    pub reference: Option<&'a RefName>,
}

impl<'a> Request<'a> {
    /// Asks for an action on one repository.
    #[must_use]
    pub const fn on(action: Action, repository: &'a RepositoryName) -> Self {
        Self {
            action,
            repository: Some(repository),
            reference: None,
        }
    }

    /// Asks for an action that concerns no single repository.
    #[must_use]
    pub const fn anywhere(action: Action) -> Self {
        Self {
            action,
            repository: None,
            reference: None,
        }
    }

    /// Asks for a change of one ref.
    #[must_use]
    pub const fn of_ref(self, reference: &'a RefName) -> Self {
        Self {
            reference: Some(reference),
            ..self
        }
    }
}

/// Returns when `principal` may do what is asked.
///
/// Today there is one principal, the administrator, who may do everything in their own account.
///
/// # Errors
/// [`Error::AccessDenied`].
pub fn authorise(forge: &Forge, principal: &Principal, request: Request<'_>) -> Result<()> {
    if principal.administrator && principal.account == forge.installation().account {
        return Ok(());
    }
    Err(Error::AccessDenied {
        principal: principal.arn.clone(),
        action: request.action.to_string(),
        resource: request
            .repository
            .map_or_else(|| forge.every_repository_arn(), |name| forge.repository_arn(name)),
    })
}
