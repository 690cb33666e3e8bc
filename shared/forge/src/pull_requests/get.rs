//! `GetPullRequest`.

use super::authorised::authorised_pull_request;
use super::{PullRequestId, Shown};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;

/// Shows a pull request as its branches have it now: what was pushed before the call is in it.
///
/// # Errors
/// [`PullRequestDoesNotExist`](crate::refusal::Refusal::PullRequestDoesNotExist), and the store's.
pub async fn get(forge: &Forge, caller: &Caller, id: PullRequestId) -> Result<Shown> {
    let found = authorised_pull_request(forge, caller, Action::GetPullRequest, id).await?;
    Shown::of(forge, &found.repository, found.loaded.pull_request).await
}
