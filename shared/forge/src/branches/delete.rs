//! `DeleteBranch`.

use packhouse_git::hash::ObjectId;
use packhouse_storage::push::Command;

use super::reference;
use crate::change::{ATTEMPTS, Change, Made, busy, make};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::opened_to_change;

/// Deletes a branch; the commit that it pointed to, or `None` where there was no such branch.
///
/// # Errors
/// [`InvalidBranchName`](crate::error::Error::InvalidBranchName), [`Refusal::DefaultBranchCannotBeDeleted`], and the store's.
pub async fn delete(forge: &Forge, caller: &Caller, name: &RepositoryName, branch: &str) -> Result<Option<ObjectId>> {
    let branch = reference(branch)?;
    let mut opened = opened_to_change(forge, caller, Action::DeleteBranch, (name, &branch)).await?;
    for _ in 0..ATTEMPTS {
        let Some(tip) = opened.tip(&branch) else {
            return Ok(None);
        };
        if opened.default_branch() == Some(&branch) {
            return Err(Refusal::DefaultBranchCannotBeDeleted.into());
        }
        let command = Command {
            name: branch.clone(),
            old: Some(tip),
            new: None,
        };
        let change = Change {
            commands: vec![command],
            ..Change::default()
        };
        match make(forge, caller, &opened, change).await? {
            Made::Done => return Ok(Some(tip)),
            // It may have become the default meanwhile.
            Made::Moved | Made::Refused(_) => opened = opened.again(forge).await?,
        }
    }
    Err(busy())
}
