//! `DeleteRepository`.

use packhouse_storage::clock;
use packhouse_storage::repository::Amendment;
use packhouse_storage::repository_id::RepositoryId;

use super::{authorised, deleted, name_item};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;

/// Deletes a repository and frees its name. Its data is kept for [`KEPT`](super::KEPT). Answers the id; `None` when
/// no repository has the name, which is a success.
///
/// # Errors
/// The store's.
pub async fn delete(forge: &Forge, caller: &Caller, name: &RepositoryName) -> Result<Option<RepositoryId>> {
    let id = match authorised(forge, caller, Action::DeleteRepository, name).await {
        Ok(found) => found.id,
        Err(Error::RepositoryDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut amendment = Amendment::new(&forge.store, &id, &caller.actor(), "delete");
    while let Some(mut manifest) = amendment.read().await? {
        if manifest.deleted.is_some() || manifest.name != name.as_str() {
            return Ok(None);
        }
        let lookup = name_item::read(forge, name).await?;
        let now = clock::now_secs();
        manifest.deleted = Some(now);
        let writes = vec![
            lookup.point(None),
            name_item::delist(forge, name),
            deleted::enlist(forge, &id, name, now),
        ];
        if amendment.write(manifest, writes).await? {
            break;
        }
    }
    Ok(Some(id))
}
