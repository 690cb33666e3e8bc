//! `UpdatePullRequestApprovalRuleContent`.

use packhouse_storage::{clock, id};

use super::{Rule, record};
use crate::approvals::content::sha256;
use crate::approvals::{Content, RuleName};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::pull_requests::attachment::Attachment;
use crate::pull_requests::authorised::authorised_pull_request;
use crate::pull_requests::{PullRequestId, What};
use crate::refusal::Refusal;

/// Changes what a rule of an open pull request says. If `existing` is there, it has to be the hash of what it says now.
///
/// # Errors
/// [`Refusal::PullRequestDoesNotExist`], [`Refusal::PullRequestAlreadyClosed`], [`Refusal::ApprovalRuleDoesNotExist`],
/// [`Refusal::CannotModifyApprovalRuleFromTemplate`], [`Refusal::InvalidRuleContentSha256`], and the store's.
pub async fn update_rule(
    forge: &Forge,
    caller: &Caller,
    id: PullRequestId,
    (name, content, existing): (&RuleName, &Content, Option<&str>),
) -> Result<Rule> {
    authorised_pull_request(forge, caller, Action::UpdatePullRequestApprovalRuleContent, id).await?;
    let change_id = id::ulid();
    let mut attachment = Attachment::new(forge, caller, id);
    loop {
        let is_open = attachment.read().await?.is_some();
        let before = record::rule(forge, id, name.as_str()).await?;
        let before = before.ok_or(Refusal::ApprovalRuleDoesNotExist)?;
        if !is_open || before.change_id == change_id {
            // An earlier try, whose outcome was unknown, was written.
            return Ok(before);
        }
        if before.origin.is_some() {
            return Err(Refusal::CannotModifyApprovalRuleFromTemplate.into());
        }
        if existing.is_some_and(|existing| existing != sha256(&before.content)) {
            return Err(Refusal::InvalidRuleContentSha256.into());
        }
        let rule = Rule {
            content: content.as_str().to_owned(),
            modified: before.modified.max(clock::now()),
            modified_by: caller.principal.arn.clone(),
            change_id: change_id.clone(),
            ..before
        };
        let what = What::ApprovalRuleUpdated(rule.told());
        if attachment.write(what, record::put_rule(forge, id, &rule)).await? {
            return Ok(rule);
        }
    }
}
