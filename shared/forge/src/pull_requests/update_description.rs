//! `UpdatePullRequestDescription`.

use super::amend::amend;
use super::authorised::authorised_pull_request;
use super::{Description, PullRequest, PullRequestId, Shown, Status};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::refusal::Refusal;

/// Gives a pull request another description. That is no event.
///
/// # Errors
/// [`Refusal::PullRequestDoesNotExist`], [`Refusal::PullRequestAlreadyClosed`], and the store's.
pub async fn update_description(
    forge: &Forge,
    caller: &Caller,
    id: PullRequestId,
    description: &Description,
) -> Result<Shown> {
    let action = Action::UpdatePullRequestDescription;
    let found = authorised_pull_request(forge, caller, action, id).await?;
    let description = description.text().map(ToOwned::to_owned);
    let amended = amend(forge, id, |before| {
        if before.status == Status::Closed {
            return Err(Refusal::PullRequestAlreadyClosed.into());
        }
        if before.description == description {
            return Ok(None);
        }
        let after = PullRequest {
            description: description.clone(),
            ..before.clone()
        };
        Ok(Some((after, Vec::new())))
    });
    Shown::of(forge, &found.repository, amended.await?).await
}
