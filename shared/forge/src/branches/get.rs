//! `GetBranch`.

use packhouse_git::hash::ObjectId;

use super::reference;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::repositories::{authorised, snapshot_of};

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its short name.
    pub name: String,
    /// The commit that it points to.
    pub tip: ObjectId,
}

/// Tells what a branch points to.
///
/// # Errors
/// [`Error::InvalidBranchName`], [`Error::BranchDoesNotExist`], and the store's.
pub async fn get(forge: &Forge, caller: &Caller, name: &RepositoryName, branch: &str) -> Result<Branch> {
    let found = authorised(forge, caller, Action::GetBranch, name).await?;
    let reference = reference(branch)?;
    let snapshot = snapshot_of(forge, &found).await?;
    let target = snapshot.refs().get(&reference);
    let target = target.ok_or_else(|| Error::BranchDoesNotExist(branch.to_owned()))?;
    Ok(Branch {
        name: branch.to_owned(),
        tip: target.id,
    })
}
