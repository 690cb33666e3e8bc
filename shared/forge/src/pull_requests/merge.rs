//! `MergePullRequestByFastForward`, `MergePullRequestBySquash` and `MergePullRequestByThreeWay`.

use packhouse_git::hash::ObjectId;
use packhouse_git::ref_name::RefName;
use packhouse_storage::clock;
use packhouse_storage::push::Command;

use super::authorised::{Found, authorised_pull_request, check_repository};
use super::follow::follow_from;
use super::load::load;
use super::writes::writes;
use super::{Event, Merged, PullRequest, PullRequestId, Shown, Status, What, review};
use crate::change::{ATTEMPTS, Change, Made as Changed, busy, make};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::{Caller, session_tags};
use crate::merges::{Commitment, Made, MergeOption, Tips, about, carry_out, remember};
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::Opened;

/// Which merge a caller asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The repository of the pull request.
    pub repository: RepositoryName,
    /// What the tip of the source has to be, by its full id.
    pub source_commit: Option<String>,
    /// How.
    pub option: MergeOption,
    /// How a commit is made of it; a fast-forward makes none.
    pub commitment: Commitment,
}

impl Asked {
    const fn action(&self) -> Action {
        match self.option {
            MergeOption::FastForward => Action::MergePullRequestByFastForward,
            MergeOption::Squash => Action::MergePullRequestBySquash,
            MergeOption::ThreeWay => Action::MergePullRequestByThreeWay,
        }
    }
}

/// Merges a pull request: in one transaction its destination moves and it is closed.
///
/// # Errors
/// [`Refusal::PullRequestDoesNotExist`], [`Refusal::RepositoryNotAssociatedWithPullRequest`],
/// [`Refusal::PullRequestAlreadyClosed`], [`Refusal::TipOfSourceReferenceIsDifferent`],
/// [`Refusal::PullRequestApprovalRulesNotSatisfied`], [`Refusal::ManualMergeRequired`];
/// [`Refusal::ConcurrentReferenceUpdate`] when one of the branches moves meanwhile; and the store's.
pub async fn merge(forge: &Forge, caller: &Caller, id: PullRequestId, asked: &Asked) -> Result<Shown> {
    let mut found = authorised_pull_request(forge, caller, asked.action(), id).await?;
    check_repository(forge, caller, asked.action(), (&found, &asked.repository)).await?;
    let mut seen = None;
    for _ in 0..ATTEMPTS {
        let opened = Opened::of(forge, found.repository.clone()).await?;
        let tips = tips(&opened, &found, asked)?;
        if seen.is_some_and(|seen| seen != tips) {
            return Err(Refusal::ConcurrentReferenceUpdate.into());
        }
        seen = Some(tips);
        if tips.source == found.pull_request().source_commit {
            let rules = review::satisfied(forge, found.pull_request()).await?;
            let merge = Tips::of(&opened, tips.source, tips.destination).await?;
            let pull_request = found.pull_request();
            let called = (short(&pull_request.source), short(&pull_request.destination));
            let made = carry_out(&opened, caller, (asked.option, &merge, called), &asked.commitment).await?;
            let mut about = about(asked.option, &merge, &asked.commitment.handling);
            about["pullRequestId"] = pull_request.id.to_string().into();
            let (mut change, merged) = change(forge, caller, &found, (asked, tips, made));
            change.about = Some(("merge", about));
            if let Some(commit) = merged.merged.as_ref().and_then(|merged| merged.commit) {
                change
                    .also
                    .push(remember(&opened, &merge, &asked.commitment.handling, commit));
            }
            match make(forge, caller, &opened, change).await? {
                Changed::Done => return Ok(Shown::with(&found.repository, merged, rules)),
                Changed::Moved => {}
                Changed::Refused(why) => return Err(Refusal::ManualMergeRequired.saying(why)),
            }
        }
        found = again(forge, &found, opened).await?;
    }
    Err(busy())
}

/// The name of a branch, as messages have it.
fn short(name: &RefName) -> &str {
    name.short_branch().unwrap_or_else(|| name.as_str())
}

/// The tips of both branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ends {
    source: ObjectId,
    destination: ObjectId,
}

fn tips(opened: &Opened, found: &Found, asked: &Asked) -> Result<Ends> {
    let pull_request = found.pull_request();
    if pull_request.status == Status::Closed {
        return Err(Refusal::PullRequestAlreadyClosed.into());
    }
    let tip = |name: &RefName| {
        let missing = || Refusal::ReferenceDoesNotExist.saying(format!("Reference {name} does not exist"));
        opened.tip(name).ok_or_else(missing)
    };
    let tips = Ends {
        source: tip(&pull_request.source)?,
        destination: tip(&pull_request.destination)?,
    };
    if let Some(wanted) = &asked.source_commit {
        let wanted = opened.id(wanted).ok_or(Refusal::InvalidCommitId)?;
        if wanted != tips.source {
            return Err(Refusal::TipOfSourceReferenceIsDifferent.into());
        }
    }
    Ok(tips)
}

/// What the merge changes, and the pull request that it makes.
fn change(
    forge: &Forge,
    caller: &Caller,
    found: &Found,
    (asked, tips, made): (&Asked, Ends, Made),
) -> (Change, PullRequest) {
    let before = found.pull_request();
    let merged = Merged {
        by: caller.principal.arn.clone(),
        commit: (asked.option != MergeOption::FastForward).then_some(made.commit),
        destination: Some(tips.destination),
        option: asked.option,
    };
    let after = PullRequest {
        status: Status::Closed,
        merged: Some(merged.clone()),
        ..before.clone()
    };
    let event = Event {
        time: clock::now(),
        actor: caller.principal.arn.clone(),
        session_tags: session_tags::of_caller(&caller.principal),
        what: What::MergeStateChanged(merged),
    };
    let time = event.time;
    let (after, also) = writes(forge, Some(&found.loaded), after, (&[event], time));
    let command = |name: &RefName, old, new| Command {
        name: name.clone(),
        old: Some(old),
        new: Some(new),
    };
    let change = Change {
        commands: vec![
            command(&before.destination, tips.destination, made.commit),
            command(&before.source, tips.source, tips.source),
        ],
        objects: made.objects,
        also,
        about: None,
    };
    (change, after)
}

/// The pull request and its repository as they are now.
async fn again(forge: &Forge, found: &Found, opened: Opened) -> Result<Found> {
    let repository = opened.again(forge).await?.repository;
    follow_from(forge, &repository.id, &repository.manifest).await?;
    let loaded = load(forge, found.pull_request().id).await?;
    let loaded = loaded.ok_or_else(|| Error::from(Refusal::PullRequestDoesNotExist))?;
    Ok(Found { repository, loaded })
}
