//! `MergeBranchesByFastForward`, `MergeBranchesBySquash` and `MergeBranchesByThreeWay`.

use packhouse_git::hash::ObjectId;
use packhouse_git::ref_name::RefName;
use packhouse_storage::push::Command;
use serde_json::{Value, json};

use super::{Commitment, Handling, MergeOption, Specifiers, Tips, carry_out, remember};
use crate::branches::reference;
use crate::change::{Change, Made as Changed, make};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::{Opened, opened_to_change};

/// Merges into a branch: `target`, or the one that the destination names. Commit and tree that it has then.
///
/// # Errors
/// [`Refusal::BranchNameRequired`] where no branch is named, [`Error::InvalidBranchName`],
/// [`Refusal::InvalidTargetBranch`] for a ref of another kind, [`Refusal::BranchNameIsTagName`], [`Error::BranchDoesNotExist`], [`Refusal::ConcurrentReferenceUpdate`] when the
/// branch does not point to the destination, or moves meanwhile; as [`carry_out`].
pub async fn merge_branches(
    forge: &Forge,
    caller: &Caller,
    (name, named, option): (&RepositoryName, &Specifiers, MergeOption),
    (target, commitment): (Option<&str>, &Commitment),
) -> Result<(ObjectId, ObjectId)> {
    let wanted = target.unwrap_or(&named.destination);
    let short = wanted.strip_prefix("refs/heads/").unwrap_or(wanted);
    if short.starts_with("refs/") && target == Some(short) {
        return Err(Refusal::InvalidTargetBranch.saying("The target branch is a ref that is no branch."));
    }
    let branch = match reference(short) {
        Ok(branch) => branch,
        // The destination is a commit's id, or `HEAD`.
        Err(_) if target.is_none() => return Err(Refusal::BranchNameRequired.saying("A target branch is required.")),
        Err(error) => return Err(error),
    };
    let action = match option {
        MergeOption::FastForward => Action::MergeBranchesByFastForward,
        MergeOption::Squash => Action::MergeBranchesBySquash,
        MergeOption::ThreeWay => Action::MergeBranchesByThreeWay,
    };
    let opened = opened_to_change(forge, caller, action, (name, &branch)).await?;
    let tips = Tips::find(&opened, named).await?;
    let Some(tip) = opened.tip(&branch) else {
        return Err(missing(&opened, short));
    };
    if tip != tips.destination {
        let why = format!("The branch {short} does not point to the destination commit.");
        return Err(Refusal::ConcurrentReferenceUpdate.saying(why));
    }
    let called = (named.source.as_str(), named.destination.as_str());
    let made = carry_out(&opened, caller, (option, &tips, called), commitment).await?;
    let remembered =
        (option != MergeOption::FastForward).then(|| remember(&opened, &tips, &commitment.handling, made.commit));
    let change = Change {
        commands: vec![Command {
            name: branch,
            old: Some(tip),
            new: Some(made.commit),
        }],
        objects: made.objects,
        also: remembered.into_iter().collect(),
        about: Some(("merge", about(option, &tips, &commitment.handling))),
    };
    match make(forge, caller, &opened, change).await? {
        Changed::Done => Ok((made.commit, made.tree)),
        Changed::Moved => Err(Refusal::ConcurrentReferenceUpdate.into()),
        Changed::Refused(why) => Err(Refusal::ManualMergeRequired.saying(why)),
    }
}

fn missing(opened: &Opened, short: &str) -> Error {
    let tag = RefName::new(format!("refs/tags/{short}").as_bytes()).ok();
    if tag.is_some_and(|tag| opened.tip(&tag).is_some()) {
        return Refusal::BranchNameIsTagName.into();
    }
    Error::BranchDoesNotExist(short.to_owned())
}

/// What the repository's log says of a merge.
pub(crate) fn about(option: MergeOption, tips: &Tips, handling: &Handling) -> Value {
    let (level, strategy) = handling.names();
    json!({
        "mergeOption": option.name(),
        "sourceCommitId": tips.source.to_string(),
        "destinationCommitId": tips.destination.to_string(),
        "baseCommitId": tips.base().to_string(),
        "conflictDetailsLevel": level,
        "conflictResolutionStrategy": strategy,
    })
}
