//! The end of deleted repositories.

use std::time::Duration;

use packhouse_storage::clock;
use packhouse_storage::repository::{self, Purged};
use packhouse_storage::repository_id::RepositoryId;
use tokio::time::timeout;

use super::deleted;
use crate::error::Result;
use crate::forge::Forge;

/// How far a pass over the deleted repositories came.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pass {
    /// How many are gone for good.
    pub(crate) gone: usize,
    /// When it ran out of time: the last one that it is done with, if there is one.
    pub(crate) stopped: Option<Option<RepositoryId>>,
}

/// Takes away what was deleted `kept` ago or earlier, behind `after`, until the clock says `until`. It takes two passes, at the
/// least, until nothing is left of a repository; one that a pass did not come to the end of is begun again by the next, and
/// has less to delete then. Not an operation: it authorises nothing.
///
/// One repository that cannot be purged does not keep the others.
///
/// # Errors
/// When the deleted repositories cannot be listed.
pub(crate) async fn purge(
    forge: &Forge,
    kept: Duration,
    after: Option<&RepositoryId>,
    until: Duration,
) -> Result<Pass> {
    let before = clock::now_secs().saturating_sub(kept.as_secs());
    let (mut pass, mut done) = (Pass::default(), after.cloned());
    for found in deleted::all(forge).await? {
        if found.deleted > before || after.is_some_and(|after| found.id <= *after) {
            continue;
        }
        let (id, name) = (&found.id, &found.name);
        let left = until.saturating_sub(clock::now());
        let Ok(purged) = timeout(left, purge_one(forge, id, before)).await else {
            tracing::info!(repository = %id, %name, "the time for a purge is over; another one goes on");
            pass.stopped = Some(done);
            return Ok(pass);
        };
        match purged {
            Ok(Purged::Whole) => {
                tracing::info!(repository = %id, %name, "deleted repository purged");
                pass.gone += 1;
            }
            Ok(Purged::Begun) => tracing::info!(repository = %id, %name, "purge begun: the blobs are deleted"),
            Ok(Purged::Kept) => {}
            Err(error) => {
                tracing::warn!(repository = %id, %name, %error, "purge failed; tried again by the next sweep");
            }
        }
        done = Some(found.id);
    }
    Ok(pass)
}

async fn purge_one(forge: &Forge, id: &RepositoryId, before: u64) -> Result<Purged> {
    let purged = repository::purge(&forge.store, id, before).await?;
    if purged == Purged::Whole {
        // The listing goes last: an interrupted purge is found by it.
        forge.store.table().transact(vec![deleted::delist(forge, id)]).await?;
    }
    Ok(purged)
}
