//! Triggers of a server: told by this process, right after each change.

use std::collections::BTreeSet;
use std::time::Duration;

use packhouse_storage::repository_id::RepositoryId;

use super::tell::{noted, tell};
use crate::due;
use crate::error::Result;
use crate::forge::Forge;
use crate::jobs::Queue;

/// How many repositories tell at once.
const AT_ONCE: usize = 16;
/// When a repository is tried again whose triggers could not be read.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Lets triggers tell: those of the repositories in `queue`, and what an earlier run left. Runs until it is dropped; what was
/// under way then is told by the next run, some of it once more.
pub async fn telling(forge: &Forge, queue: &Queue) {
    let left = all_noted(forge).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "what triggers had left to tell cannot be listed; it is told after the next pushes");
        BTreeSet::new()
    });
    let act = |id: RepositoryId| async move {
        let later = tell(forge, &id).await.unwrap_or_else(|error| {
            tracing::warn!(repository = %id, %error, "triggers could not tell; tried again later");
            Some(AFTER_FAILURE)
        });
        (id, later)
    };
    due::work(AT_ONCE, left, || queue.next_to_tell(), act).await;
}

async fn all_noted(forge: &Forge) -> Result<BTreeSet<RepositoryId>> {
    let (mut all, mut after) = (BTreeSet::new(), None);
    loop {
        let (ids, next) = noted(forge, after).await?;
        all.extend(ids);
        after = next;
        if after.is_none() {
            return Ok(all);
        }
    }
}
