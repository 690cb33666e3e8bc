//! `UpdateRepositoryName`.

use packhouse_storage::repository::Amendment;

use super::{authorised, meta, name_item};
use crate::authorization::{Request, authorise};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;

/// Gives a repository another name. Its id stays; its old name is free at once and leads nowhere.
///
/// # Errors
/// [`Error::RepositoryDoesNotExist`], [`Error::RepositoryNameExists`], and the store's.
pub async fn rename(forge: &Forge, caller: &Caller, old: &RepositoryName, new: &RepositoryName) -> Result<()> {
    let action = Action::UpdateRepositoryName;
    let found = authorised(forge, caller, action, old).await?;
    // The new name too, so that nobody names a repository out of what they may touch. It takes its tags with it.
    authorise(forge, caller, Request::on(action, new).of(&found.manifest))?;
    let id = found.id;
    let mut amendment = Amendment::new(&forge.store, &id, &caller.actor(), "rename");
    while let Some(mut manifest) = amendment.read().await? {
        if manifest.deleted.is_some() || manifest.name != old.as_str() {
            return Err(Error::RepositoryDoesNotExist(old.clone()));
        }
        let target = name_item::read(forge, new).await?;
        if target.id.is_some() {
            return Err(Error::RepositoryNameExists(new.clone()));
        }
        let source = name_item::read(forge, old).await?;
        let (mut facts, expect) = meta::read(forge, &id).await?;
        facts.modified = facts.modified.max(packhouse_storage::clock::now());
        manifest.name = new.to_string();
        let writes = vec![
            source.point(None),
            name_item::delist(forge, old),
            target.point(Some(&id)),
            name_item::enlist(forge, new, &id),
            facts.write(&id, new, expect),
        ];
        if amendment.write(manifest, writes).await? {
            break;
        }
    }
    Ok(())
}
