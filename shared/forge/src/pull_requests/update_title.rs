//! `UpdatePullRequestTitle`.

use super::amend::amend;
use super::authorised::authorised_pull_request;
use super::{PullRequest, PullRequestId, Shown, Status, Title};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::refusal::Refusal;

/// Gives a pull request another title. That is no event.
///
/// # Errors
/// [`Refusal::PullRequestDoesNotExist`], [`Refusal::PullRequestAlreadyClosed`], and the store's.
pub async fn update_title(forge: &Forge, caller: &Caller, id: PullRequestId, title: &Title) -> Result<Shown> {
    let action = Action::UpdatePullRequestTitle;
    let found = authorised_pull_request(forge, caller, action, id).await?;
    let title = title.as_str().to_owned();
    let amended = amend(forge, id, |before| {
        if before.status == Status::Closed {
            return Err(Refusal::PullRequestAlreadyClosed.into());
        }
        if before.title == title {
            return Ok(None);
        }
        let after = PullRequest {
            title: title.clone(),
            ..before.clone()
        };
        Ok(Some((after, Vec::new())))
    });
    Shown::of(forge, &found.repository, amended.await?).await
}
