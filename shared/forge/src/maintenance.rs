//! What happens in the background: compaction of repositories that were pushed to, removal of what crashes left behind
//! and of repositories that were deleted long ago.

mod sweep;

pub use self::sweep::{Place, sweep, sweeps};

use std::panic::AssertUnwindSafe;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use packhouse_storage::compact::{AGAIN, compact, may_be_due};
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::push::{Command, Verdict};
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::snapshot::Snapshot;
use tokio::time::sleep;

use crate::error::Result;
use crate::forge::Forge;
use crate::jobs::Queue;
use crate::repositories;

/// Asks for a compaction where a push of so many objects to a repository as it was in `before` may have made one due.
pub(crate) async fn after_push(
    forge: &Forge,
    (before, brought): (&Snapshot, u32),
    commands: &[Command],
    verdicts: &[Verdict],
) {
    let leaves_something = |(command, verdict): (&Command, &Verdict)| match verdict {
        Verdict::Done { forced } => *forced || command.new.is_none(),
        Verdict::Refused(_) => false,
    };
    let due = may_be_due(forge.store(), before.manifest(), brought);
    if due || commands.iter().zip(verdicts).any(leaves_something) {
        forge.jobs.compact(before.id().clone()).await;
    }
}

/// Compacts what `queue` asks for, one repository at a time, after those that an earlier run did not come to. Runs
/// until it is dropped; what was under way then is lost, and begun again by the next run.
pub async fn compactions(forge: &Forge, queue: &Queue) {
    if let Err(error) = ask_where_due(forge).await {
        tracing::warn!(%error, "looking for repositories to compact failed; pushes ask for theirs");
    }
    let mut later = FuturesUnordered::new();
    loop {
        let id = tokio::select! {
            id = queue.next() => id,
            Some(id) = later.next() => id,
        };
        if compact_fully(forge, &id).await == Outcome::Busy {
            later.push(async move {
                sleep(AGAIN).await;
                id
            });
        }
    }
}

/// What came of a compaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is done that could be.
    Done,
    /// Others were in the way, who may do it or not.
    Busy,
}

/// Merges packs of a repository until it has no too many. Whatever is wrong with it, the caller goes on.
pub async fn compact_fully(forge: &Forge, id: &RepositoryId) -> Outcome {
    loop {
        let compacting = AssertUnwindSafe(compact(forge.store(), id)).catch_unwind();
        let panicked = |_| Err(StorageError::Unavailable("it panicked".into()));
        match compacting.await.unwrap_or_else(panicked) {
            Ok(Some(done)) => tracing::info!(repository = %id, packs = done.merged, "packs merged into one"),
            Ok(None) => return Outcome::Done,
            Err(StorageError::Busy) => return Outcome::Busy,
            Err(error) => {
                tracing::warn!(repository = %id, %error, "compaction failed; the next push asks again");
                return Outcome::Done;
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
        Ok(manifest) => may_be_due(forge.store(), &manifest, 0),
        Err(StorageError::NoRepository) => false,
        Err(error) => {
            tracing::warn!(repository = %id, %error, "cannot see whether to compact");
            false
        }
    }
}
