//! What happens in the background: compaction of repositories that were pushed to, removal of what crashes left behind
//! and of repositories that were deleted long ago.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use packhouse_storage::compact::compact;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::manifest::Manifest;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::{reclaim, upload};
use tokio::sync::Notify;

use crate::error::Result;
use crate::forge::Forge;
use crate::repositories::{self, KEPT};

/// How many live packs a repository may have before a compaction is asked for.
const MANY_PACKS: usize = 10;
/// How often it is looked for what is to be removed.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// Repositories that wait for a compaction.
#[derive(Debug, Default)]
pub struct Maintenance {
    waiting: Mutex<BTreeSet<RepositoryId>>,
    woken: Notify,
}

impl Maintenance {
    /// Asks for a compaction, which happens if [`compactions`] runs.
    pub fn ask(&self, id: RepositoryId) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        self.woken.notify_one();
    }

    pub(crate) async fn next(&self) -> RepositoryId {
        loop {
            let next = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_first();
            match next {
                Some(id) => return id,
                None => self.woken.notified().await,
            }
        }
    }
}

/// Whether a repository is worth a look of the compaction.
pub(crate) fn has_many_packs(manifest: &Manifest) -> bool {
    manifest.packs_base.is_some() || manifest.packs.len() >= MANY_PACKS
}

/// Compacts what is asked for, one repository at a time, after those that an earlier run did not come to. Runs until it
/// is dropped; what was under way then is lost, and begun again by the next run.
pub async fn compactions(forge: &Forge) {
    if let Err(error) = ask_where_due(forge).await {
        tracing::warn!(%error, "looking for repositories to compact failed; pushes ask for theirs");
    }
    loop {
        let id = forge.maintenance.next().await;
        loop {
            let compacting = AssertUnwindSafe(compact(forge.store(), &id)).catch_unwind();
            // Whatever is wrong with one repository, the others get their turn.
            let panicked = |_| Err(StorageError::Unavailable("it panicked".into()));
            match compacting.await.unwrap_or_else(panicked) {
                Ok(Some(done)) => tracing::info!(repository = %id, packs = done.merged, "packs merged into one"),
                Ok(None) => break,
                Err(error) => {
                    tracing::warn!(repository = %id, %error, "compaction failed; the next push asks again");
                    break;
                }
            }
        }
    }
}

/// Asks for the compaction of every repository with many packs, at the cost of one read each.
pub(crate) async fn ask_where_due(forge: &Forge) -> Result<()> {
    for id in repositories::every_id(forge).await? {
        match forge.store().manifest(&id).await {
            Ok(manifest) if has_many_packs(&manifest) => forge.maintenance.ask(id),
            Ok(_) | Err(StorageError::NoRepository) => {}
            Err(error) => tracing::warn!(repository = %id, %error, "cannot see whether to compact"),
        }
    }
    Ok(())
}

/// Removes what abandoned uploads left, and repositories whose time is over ([`KEPT`]), every hour. Runs until it is
/// dropped.
pub async fn sweeps(forge: &Forge) {
    loop {
        if let Err(error) = repositories::purge(forge, KEPT).await {
            tracing::warn!(%error, "looking for repositories to purge failed; tried again in an hour");
        }
        match sweep(forge).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "leftovers of abandoned uploads removed"),
            Err(error) => tracing::warn!(%error, "looking for leftovers failed; tried again in an hour"),
        }
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}

async fn sweep(forge: &Forge) -> Result<usize> {
    let mut swept = 0;
    for id in repositories::every_id(forge).await? {
        let store = forge.store();
        match upload::sweep(store, &id, upload::ABANDONED_AFTER).await {
            Ok(count) => swept += count,
            Err(error) => tracing::warn!(repository = %id, %error, "removing leftovers failed; tried again in an hour"),
        }
        match reclaim::reclaim(store, &id, reclaim::KEPT).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(repository = %id, count, "blobs of merged packs and old segments removed"),
            Err(error) => tracing::warn!(repository = %id, %error, "removing old packs failed; tried again in an hour"),
        }
    }
    Ok(swept)
}
