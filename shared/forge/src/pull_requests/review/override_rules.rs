//! `OverridePullRequestApprovalRules`.

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

/// Sets the rules of an open pull request aside for its current revision, or takes that back, whoever did it. Where nothing
/// is overridden, taking it back changes nothing.
///
/// # Errors
/// [`Refusal::PullRequestDoesNotExist`], [`Refusal::PullRequestAlreadyClosed`], [`Refusal::RevisionNotCurrent`],
/// [`Refusal::OverrideAlreadySet`], and the store's.
pub async fn override_rules(
    forge: &Forge,
    caller: &Caller,
    id: PullRequestId,
    (revision, overridden): (&RevisionId, bool),
) -> Result<()> {
    authorised_pull_request(forge, caller, Action::OverridePullRequestApprovalRules, id).await?;
    let (change_id, revision) = (id::ulid(), revision.as_str());
    let key = record::override_key(forge, id, revision);
    let mut attachment = Attachment::new(forge, caller, id);
    while let Some(pull_request) = attachment.read().await? {
        if pull_request.revision.id != revision {
            return Err(Refusal::RevisionNotCurrent.into());
        }
        let write = match (record::overridden(forge, id, revision).await?, overridden) {
            // An earlier try, whose outcome was unknown, was written.
            (Some(found), true) if found.change_id == change_id => break,
            (Some(_), true) => return Err(Refusal::OverrideAlreadySet.into()),
            (None, true) => record::give(key.clone(), &caller.principal.arn, &change_id),
            (Some(_), false) => Write::delete(key.clone(), Expect::Any),
            (None, false) => break,
        };
        let revision = revision.to_owned();
        let what = What::ApprovalRuleOverridden { revision, overridden };
        if attachment.write(what, write).await? {
            break;
        }
    }
    Ok(())
}
