//! What happens in the background: compaction of repositories that were pushed to, removal of what crashes left behind
//! and of repositories that were deleted long ago.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use packhouse_storage::clock;
use packhouse_storage::compact::compact;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::manifest::{Manifest, Pack};
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::{incoming, reclaim, upload};

use crate::error::Result;
use crate::forge::Forge;
use crate::jobs::Queue;
use crate::pull_requests;
use crate::repositories::{self, KEPT};

/// How many live packs a repository may have before a compaction is asked for.
const MANY_PACKS: usize = 10;
/// How often it is looked for what is to be removed.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// Whether a repository is worth a look of the compaction: it has many packs, or some that lie under another encryption key.
pub(crate) fn is_worth_compacting(manifest: &Manifest) -> bool {
    let is_stale = |pack: &Pack| pack.key_epoch != manifest.key_epoch;
    manifest.packs_base.is_some() || manifest.packs.len() >= MANY_PACKS || manifest.packs.iter().any(is_stale)
}

/// Compacts what `queue` asks for, one repository at a time, after those that an earlier run did not come to. Runs
/// until it is dropped; what was under way then is lost, and begun again by the next run.
pub async fn compactions(forge: &Forge, queue: &Queue) {
    if let Err(error) = ask_where_due(forge).await {
        tracing::warn!(%error, "looking for repositories to compact failed; pushes ask for theirs");
    }
    loop {
        compact_fully(forge, &queue.next().await).await;
    }
}

/// Merges packs of a repository until it has no too many. Whatever is wrong with it, the caller goes on.
pub async fn compact_fully(forge: &Forge, id: &RepositoryId) {
    loop {
        let compacting = AssertUnwindSafe(compact(forge.store(), id)).catch_unwind();
        let panicked = |_| Err(StorageError::Unavailable("it panicked".into()));
        match compacting.await.unwrap_or_else(panicked) {
            Ok(Some(done)) => tracing::info!(repository = %id, packs = done.merged, "packs merged into one"),
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(repository = %id, %error, "compaction failed; the next push asks again");
                return;
            }
        }
    }
}

/// Asks for the compaction of every repository with many packs, at the cost of one read each.
pub(crate) async fn ask_where_due(forge: &Forge) -> Result<()> {
    for id in repositories::every_id(forge).await? {
        if is_due(forge, &id).await {
            forge.jobs.compact(id).await;
        }
    }
    Ok(())
}

async fn is_due(forge: &Forge, id: &RepositoryId) -> bool {
    match forge.store().manifest(id).await {
        Ok(manifest) => is_worth_compacting(&manifest),
        Err(StorageError::NoRepository) => false,
        Err(error) => {
            tracing::warn!(repository = %id, %error, "cannot see whether to compact");
            false
        }
    }
}

/// Removes what abandoned uploads left, and repositories whose time is over ([`KEPT`]), every hour. Runs until it is
/// dropped.
pub async fn sweeps(forge: &Forge) {
    loop {
        sweep(forge, None, Duration::MAX).await;
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}

/// One sweep over the repositories behind `after`: removes what is to be removed. After `budget` it stops; the answer
/// is then where another sweep is to go on. What fails is logged, and tried again by the next sweep.
pub async fn sweep(forge: &Forge, after: Option<&RepositoryId>, budget: Duration) -> Option<RepositoryId> {
    sweep_each(forge, after, budget, false).await
}

/// As [`sweep`], and asks for the compaction of what has many packs: for installations where nothing runs all the time.
pub async fn sweep_and_ask(forge: &Forge, after: Option<&RepositoryId>, budget: Duration) -> Option<RepositoryId> {
    sweep_each(forge, after, budget, true).await
}

async fn sweep_each(
    forge: &Forge,
    after: Option<&RepositoryId>,
    budget: Duration,
    compactions: bool,
) -> Option<RepositoryId> {
    let until = clock::now().saturating_add(budget);
    if after.is_none()
        && let Err(error) = purge(forge).await
    {
        tracing::warn!(%error, "looking for repositories to purge failed; tried again by the next sweep");
    }
    if after.is_none() {
        sweep_incoming(forge).await;
    }
    let mut ids = match repositories::every_id(forge).await {
        Ok(ids) => ids,
        Err(error) => {
            tracing::warn!(%error, "looking for leftovers failed; tried again by the next sweep");
            return None;
        }
    };
    ids.sort_unstable();
    for id in ids.into_iter().filter(|id| after.is_none_or(|after| id > after)) {
        sweep_one(forge, &id).await;
        if compactions && is_due(forge, &id).await {
            forge.jobs.compact(id.clone()).await;
        }
        if clock::now() >= until {
            return Some(id);
        }
    }
    None
}

/// Removes what was deleted long ago: pull requests first, which are found by what their repositories leave last.
async fn purge(forge: &Forge) -> Result<usize> {
    pull_requests::purge(forge).await?;
    repositories::purge(forge, KEPT).await
}

/// Removes what abandoned direct uploads left, to any repository: also to those that are deleted by now.
async fn sweep_incoming(forge: &Forge) {
    match incoming::sweep(forge.store(), incoming::KEPT).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "parts of abandoned direct uploads removed"),
        Err(error) => tracing::warn!(%error, "removing parts of uploads failed; the next sweep tries again"),
    }
}

async fn sweep_one(forge: &Forge, id: &RepositoryId) {
    let store = forge.store();
    match upload::sweep(store, id, upload::ABANDONED_AFTER).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(repository = %id, count, "leftovers of abandoned uploads removed"),
        Err(error) => tracing::warn!(repository = %id, %error, "removing leftovers failed; the next sweep tries again"),
    }
    match reclaim::reclaim(store, id, reclaim::KEPT).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(repository = %id, count, "blobs of merged packs and old segments removed"),
        Err(error) => tracing::warn!(repository = %id, %error, "removing old packs failed; the next sweep tries again"),
    }
}
