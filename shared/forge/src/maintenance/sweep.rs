//! Removal of what nobody needs: repositories that were deleted long ago, parts of direct uploads that were never finished,
//! and in each repository what crashes and compactions left.
//!
//! A sweep has a budget of time, because it may run where invocations are ended. Each of its steps can be broken off and done
//! again, so it may end anywhere; it then says at what [`Place`] another one goes on.

mod place;
#[cfg(test)]
mod tests;

use std::time::Duration;

use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::{clock, incoming, reclaim, upload};
use tokio::time::timeout;

pub use self::place::Place;
use super::is_due;
use crate::error::Result;
use crate::forge::Forge;
use crate::notifications;
use crate::pull_requests;
use crate::repositories::{self, KEPT, Pass};

/// How often it is looked for what is to be removed.
const EVERY: Duration = Duration::from_secs(3600);

/// Removes what is to be removed, every hour. Runs until it is dropped.
pub async fn sweeps(forge: &Forge) {
    loop {
        sweep(forge, &Place::default(), Duration::MAX).await;
        tokio::time::sleep(EVERY).await;
    }
}

/// One sweep from `place` on. When `budget` is over it stops; the answer is then where another sweep is to go on, which is
/// behind what this one did. It asks for the compaction of what has become due meanwhile. What fails is logged, and tried again by the next sweep from the start.
pub async fn sweep(forge: &Forge, place: &Place, budget: Duration) -> Option<Place> {
    let until = clock::now().saturating_add(budget);
    let (mut parts, mut repository) = (None, None);
    match place {
        Place::Deleted(after) => match purge(forge, after.as_ref(), until).await {
            Ok(purged) => {
                if let Some(after) = purged.stopped {
                    return Some(Place::Deleted(after));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "looking for repositories to purge failed; tried again by the next sweep");
            }
        },
        Place::Parts(key) => parts = Some(key.as_str()),
        Place::Repositories(id) => repository = Some(id),
    }
    if repository.is_none()
        && let Some(key) = sweep_incoming(forge, parts, until).await
    {
        return Some(Place::Parts(key));
    }
    sweep_repositories(forge, repository, until)
        .await
        .map(Place::Repositories)
}

/// Removes what was deleted long ago: pull requests and notification rules first, which are found by what their repositories
/// leave last.
async fn purge(forge: &Forge, after: Option<&RepositoryId>, until: Duration) -> Result<Pass> {
    if after.is_none() {
        pull_requests::purge(forge).await?;
        notifications::purge(forge).await?;
    }
    repositories::purge(forge, KEPT, after, until).await
}

/// Removes what abandoned direct uploads left, to any repository: also to those that are deleted by now. Where it stopped.
async fn sweep_incoming(forge: &Forge, after: Option<&str>, until: Duration) -> Option<String> {
    match incoming::sweep(forge.store(), incoming::KEPT, after, until).await {
        Ok(swept) => {
            if swept.removed > 0 {
                tracing::info!(count = swept.removed, "parts of abandoned direct uploads removed");
            }
            swept.stopped
        }
        Err(error) => {
            tracing::warn!(%error, "removing parts of uploads failed; the next sweep tries again");
            None
        }
    }
}

/// Sweeps repository after repository; at least one. The last one, if there are more.
async fn sweep_repositories(forge: &Forge, after: Option<&RepositoryId>, until: Duration) -> Option<RepositoryId> {
    let mut ids = match repositories::every_id(forge).await {
        Ok(ids) => ids,
        Err(error) => {
            tracing::warn!(%error, "looking for leftovers failed; tried again by the next sweep");
            return None;
        }
    };
    ids.sort_unstable();
    ids.retain(|id| after.is_none_or(|after| id > after));
    let last = ids.last().cloned();
    for id in ids {
        let left = until.saturating_sub(clock::now());
        if timeout(left, sweep_one(forge, &id)).await.is_err() {
            tracing::warn!(repository = %id, "a sweep ran out of time; the next one from the start goes on");
        }
        if is_due(forge, &id).await {
            forge.jobs.compact(id.clone()).await;
        }
        if clock::now() >= until {
            return Some(id).filter(|id| Some(id) != last.as_ref());
        }
    }
    None
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
