//! The end of the rules of a repository.

use packhouse_storage::error::Error as StorageError;
use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::Expect;

use super::record;
use crate::error::Result;
use crate::forge::Forge;
use crate::repositories;

/// Takes away what leads to the rules of repositories that nobody can bring back any more, and so frees their names. The rules
/// themselves are in the repositories' own partitions, and go with those later, so whoever was interrupted finds them again.
///
/// # Errors
/// The store's.
pub(crate) async fn purge(forge: &Forge) -> Result<()> {
    for id in repositories::every_deleted_id(forge).await? {
        if matches!(forge.store().manifest(&id).await, Err(StorageError::NoRepository)) {
            purge_one(forge, &id).await?;
        }
    }
    Ok(())
}

async fn purge_one(forge: &Forge, id: &RepositoryId) -> Result<()> {
    let table = forge.store().table();
    let Some(item) = table.get(&keys::notification_rules(id.as_str())).await? else {
        return Ok(());
    };
    let rules = record::decode(&item)?;
    if rules.is_empty() {
        return Ok(());
    }
    // Emptied at once: what comes back to it later must not free a name that by then another rule has.
    let mut writes = vec![record::write(id, Expect::Version(item.version), &[])];
    writes.extend(rules.iter().flat_map(|rule| record::forget(forge, rule)));
    Ok(table.transact(writes).await?)
}
