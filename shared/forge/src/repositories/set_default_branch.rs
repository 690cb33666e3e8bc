//! `UpdateDefaultBranch`.

use packhouse_git::ref_name::RefName;
use packhouse_storage::repository::Amendment;
use packhouse_storage::snapshot::Snapshot;

use super::authorised;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;

/// Makes a branch the default: HEAD points to it. To choose the one that is the default already is a success.
///
/// # Errors
/// [`Error::RepositoryDoesNotExist`], [`Error::InvalidBranchName`], [`Error::BranchDoesNotExist`], and the store's.
pub async fn set_default_branch(forge: &Forge, caller: &Caller, name: &RepositoryName, branch: &str) -> Result<()> {
    let found = authorised(forge, caller, Action::UpdateDefaultBranch, name).await;
    let head = RefName::branch(branch).map_err(|error| Error::InvalidBranchName(error.to_string()))?;
    let id = found?.id;
    let mut amendment = Amendment::new(&forge.store, &id, &caller.actor(), "head");
    while let Some(mut manifest) = amendment.read().await? {
        if manifest.deleted.is_some() || manifest.name != name.as_str() {
            return Err(Error::RepositoryDoesNotExist(name.clone()));
        }
        // Where this sees refs newer than the manifest, the change below fails and is tried again.
        let snapshot = Snapshot::open(&forge.store, &id).await?;
        if snapshot.refs().get(&head).is_none() {
            return Err(Error::BranchDoesNotExist(branch.to_owned()));
        }
        if manifest.head == head {
            break;
        }
        manifest.head = head.clone();
        if amendment.write(manifest, Vec::new()).await? {
            break;
        }
    }
    Ok(())
}
