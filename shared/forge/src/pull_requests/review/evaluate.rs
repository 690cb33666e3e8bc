//! `EvaluatePullRequestApprovalRules`.

use futures_util::future::try_join3;

use super::{Evaluation, RevisionId, Rule, record};
use crate::change::{ATTEMPTS, busy};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::Action;
use crate::pull_requests::authorised::authorised_pull_request;
use crate::pull_requests::load::load;
use crate::pull_requests::{PullRequest, PullRequestId};
use crate::refusal::Refusal;

/// Tells what the rules of a pull request come to for its current revision, also of one that is closed.
///
/// # Errors
/// [`Refusal::PullRequestDoesNotExist`], [`Refusal::RevisionNotCurrent`], and the store's.
pub async fn evaluate(forge: &Forge, caller: &Caller, id: PullRequestId, revision: &RevisionId) -> Result<Evaluation> {
    let action = Action::EvaluatePullRequestApprovalRules;
    let mut before = authorised_pull_request(forge, caller, action, id).await?.loaded;
    for _ in 0..ATTEMPTS {
        if before.pull_request.revision.id != revision.as_str() {
            return Err(Refusal::RevisionNotCurrent.into());
        }
        let (_, evaluation) = evaluated(forge, &before.pull_request).await?;
        let after = load(forge, id).await?.ok_or(Refusal::PullRequestDoesNotExist)?;
        if after.version == before.version {
            return Ok(evaluation);
        }
        before = after;
    }
    Err(busy())
}

/// The rules of a pull request, as it was read, if they are not in the way of a merge. That is so at one instant if the
/// pull request is still what it was when that was read: whatever counts here changes together with it.
///
/// # Errors
/// [`Refusal::PullRequestApprovalRulesNotSatisfied`], and the store's.
pub(in crate::pull_requests) async fn satisfied(forge: &Forge, pull_request: &PullRequest) -> Result<Vec<Rule>> {
    let (rules, evaluation) = evaluated(forge, pull_request).await?;
    if evaluation.approved {
        return Ok(rules);
    }
    let names = evaluation.not_satisfied.join(", ");
    let why = format!("The pull request cannot be merged: these approval rules are not satisfied: {names}.");
    Err(Refusal::PullRequestApprovalRulesNotSatisfied.saying(why))
}

/// The rules of a pull request, and what they come to.
async fn evaluated(forge: &Forge, pull_request: &PullRequest) -> Result<(Vec<Rule>, Evaluation)> {
    let (id, revision) = (pull_request.id, pull_request.revision.id.as_str());
    let (rules, approvers, overridden) = try_join3(
        record::rules(forge, id),
        record::approvers(forge, id, revision),
        record::overridden(forge, id, revision),
    )
    .await?;
    let evaluation = Evaluation::of(&rules, &approvers, overridden.is_some())?;
    Ok((rules, evaluation))
}
