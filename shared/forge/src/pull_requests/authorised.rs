//! Pull requests for callers, who name them by their id alone.

use super::follow::follow_from;
use super::load::{Loaded, load};
use super::{PullRequest, PullRequestId};
use crate::authorization::Request;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::{self, Repository};

/// A pull request that somebody may do something with, and its repository.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) repository: Repository,
    pub(crate) loaded: Loaded,
}

impl Found {
    /// The pull request.
    pub(crate) const fn pull_request(&self) -> &PullRequest {
        &self.loaded.pull_request
    }
}

/// The pull request of an id, as its branches have it now, for somebody who may do `action` with its repository. Where the
/// action takes a ref, that is the destination.
///
/// # Errors
/// [`Error::AccessDenied`] as [`repositories::led_to`] has it, [`Refusal::PullRequestDoesNotExist`], and the store's.
pub(crate) async fn authorised_pull_request(
    forge: &Forge,
    caller: &Caller,
    action: Action,
    id: PullRequestId,
) -> Result<Found> {
    let named = load(forge, id).await?.map(|loaded| loaded.pull_request);
    let request = Request::anywhere(action);
    let request = match &named {
        Some(named) if action.takes_references() => request.of_ref(&named.destination),
        _ => request,
    };
    let repository = named.as_ref().map(|named| &named.repository);
    let repository = repositories::led_to(forge, caller, request, repository).await?;
    let gone = || Error::from(Refusal::PullRequestDoesNotExist);
    let repository = repository.ok_or_else(gone)?;
    follow_from(forge, &repository.id, &repository.manifest).await?;
    // What was read first may be from before somebody else followed.
    let loaded = load(forge, id).await?.ok_or_else(gone)?;
    Ok(Found { repository, loaded })
}

/// Succeeds if the repository of a pull request is the one that the caller names besides it. Whether there is a repository of
/// another name learns only who may do `action` with that, too.
///
/// # Errors
/// [`Refusal::RepositoryNotAssociatedWithPullRequest`], [`Error::RepositoryDoesNotExist`], [`Error::AccessDenied`], and the
/// store's.
pub(crate) async fn check_repository(
    forge: &Forge,
    caller: &Caller,
    action: Action,
    (found, named): (&Found, &RepositoryName),
) -> Result<()> {
    if found.repository.name == *named {
        return Ok(());
    }
    repositories::authorised(forge, caller, action, named).await?;
    Err(Refusal::RepositoryNotAssociatedWithPullRequest.into())
}
