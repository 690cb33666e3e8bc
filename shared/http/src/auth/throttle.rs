//! Brute force: failures cost time.
//!
//! Counted are failures of one credential from one source, and all failures from one source. After some that are free,
//! every further one doubles the time in which nothing more is looked at. Nobody is held up for what another source
//! does, so nobody can lock an owner out from afar; and who has proven a credential is not held up for what others try
//! with other ones at the same address. Nothing of it is stored: it takes bounded memory of this process, and each process
//! counts for itself.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::time::Instant;

/// How many pairs of a source and a credential are remembered, and how many totals.
const REMEMBERED: usize = 16 << 10;
/// After how much time without another one failures are forgotten, and after how much a success is.
const FORGOTTEN: Duration = Duration::from_secs(15 * 60);
/// The longest that anybody has to wait.
const MOST: Duration = Duration::from_secs(64);
/// Failures of one credential from one source that cost nothing.
const FREE_OF_PAIR: u32 = 5;
/// Failures from one source that cost nothing.
const FREE_OF_ALL: u32 = 100;

/// What is remembered of failures. Clones share it.
#[derive(Clone)]
pub struct Throttle(Arc<Memory>);

struct Memory {
    /// Makes keys out of what callers choose.
    hasher: RandomState,
    /// Of a credential from a source.
    pairs: Cache<u64, Arc<Mutex<Tally>>>,
    /// Of a source.
    totals: Cache<u64, Arc<Mutex<Tally>>>,
}

/// A source has failed too often. After so many seconds it may try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Too many wrong credentials came from your address. Try again in {seconds} s.")]
pub struct Throttled {
    /// At least one.
    pub seconds: u64,
}

/// One try of a credential from a source, which ends as proven or as failed. One that ends otherwise does not count.
#[must_use]
pub(crate) struct Attempt<'a> {
    memory: &'a Memory,
    source: Option<IpAddr>,
    /// Absent where nothing is counted.
    keys: Option<Keys>,
}

#[derive(Clone, Copy)]
struct Keys {
    pair: u64,
    all: u64,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    failures: u32,
    last_failure: Option<Instant>,
    proven: Option<Instant>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self(Arc::new(Memory {
            hasher: RandomState::new(),
            pairs: Cache::new(REMEMBERED),
            totals: Cache::new(REMEMBERED),
        }))
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle")
            .field("pairs", &self.0.pairs.len())
            .field("totals", &self.0.totals.len())
            .finish()
    }
}

impl Throttle {
    /// Lets `source` try the credential of that name, which need not exist.
    ///
    /// # Errors
    /// [`Throttled`].
    pub(crate) fn attempt(&self, source: Option<IpAddr>, credential: &str) -> Result<Attempt<'_>, Throttled> {
        // Where all clients have one address, which is that of a proxy here that nobody named, one of them could lock
        // out all others.
        if source.is_some_and(|ip| ip.to_canonical().is_loopback()) {
            return Ok(Attempt {
                memory: &self.0,
                source,
                keys: None,
            });
        }
        let network = source.map(network);
        let hasher = &self.0.hasher;
        let keys = Keys {
            pair: hasher.hash_one((network, credential)),
            all: hasher.hash_one(network),
        };
        let memory = &*self.0;
        let now = Instant::now();
        let pair = tally(&memory.pairs, keys.pair);
        let of_all = if pair.is_proven(now) {
            Duration::ZERO
        } else {
            tally(&memory.totals, keys.all).wait(FREE_OF_ALL, now)
        };
        let wait = pair.wait(FREE_OF_PAIR, now).max(of_all);
        if wait.is_zero() {
            return Ok(Attempt {
                memory,
                source,
                keys: Some(keys),
            });
        }
        // Rounded up: who waits as long as that is let in.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        tracing::info!(client = ?source, seconds, "credentials were not looked at after too many wrong ones");
        Err(Throttled { seconds })
    }
}

impl Attempt<'_> {
    /// The credential was right.
    pub(crate) fn succeeded(self) {
        let Some(keys) = self.keys else {
            return;
        };
        let proven = Tally {
            proven: Some(Instant::now()),
            ..Tally::default()
        };
        change(&self.memory.pairs, keys.pair, |tally| *tally = proven);
    }

    /// The credential was wrong, or is nobody's.
    pub(crate) fn failed(self) {
        // Not the name that was given: people type passwords there.
        tracing::info!(client = ?self.source, "wrong credentials");
        let Some(keys) = self.keys else {
            return;
        };
        let now = Instant::now();
        change(&self.memory.pairs, keys.pair, |tally| tally.fail(now));
        change(&self.memory.totals, keys.all, |tally| tally.fail(now));
    }
}

impl Tally {
    fn fail(&mut self, now: Instant) {
        let stale = self.last_failure.is_none_or(|last| now - last >= FORGOTTEN);
        self.failures = if stale { 1 } else { self.failures.saturating_add(1) };
        self.last_failure = Some(now);
    }

    /// How long to wait yet.
    fn wait(&self, free: u32, now: Instant) -> Duration {
        let Some(last) = self.last_failure.filter(|_| self.failures >= free) else {
            return Duration::ZERO;
        };
        let doublings = (self.failures - free).min(u64::BITS - 1);
        let delay = Duration::from_secs(1 << doublings).min(MOST);
        (last + delay).saturating_duration_since(now)
    }

    fn is_proven(&self, now: Instant) -> bool {
        self.proven.is_some_and(|proven| now - proven < FORGOTTEN)
    }
}

fn tally(cache: &Cache<u64, Arc<Mutex<Tally>>>, key: u64) -> Tally {
    let known = cache.get(&key);
    known.map_or_else(Tally::default, |known| {
        *known.lock().unwrap_or_else(PoisonError::into_inner)
    })
}

fn change(cache: &Cache<u64, Arc<Mutex<Tally>>>, key: u64, change: impl FnOnce(&mut Tally)) {
    let made = cache.get_or_insert_with(&key, || Ok::<_, std::convert::Infallible>(Arc::default()));
    let Ok(known) = made;
    change(&mut known.lock().unwrap_or_else(PoisonError::into_inner));
}

/// What counts as one source: an IPv4 address, or the network of an IPv6 address, as somebody who has one address of it has
/// them all.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests;
