//! The relay: from the outbox to the event bus.
//!
//! A change leaves an item in the outbox, in the transaction that makes it visible. Whoever learns of the item (a stream of
//! the table, as a rule) calls [`relay`]: it is expanded into events, the bus gets them, and only then the item goes. Nothing
//! that fails or stops in between loses an event; some are told twice. Before an item those of its stream are told that come
//! earlier, so the events of a repository's refs, and those of a pull request, reach the bus in their order. [`sweep`] finds
//! the items that nobody came back for. What can never be told is kept as a dead letter, and keeps nothing else.

mod lag;
mod matter;

use std::time::Duration;

use packhouse_storage::clock;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::outbox::{self, Pointer, SHARDS};
use packhouse_storage::table::Key;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep_until};

use crate::dead_letters;
use crate::error::{Error, Kind, Result};
use crate::events::{BusError, EventBus};
use crate::forge::Forge;

pub use self::lag::{Lag, lag};
use self::matter::Matter;

/// How many items of a stream are read at once.
const ITEMS_AT_ONCE: usize = 25;
/// How many keys of the outbox are taken from a table that is watched.
const KEYS_AT_ONCE: usize = 100;

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

/// How often a server looks for items of which nobody told it.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How old those are.
const SWEEP_OLDER_THAN: Duration = Duration::from_secs(20);

/// Tells what comes into the outbox, whose keys are in `written`, and first what an earlier run left there. Runs until it is
/// dropped or nobody writes any more.
pub async fn run(forge: &Forge, bus: &dyn EventBus, mut written: Receiver<Key>) {
    let mut older_than = Duration::ZERO;
    let mut sweep_at = Instant::now();
    let mut keys = Vec::new();
    loop {
        tokio::select! {
            count = written.recv_many(&mut keys, KEYS_AT_ONCE) => {
                if count == 0 {
                    return;
                }
                keys.dedup();
                let pointers: Vec<Pointer> = keys.drain(..).filter_map(|key| Pointer::parse(&key)).collect();
                relay(forge, bus, &pointers).await;
            }
            () = sleep_until(sweep_at) => {
                let swept = sweep(forge, bus, older_than, SWEEP_EVERY).await;
                if swept != Swept::default() {
                    tracing::info!(?swept, "the outbox was swept");
                }
                older_than = SWEEP_OLDER_THAN;
                sweep_at = Instant::now() + SWEEP_EVERY;
            }
        }
    }
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
        if matches!(error, RelayError::Store(error) if error.kind() == Kind::Corrupt) {
            tracing::error!(%pointer, %error, "the outbox cannot be read; its item is kept");
        } else {
            tracing::warn!(%pointer, %error, "the events of a change are not all told; tried again later");
        }
    }
    told
}

/// Tells what a pointer's stream has up to it, in its order; `None` when that is too young.
async fn try_tell(
    forge: &Forge,
    bus: &dyn EventBus,
    pointer: &Pointer,
    before: Duration,
) -> Result<Option<usize>, RelayError> {
    let (mut sent, mut after) = (0, None);
    loop {
        let waiting = outbox::up_to(forge.store(), pointer, (after.as_ref(), ITEMS_AT_ONCE)).await?;
        let Some((last, _)) = waiting.last() else {
            return Ok(Some(sent));
        };
        after = Some(last.clone());
        for (found, pending) in waiting {
            let pending = match pending {
                Ok(pending) => pending,
                Err(error) if found == *pointer => return Err(error.into()),
                // It is kept for a program that can read it, and keeps nobody.
                Err(_) => continue,
            };
            let matter = match Matter::of(forge, &found, &pending).await {
                Ok(matter) => matter,
                Err(error) if error.kind() == Kind::Corrupt => {
                    tracing::error!(pointer = %found, %error, "a change cannot be told as events, and becomes a dead letter");
                    dead_letters::bury_item(forge, &found, pending.note, &error.to_string()).await?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            if matter.as_ref().is_some_and(|matter| matter.time() > before) {
                return Ok(None);
            }
            sent += match matter {
                Some(matter) => matter.tell(forge, bus, &found, pending).await?,
                None => 0,
            };
            outbox::remove(forge.store(), &found).await?;
        }
    }
}

#[cfg(test)]
mod tests;
