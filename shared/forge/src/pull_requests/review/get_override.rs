//! `GetPullRequestOverrideState`.

use super::{RevisionId, record};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::pull_requests::PullRequestId;
use crate::pull_requests::authorised::authorised_pull_request;

/// The ARN of who overrode the rules for a revision of a pull request, which may be an old one; `None` where nobody did.
///
/// # Errors
/// [`PullRequestDoesNotExist`](crate::refusal::Refusal::PullRequestDoesNotExist), and the store's.
pub async fn get_override(
    forge: &Forge,
    caller: &Caller,
    id: PullRequestId,
    revision: &RevisionId,
) -> Result<Option<String>> {
    authorised_pull_request(forge, caller, Action::GetPullRequestOverrideState, id).await?;
    let found = record::overridden(forge, id, revision.as_str()).await?;
    Ok(found.map(|found| found.by))
}
