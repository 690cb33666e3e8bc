//! `UpdatePullRequestStatus`.

use packhouse_storage::clock;

use super::amend::amend;
use super::authorised::authorised_pull_request;
use super::{Event, PullRequest, PullRequestId, Shown, Status, What};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::{Caller, session_tags};
use crate::policy::Action;
use crate::refusal::Refusal;

/// Closes a pull request, or asks that it be what it is. Nothing opens it again.
///
/// # Errors
/// [`Refusal::PullRequestDoesNotExist`], [`Refusal::InvalidPullRequestStatusUpdate`], and the store's.
pub async fn update_status(forge: &Forge, caller: &Caller, id: PullRequestId, status: Status) -> Result<Shown> {
    let found = authorised_pull_request(forge, caller, Action::UpdatePullRequestStatus, id).await?;
    let amended = amend(forge, id, |before| match (before.status, status) {
        (Status::Open, Status::Closed) => {
            let after = PullRequest {
                status,
                ..before.clone()
            };
            let event = Event {
                time: clock::now(),
                actor: caller.principal.arn.clone(),
                session_tags: session_tags::of_caller(&caller.principal),
                what: What::StatusChanged(status),
            };
            Ok(Some((after, vec![event])))
        }
        (Status::Closed, Status::Open) => Err(Refusal::InvalidPullRequestStatusUpdate.into()),
        (Status::Open, Status::Open) | (Status::Closed, Status::Closed) => Ok(None),
    });
    Shown::of(forge, &found.repository, amended.await?).await
}
