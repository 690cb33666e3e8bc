//! [`MemoryTable`].

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use crate::clock;
use crate::table::limits::{check_key, check_query, check_transaction, item_bytes};
use crate::table::window::Window;
use crate::table::{Action, Expect, Item, Key, MAX_PAGE_BYTES, Page, Range, Table, TableError, Write};

/// A table in memory.
#[derive(Debug, Default)]
pub struct MemoryTable(Mutex<Partitions>);

type Partition = BTreeMap<String, Stored>;
type Partitions = BTreeMap<String, Partition>;

#[derive(Clone, Debug)]
struct Stored {
    version: u64,
    body: Bytes,
    expires: Option<u64>,
}

impl MemoryTable {
    fn lock(&self) -> MutexGuard<'_, Partitions> {
        // Nothing panics between the first and the last change of a transaction, so what a poisoned lock guards is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stored {
    fn is_live(&self, now: u64) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }

    fn item(&self, key: Key) -> Item {
        Item {
            key,
            version: self.version,
            body: self.body.clone(),
            expires: self.expires,
        }
    }
}

fn find<'a>(partitions: &'a Partitions, key: &Key, now: u64) -> Option<&'a Stored> {
    partitions
        .get(&key.pk)?
        .get(&key.sk)
        .filter(|stored| stored.is_live(now))
}

#[async_trait]
impl Table for MemoryTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        check_key(key)?;
        Ok(find(&self.lock(), key, clock::now_secs()).map(|stored| stored.item(key.clone())))
    }

    async fn query(&self, pk: &str, range: Range) -> Result<Page, TableError> {
        check_query(pk, &range)?;
        let window = Window::of(&range);
        let partitions = self.lock();
        let Some(partition) = partitions.get(pk).filter(|_| !window.is_empty()) else {
            return Ok(Page::default());
        };
        let until = window.until.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let found = partition.range::<str, _>((Bound::Included(window.from.as_str()), until));
        Ok(if range.descending {
            page(pk, range.limit, found.rev())
        } else {
            page(pk, range.limit, found)
        })
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError> {
        check_transaction(&writes)?;
        let now = clock::now_secs();
        let mut partitions = self.lock();
        for write in &writes {
            let version = find(&partitions, &write.key, now).map(|stored| stored.version);
            let holds = match write.expect {
                Expect::Any => true,
                Expect::Absent => version.is_none(),
                Expect::Version(expected) => version == Some(expected),
            };
            if !holds {
                return Err(TableError::Conflict(write.key.clone()));
            }
        }
        for write in writes {
            apply(&mut partitions, write, now);
        }
        Ok(())
    }
}

fn apply(partitions: &mut Partitions, write: Write, now: u64) {
    match write.action {
        Action::Put { body, expires } => {
            let version = find(partitions, &write.key, now).map_or(0, |stored| stored.version) + 1;
            partitions
                .entry(write.key.pk)
                .or_default()
                .insert(write.key.sk, Stored { version, body, expires });
        }
        Action::Delete => {
            if let Some(partition) = partitions.get_mut(&write.key.pk) {
                partition.remove(&write.key.sk);
            }
        }
        Action::Check => {}
    }
}

/// Takes what fits into one page from `found`, which is in the order of the query.
fn page<'a>(pk: &str, limit: usize, found: impl Iterator<Item = (&'a String, &'a Stored)>) -> Page {
    let now = clock::now_secs();
    let mut page = Page::default();
    let mut bytes = 0;
    for (sk, stored) in found.filter(|(_, stored)| stored.is_live(now)) {
        let key = Key::new(pk, sk);
        bytes += item_bytes(&key, &stored.body);
        let is_full = (limit != 0 && page.items.len() == limit) || bytes > MAX_PAGE_BYTES;
        if let Some(last) = page.items.last().filter(|_| is_full) {
            page.next = Some(last.key.sk.clone());
            break;
        }
        page.items.push(stored.item(key));
    }
    page
}
