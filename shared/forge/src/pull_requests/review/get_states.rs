//! `GetPullRequestApprovalStates`.

use super::{RevisionId, record};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::pull_requests::PullRequestId;
use crate::pull_requests::authorised::authorised_pull_request;

/// The ARNs of those who approve a revision of a pull request, which may be an old one; nobody approves what is no
/// revision of it.
///
/// # Errors
/// [`PullRequestDoesNotExist`](crate::refusal::Refusal::PullRequestDoesNotExist), and the store's.
pub async fn get_states(
    forge: &Forge,
    caller: &Caller,
    id: PullRequestId,
    revision: &RevisionId,
) -> Result<Vec<String>> {
    authorised_pull_request(forge, caller, Action::GetPullRequestApprovalStates, id).await?;
    record::approvers(forge, id, revision.as_str()).await
}
