//! `UpdatePullRequestApprovalState`.

use packhouse_storage::id;
use packhouse_storage::table::{Expect, Write};

use super::{RevisionId, record};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::pull_requests::attachment::Attachment;
use crate::pull_requests::authorised::authorised_pull_request;
use crate::pull_requests::{PullRequestId, What};
use crate::refusal::Refusal;

/// How many approvals a revision can have.
pub(super) const MAX: usize = 200;

/// Approves the current revision of an open pull request, or takes the caller's approval back. What is so already stays so.
///
/// A push that ends before the call makes the revision an old one. One that comes in between makes a new revision, for
/// which this approval does not count.
///
/// # Errors
/// [`Refusal::PullRequestDoesNotExist`], [`Refusal::PullRequestAlreadyClosed`], [`Refusal::RevisionNotCurrent`],
/// [`Refusal::PullRequestCannotBeApprovedByAuthor`], [`Refusal::MaximumNumberOfApprovalsExceeded`], and the store's.
pub async fn update_state(
    forge: &Forge,
    caller: &Caller,
    id: PullRequestId,
    (revision, approved): (&RevisionId, bool),
) -> Result<()> {
    authorised_pull_request(forge, caller, Action::UpdatePullRequestApprovalState, id).await?;
    let (arn, revision) = (&caller.principal.arn, revision.as_str());
    let key = record::approval_key(forge, id, revision, arn);
    let mut attachment = Attachment::new(forge, caller, id);
    while let Some(pull_request) = attachment.read().await? {
        if pull_request.revision.id != revision {
            return Err(Refusal::RevisionNotCurrent.into());
        }
        if approved && pull_request.author == *arn {
            return Err(Refusal::PullRequestCannotBeApprovedByAuthor.into());
        }
        let approvers = record::approvers(forge, id, revision).await?;
        if approvers.contains(arn) == approved {
            break;
        }
        if approved && approvers.len() >= MAX {
            return Err(Refusal::MaximumNumberOfApprovalsExceeded.into());
        }
        let write = match approved {
            true => record::give(key.clone(), arn, &id::ulid()),
            false => Write::delete(key.clone(), Expect::Any),
        };
        let revision = revision.to_owned();
        let what = What::ApprovalStateChanged { revision, approved };
        if attachment.write(what, write).await? {
            break;
        }
    }
    Ok(())
}
