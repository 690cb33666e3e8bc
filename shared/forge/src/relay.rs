//! The relay: from the outbox to the event bus.
//!
//! A push leaves a pointer to its log entry in the outbox, in the transaction that makes it visible. Whoever learns of
//! the pointer (a stream of the table, as a rule) calls [`relay`]: the entry is expanded into events, the bus gets
//! them, and only then the pointer goes. Nothing that fails or stops in between loses an event; some are told twice.
//! [`sweep`] finds the pointers that nobody came back for.

use std::time::Duration;

use packhouse_storage::clock;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::log::Entry;
use packhouse_storage::outbox::{self, Pointer, SHARDS};

use crate::error::{Error, Kind, Result};
use crate::events::{BusError, EventBus, of_refs};
use crate::forge::Forge;
use crate::names::RepositoryName;
use crate::repositories::Repository;

/// How many changes are told at once: what of a large push is in memory as events.
const AT_ONCE: usize = 100;
/// After how many changes it is noted how far a large push is told, so that the next try does not start over.
const NOTE_EVERY: usize = 1000;

/// Why an entry is not told to the end. Its pointer is still there.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The bus did not take an event.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The store failed, or the entry cannot be read.
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<StorageError> for RelayError {
    fn from(error: StorageError) -> Self {
        Self::Store(error.into())
    }
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many entries were told to the end.
    pub relayed: usize,
    /// How many failed, or could not even be looked at. They are logged, and still there.
    pub failed: usize,
    /// Whether the time was over before all shards were seen.
    pub cut_short: bool,
}

/// Tells what the pointers lead to, one after the other; for each, how many events the bus got, which is none when all
/// were told before. One that fails is logged and does not keep the others.
pub async fn relay(forge: &Forge, bus: &dyn EventBus, pointers: &[Pointer]) -> Vec<Result<usize, RelayError>> {
    let mut told = Vec::with_capacity(pointers.len());
    for pointer in pointers {
        let result = tell(forge, bus, pointer, Duration::MAX).await;
        told.push(result.map(Option::unwrap_or_default));
    }
    told
}

/// Tells what lies in the outbox for longer than `older_than`, and stops after `budget`. Younger ones are left to the
/// stream, which is about to bring them.
pub async fn sweep(forge: &Forge, bus: &dyn EventBus, older_than: Duration, budget: Duration) -> Swept {
    let now = clock::now();
    let (before, until) = (now.saturating_sub(older_than), now.saturating_add(budget));
    let mut swept = Swept::default();
    // Where the time is never enough for all, each shard is the first at some time.
    let first = rand::random::<u64>() % SHARDS;
    for shard in (first..SHARDS).chain(0..first) {
        if let Err(error) = sweep_shard(forge, bus, shard, before, until, &mut swept).await {
            tracing::warn!(shard, %error, "a shard of the outbox cannot be listed; tried again by the next sweep");
            swept.failed += 1;
        }
        if swept.cut_short {
            break;
        }
    }
    swept
}

async fn sweep_shard(
    forge: &Forge,
    bus: &dyn EventBus,
    shard: u64,
    before: Duration,
    until: Duration,
    swept: &mut Swept,
) -> Result<()> {
    let mut after = None;
    loop {
        let (keys, next) = outbox::page(forge.store(), shard, after).await?;
        for key in keys {
            if clock::now() >= until {
                swept.cut_short = true;
                return Ok(());
            }
            let Some(pointer) = Pointer::parse(&key) else {
                tracing::error!(?key, "an item of the outbox points nowhere");
                swept.failed += 1;
                continue;
            };
            match tell(forge, bus, &pointer, before).await {
                Ok(Some(_)) => swept.relayed += 1,
                Ok(None) => {}
                Err(_) => swept.failed += 1,
            }
        }
        after = next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Tells one entry, unless it was made after `before`; how many events the bus got. Failures are logged here.
async fn tell(
    forge: &Forge,
    bus: &dyn EventBus,
    pointer: &Pointer,
    before: Duration,
) -> Result<Option<usize>, RelayError> {
    let told = try_tell(forge, bus, pointer, before).await;
    if let Err(error) = &told {
        let Pointer { repository, version } = pointer;
        if matches!(error, RelayError::Store(error) if error.kind() == Kind::Corrupt) {
            tracing::error!(%repository, version, %error, "a change cannot be told as events; its pointer is kept");
        } else {
            tracing::warn!(%repository, version, %error, "the events of a change are not all told; tried again later");
        }
    }
    told
}

async fn try_tell(
    forge: &Forge,
    bus: &dyn EventBus,
    pointer: &Pointer,
    before: Duration,
) -> Result<Option<usize>, RelayError> {
    let store = forge.store();
    let Some(mut pending) = outbox::find(store, pointer).await? else {
        return Ok(Some(0));
    };
    let Some((repository, entry)) = read(forge, pointer).await? else {
        outbox::remove(store, pointer).await?;
        return Ok(Some(0));
    };
    if entry.time > before {
        return Ok(None);
    }
    let (all, mut told, mut sent) = (entry.refs.len(), pending.told, 0);
    while told < all {
        let end = all.min(told + AT_ONCE);
        let events = of_refs(forge, &repository, &entry, told..end);
        if !events.is_empty() {
            bus.publish(&events).await?;
        }
        sent += events.len();
        told = end;
        if told < all && told - pending.told >= NOTE_EVERY {
            match outbox::advance(store, pointer, &pending, told).await? {
                Some(noted) => pending = noted,
                None => return Ok(Some(sent)),
            }
            told = pending.told;
        }
    }
    outbox::remove(store, pointer).await?;
    Ok(Some(sent))
}

/// The repository that changed, deleted ones included, and the change; `None` once the repository is purged.
async fn read(forge: &Forge, pointer: &Pointer) -> Result<Option<(Repository, Entry)>> {
    let Pointer {
        repository: id,
        version,
    } = pointer;
    let manifest = match forge.store().manifest(id).await {
        Ok(manifest) => manifest,
        Err(StorageError::NoRepository) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let entry = forge.store().log_entry(id, manifest.format, *version).await?;
    let entry = entry.ok_or_else(|| Error::corrupt(format!("log entry {version} of repository {id} is missing")))?;
    let name = RepositoryName::new(&manifest.name)
        .map_err(|_| Error::corrupt(format!("repository {id} has the name {:?}", manifest.name)))?;
    let repository = Repository {
        id: id.clone(),
        name,
        manifest,
    };
    Ok(Some((repository, entry)))
}

#[cfg(test)]
mod tests;
