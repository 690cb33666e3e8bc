//! The outbox: a pointer to each log entry whose changes of refs are still to be told to others.
//!
//! A push writes the pointer in its own transaction, so there is one if and only if the refs changed. Whoever told
//! everything removes it; whoever was interrupted is followed by somebody who goes on where it stopped, or a little
//! before.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::keys;
use crate::repository_id::RepositoryId;
use crate::store::Store;
use crate::table::{Expect, Item, Key, Range, TableError, Write};

pub use crate::keys::OUTBOX_SHARDS as SHARDS;

const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    /// How many of the entry's changes of refs are told, in their order.
    #[serde(default)]
    told: usize,
}

/// Points to one entry of a repository's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The repository.
    pub repository: RepositoryId,
    /// The version that the entry made.
    pub version: u64,
}

impl Pointer {
    /// What the key of an item of the outbox points to; `None` for any other key.
    #[must_use]
    pub fn parse(key: &Key) -> Option<Self> {
        let (id, version) = keys::parse_outbox(key)?;
        Some(Self {
            repository: RepositoryId::parse(id)?,
            version,
        })
    }

    fn key(&self) -> Key {
        keys::outbox(self.repository.as_str(), self.version)
    }
}

/// An entry that is not told to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// How many of its changes of refs are told, in their order.
    pub told: usize,
    version: u64,
}

/// The write that puts a pointer into the outbox.
pub(crate) fn write(id: &RepositoryId, version: u64) -> Write {
    let key = keys::outbox(id.as_str(), version);
    Write::put(key, Expect::Any, encode(0))
}

/// What of an entry is still to be told; `None` once all is.
///
/// # Errors
/// The table's, and when the item cannot be read.
pub async fn find(store: &Store, pointer: &Pointer) -> Result<Option<Pending>> {
    let item = store.table().get(&pointer.key()).await?;
    item.as_ref().map(decode).transpose()
}

/// Notes that `told` changes of an entry are told; what is pending then, which is more than that when somebody else
/// went on with the same entry, and `None` when all is told.
///
/// # Errors
/// The table's.
pub async fn advance(store: &Store, pointer: &Pointer, pending: &Pending, told: usize) -> Result<Option<Pending>> {
    let put = Write::put(pointer.key(), Expect::Version(pending.version), encode(told));
    match store.table().transact(vec![put]).await {
        Ok(()) => Ok(Some(Pending {
            told,
            version: pending.version + 1,
        })),
        Err(TableError::Conflict(_) | TableError::Ambiguous(_)) => {
            let found = find(store, pointer).await?;
            Ok(found.map(|found| Pending {
                told: found.told.max(told),
                ..found
            }))
        }
        Err(error) => Err(error.into()),
    }
}

/// Removes a pointer: all is told.
///
/// # Errors
/// The table's.
pub async fn remove(store: &Store, pointer: &Pointer) -> Result<()> {
    let gone = Write::delete(pointer.key(), Expect::Any);
    Ok(store.table().transact(vec![gone]).await?)
}

/// One page of the keys in a shard (below [`SHARDS`]), and where the next one starts.
///
/// # Errors
/// The table's.
pub async fn page(store: &Store, shard: u64, after: Option<String>) -> Result<(Vec<Key>, Option<String>)> {
    let range = Range {
        after,
        ..Range::default()
    };
    let page = store.table().query(&keys::outbox_shard(shard), range).await?;
    Ok((page.items.into_iter().map(|item| item.key).collect(), page.next))
}

fn encode(told: usize) -> Vec<u8> {
    let record = Record { schema: SCHEMA, told };
    serde_json::to_vec(&record).expect("numbers always encode")
}

fn decode(item: &Item) -> Result<Pending> {
    let record: Record = serde_json::from_slice(&item.body)
        .map_err(|error| Error::corrupt(format!("unreadable item {:?}: {error}", item.key)))?;
    if record.schema != SCHEMA {
        return Err(Error::corrupt(format!(
            "outbox schema {} is newer than this program",
            record.schema
        )));
    }
    Ok(Pending {
        told: record.told,
        version: item.version,
    })
}

#[cfg(test)]
mod tests;
