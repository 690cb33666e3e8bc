//! Triggers of a server: told by this process, right after each change.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use packhouse_storage::repository_id::RepositoryId;
use tokio::time::{Instant, sleep_until};

use super::tell::{note, noted, tell};
use crate::error::Result;
use crate::events::{BusError, DetailType, Event, EventBus, Refused};
use crate::forge::Forge;
use crate::jobs::Queue;

/// How many repositories tell at once.
const AT_ONCE: usize = 16;
/// When a repository is tried again whose triggers could not be read.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// The bus of a server whose consumers run in the same process.
#[derive(Clone, Copy, Debug)]
pub struct InProcess<'a> {
    /// The installation.
    pub forge: &'a Forge,
    /// Where [`telling`] looks.
    pub queue: &'a Queue,
}

#[async_trait]
impl EventBus for InProcess<'_> {
    async fn publish(&self, events: &[Event]) -> Result<Vec<Refused>, BusError> {
        let of_refs = events
            .iter()
            .filter(|event| event.detail_type == DetailType::Repository);
        let ids = of_refs.filter_map(|event| RepositoryId::parse(event.detail.get("repositoryId")?.as_str()?));
        for id in ids.collect::<BTreeSet<_>>() {
            if note(self.forge, &id)
                .await
                .map_err(|error| BusError(error.to_string()))?
            {
                self.queue.tell(id);
            }
        }
        Ok(Vec::new())
    }
}

/// Lets triggers tell: those of the repositories in `queue`, and what an earlier run left. Runs until it is dropped; what was
/// under way then is told by the next run, some of it once more.
pub async fn telling(forge: &Forge, queue: &Queue) {
    let mut due = match all_noted(forge).await {
        Ok(left) => left.into_iter().map(|id| (id, Instant::now())).collect(),
        Err(error) => {
            tracing::warn!(%error, "what triggers had left to tell cannot be listed; it is told after the next pushes");
            BTreeMap::new()
        }
    };
    let mut running = FuturesUnordered::new();
    let mut busy = BTreeSet::new();
    loop {
        let now = Instant::now();
        let ready: Vec<RepositoryId> = due
            .iter()
            .filter(|(id, at)| **at <= now && !busy.contains(*id))
            .map(|(id, _)| id.clone())
            .take(AT_ONCE.saturating_sub(busy.len()))
            .collect();
        for id in ready {
            due.remove(&id);
            busy.insert(id.clone());
            running.push(async move { (tell(forge, &id).await, id) });
        }
        let next = due
            .iter()
            .filter(|(id, _)| !busy.contains(*id))
            .map(|(_, at)| *at)
            .min();
        let can_start = busy.len() < AT_ONCE;
        let woken = next.unwrap_or(now);
        tokio::select! {
            id = queue.next_to_tell() => {
                due.insert(id, Instant::now());
            }
            Some((told, id)) = running.next() => {
                busy.remove(&id);
                let later = told.unwrap_or_else(|error| {
                    tracing::warn!(repository = %id, %error, "triggers could not tell; tried again later");
                    Some(AFTER_FAILURE)
                });
                if let Some(later) = later {
                    let at = Instant::now() + later;
                    due.entry(id).and_modify(|due| *due = at.min(*due)).or_insert(at);
                }
            }
            () = sleep_until(woken), if next.is_some() && can_start => {}
        }
    }
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
