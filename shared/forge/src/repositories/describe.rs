//! `UpdateRepositoryDescription`.

use packhouse_storage::table::commit::Commit;

use super::{authorised, meta, name_item};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::{Description, RepositoryName};
use crate::policy::Action;

/// Gives a repository another description, or none.
///
/// # Errors
/// [`Error::RepositoryDoesNotExist`], and the store's.
pub async fn describe(
    forge: &Forge,
    caller: &Caller,
    name: &RepositoryName,
    description: Option<Description>,
) -> Result<()> {
    authorised(forge, caller, Action::UpdateRepositoryDescription, name).await?;
    // The manifest is left alone, so that this never gets in the way of a push.
    let mut commit = Commit::new(forge.store().table(), &[]);
    loop {
        commit.read().await?;
        let lookup = name_item::read(forge, name).await?;
        let id = lookup
            .id
            .as_ref()
            .ok_or_else(|| Error::RepositoryDoesNotExist(name.clone()))?;
        let (mut facts, expect) = meta::read(forge, id).await?;
        facts.description.clone_from(&description);
        facts.modified = facts.modified.max(packhouse_storage::clock::now());
        if commit
            .write(vec![facts.write(id, name, expect), lookup.unchanged()])
            .await?
        {
            return Ok(());
        }
    }
}
