//! What happens in the background: compaction of repositories that were pushed to, removal of what crashes left behind.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use packhouse_storage::compact::compact;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::upload;
use tokio::sync::Notify;

use crate::error::Result;
use crate::forge::Forge;
use crate::repositories;

/// How often leftovers of crashed uploads are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// Repositories that wait for a compaction.
#[derive(Debug, Default)]
pub struct Maintenance {
    waiting: Mutex<BTreeSet<RepositoryId>>,
    woken: Notify,
}

impl Maintenance {
    /// Asks for a compaction, which happens if [`run`] runs.
    pub fn ask(&self, id: RepositoryId) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        self.woken.notify_one();
    }

    async fn next(&self) -> RepositoryId {
        loop {
            let next = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_first();
            match next {
                Some(id) => return id,
                None => self.woken.notified().await,
            }
        }
    }
}

/// Compacts what is asked for, one repository at a time. Runs until it is dropped.
pub async fn compactions(forge: &Forge) {
    loop {
        let id = forge.maintenance.next().await;
        loop {
            match compact(forge.store(), &id).await {
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

/// Removes what abandoned uploads left, every hour. Runs until it is dropped.
pub async fn sweeps(forge: &Forge) {
    loop {
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
        swept += upload::sweep(forge.store(), &id, upload::ABANDONED_AFTER).await?;
    }
    Ok(swept)
}
