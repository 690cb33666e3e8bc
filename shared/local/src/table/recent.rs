//! Items as they were read last, so that what every request reads costs no trip to another thread.
//!
//! The file belongs to this process alone and one thread of it writes, so what is kept can be exact: the writer forgets
//! what it has changed before it tells anybody that it has, and what was read while it committed is not kept.

use std::sync::{Mutex, MutexGuard, PoisonError};

use packhouse_storage::table::limits::item_bytes;
use packhouse_storage::table::{Action, Item, Key, Write};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::read::now;

/// Bytes of items that are kept.
const BYTES: u64 = 16 << 20;
/// What an item takes besides.
const OVERHEAD: u64 = 128;
const EXPECTED: usize = 10_000;

#[derive(Clone, Debug)]
struct Weights;

impl Weighter<Key, Option<Item>> for Weights {
    fn weight(&self, key: &Key, item: &Option<Item>) -> u64 {
        let body = item.as_ref().map(|item| &*item.body).unwrap_or_default();
        item_bytes(key, body) as u64 + OVERHEAD
    }
}

/// The items, and that some are absent.
pub(super) struct Recent {
    items: Cache<Key, Option<Item>, Weights>,
    /// How often something was committed.
    commits: Mutex<u64>,
}

/// How often something had been committed when a read began.
#[derive(Clone, Copy)]
pub(super) struct Began(u64);

impl Recent {
    pub(super) fn new() -> Self {
        Self {
            items: Cache::with_weighter(EXPECTED, BYTES, Weights),
            commits: Mutex::default(),
        }
    }

    fn commits(&self) -> MutexGuard<'_, u64> {
        // A number is whole at any time.
        self.commits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of an item: that it is absent, or what it holds.
    pub(super) fn get(&self, key: &Key) -> Option<Option<Item>> {
        let now = now().unsigned_abs();
        let alive = |item: &Item| item.expires.is_none_or(|at| at > now);
        self.items.get(key).map(|item| item.filter(alive))
    }

    /// Notes that a read begins.
    pub(super) fn begin(&self) -> Began {
        Began(*self.commits())
    }

    /// Keeps what was read, unless something was committed meanwhile.
    pub(super) fn keep(&self, began: Began, key: Key, item: &Option<Item>) {
        let commits = self.commits();
        if *commits == began.0 {
            self.items.insert(key, item.clone());
        }
    }

    /// Forgets what was changed, or may have been.
    pub(super) fn forget<'a>(&self, writes: impl IntoIterator<Item = &'a Write>) {
        let mut commits = self.commits();
        *commits += 1;
        for write in writes
            .into_iter()
            .filter(|write| !matches!(write.action, Action::Check))
        {
            self.items.remove(&write.key);
        }
    }
}
