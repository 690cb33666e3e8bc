//! Items as they were read last, so that what every request reads costs no trip to another thread.
//!
//! The file belongs to this process alone and one thread of it writes, so what is kept can be exact: the writer forgets
//! what it is about to change, and what is read until it has is not kept.

use std::sync::{Mutex, MutexGuard, PoisonError};

use packhouse_storage::table::limits::item_bytes;
use packhouse_storage::table::{Item, Key, Write};
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
    /// How often a commit began or ended: odd while one is under way.
    commits: Mutex<u64>,
}

/// The count of commits when a read began.
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

    /// Keeps what was read, unless something was being committed meanwhile.
    pub(super) fn keep(&self, began: Began, key: Key, item: &Option<Item>) {
        let commits = self.commits();
        if *commits == began.0 && commits.is_multiple_of(2) {
            self.items.insert(key, item.clone());
        }
    }

    /// Forgets what `commit` may change, and keeps nothing until it is done.
    pub(super) fn while_changing<'a, T>(
        &self,
        writes: impl IntoIterator<Item = &'a Write>,
        commit: impl FnOnce() -> T,
    ) -> T {
        *self.commits() += 1;
        for write in writes {
            self.items.remove(&write.key);
        }
        let done = commit();
        *self.commits() += 1;
        done
    }
}
