//! `CreateBranch`.

use packhouse_storage::push::Command;

use super::reference;
use crate::change::{ATTEMPTS, Change, Made, busy, make};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::opened_to_change;

/// Makes a branch at a commit, which a full id names.
///
/// # Errors
/// [`Error::InvalidBranchName`], also where the name stands in the way of another branch,
/// [`Refusal::BranchNameExists`], [`Refusal::InvalidCommitId`], [`Refusal::CommitDoesNotExist`], and the store's.
pub async fn create(
    forge: &Forge,
    caller: &Caller,
    name: &RepositoryName,
    (branch, commit): (&str, &str),
) -> Result<()> {
    let branch = reference(branch)?;
    let mut opened = opened_to_change(forge, caller, Action::CreateBranch, (name, &branch)).await?;
    let id = opened.id(commit).ok_or(Refusal::InvalidCommitId)?;
    // An annotated tag is no commit.
    if opened.peeled(id).await? != Some(id) {
        return Err(Refusal::CommitDoesNotExist.into());
    }
    for _ in 0..ATTEMPTS {
        if opened.tip(&branch).is_some() {
            return Err(Refusal::BranchNameExists.into());
        }
        let command = Command {
            name: branch.clone(),
            old: None,
            new: Some(id),
        };
        let change = Change {
            commands: vec![command],
            ..Change::default()
        };
        match make(forge, caller, &opened, change).await? {
            Made::Done => return Ok(()),
            Made::Moved => opened = opened.again(forge).await?,
            Made::Refused(why) => return Err(Error::InvalidBranchName(why)),
        }
    }
    Err(busy())
}
