//! `DeletePullRequestApprovalRule`.

use super::record;
use crate::approvals::RuleName;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::pull_requests::attachment::Attachment;
use crate::pull_requests::authorised::authorised_pull_request;
use crate::pull_requests::{PullRequestId, What};
use crate::refusal::Refusal;

/// Takes a rule away from an open pull request. Answers its id; `None` when there is none of that name, which is a
/// success.
///
/// # Errors
/// [`Refusal::PullRequestDoesNotExist`], [`Refusal::PullRequestAlreadyClosed`],
/// [`Refusal::CannotDeleteApprovalRuleFromTemplate`], and the store's.
pub async fn delete_rule(forge: &Forge, caller: &Caller, id: PullRequestId, name: &RuleName) -> Result<Option<String>> {
    authorised_pull_request(forge, caller, Action::DeletePullRequestApprovalRule, id).await?;
    let mut deleted = None;
    let mut attachment = Attachment::new(forge, caller, id);
    while attachment.read().await?.is_some() {
        let Some(rule) = record::rule(forge, id, name.as_str()).await? else {
            break;
        };
        if deleted.as_ref().is_some_and(|deleted| *deleted != rule.id) {
            // An earlier try, whose outcome was unknown, was written, and the name is another one's now.
            break;
        }
        if rule.origin.is_some() {
            return Err(Refusal::CannotDeleteApprovalRuleFromTemplate.into());
        }
        let what = What::ApprovalRuleDeleted(rule.told());
        deleted = Some(rule.id);
        let gone = record::delete_rule(forge, id, name.as_str());
        if attachment.write(what, gone).await? {
            break;
        }
    }
    Ok(deleted)
}
