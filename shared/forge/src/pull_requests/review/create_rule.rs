//! `CreatePullRequestApprovalRule`.

use packhouse_storage::{clock, id};

use super::{Rule, record};
use crate::approvals::{Content, RuleName};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::pull_requests::attachment::Attachment;
use crate::pull_requests::authorised::authorised_pull_request;
use crate::pull_requests::{PullRequestId, What};
use crate::refusal::Refusal;

/// How many rules a pull request can have.
const MAX: usize = 30;

/// Adds a rule to an open pull request.
///
/// # Errors
/// [`Refusal::PullRequestDoesNotExist`], [`Refusal::PullRequestAlreadyClosed`],
/// [`Refusal::ApprovalRuleNameAlreadyExists`], [`Refusal::NumberOfRulesExceeded`], and the store's.
pub async fn create_rule(
    forge: &Forge,
    caller: &Caller,
    id: PullRequestId,
    (name, content): (&RuleName, &Content),
) -> Result<Rule> {
    authorised_pull_request(forge, caller, Action::CreatePullRequestApprovalRule, id).await?;
    let now = clock::now();
    let rule = Rule {
        id: id::uuid(),
        name: name.to_string(),
        content: content.as_str().to_owned(),
        created: now,
        modified: now,
        modified_by: caller.principal.arn.clone(),
        origin: None,
        change_id: id::ulid(),
    };
    let mut attachment = Attachment::new(forge, caller, id);
    while attachment.read().await?.is_some() {
        let rules = record::rules(forge, id).await?;
        match rules.iter().find(|one| one.name == rule.name) {
            // An earlier try, whose outcome was unknown, was written.
            Some(found) if found.id == rule.id => break,
            Some(_) => return Err(Refusal::ApprovalRuleNameAlreadyExists.into()),
            None => {}
        }
        if rules.len() >= MAX {
            return Err(Refusal::NumberOfRulesExceeded.into());
        }
        let what = What::ApprovalRuleCreated(rule.told());
        let made = record::put_rule(forge, id, &rule);
        if attachment.write(what, made).await? {
            break;
        }
    }
    Ok(rule)
}
