//! The end of deleted repositories.

use std::time::Duration;

use packhouse_storage::clock;
use packhouse_storage::repository::{self, Purged};
use packhouse_storage::repository_id::RepositoryId;

use super::deleted;
use crate::error::Result;
use crate::forge::Forge;

/// Takes away what was deleted `kept` ago or earlier; returns how many repositories are gone for good. It takes two
/// calls, at the least, until nothing is left of one. Not an operation: it authorises nothing.
///
/// One repository that cannot be purged does not keep the others.
///
/// # Errors
/// When the deleted repositories cannot be listed.
pub(crate) async fn purge(forge: &Forge, kept: Duration) -> Result<usize> {
    let before = clock::now_secs().saturating_sub(kept.as_secs());
    let mut gone = 0;
    for found in deleted::all(forge).await? {
        if found.deleted > before {
            continue;
        }
        let (id, name) = (&found.id, &found.name);
        match purge_one(forge, id, before).await {
            Ok(Purged::Whole) => {
                tracing::info!(repository = %id, %name, "deleted repository purged");
                gone += 1;
            }
            Ok(Purged::Begun) => tracing::info!(repository = %id, %name, "purge begun: the blobs are deleted"),
            Ok(Purged::Kept) => {}
            Err(error) => tracing::warn!(repository = %id, %name, %error, "purge failed; tried again in an hour"),
        }
    }
    Ok(gone)
}

async fn purge_one(forge: &Forge, id: &RepositoryId, before: u64) -> Result<Purged> {
    let purged = repository::purge(&forge.store, id, before).await?;
    if purged == Purged::Whole {
        // The listing goes last: an interrupted purge is found by it.
        forge.store.table().transact(vec![deleted::delist(forge, id)]).await?;
    }
    Ok(purged)
}
