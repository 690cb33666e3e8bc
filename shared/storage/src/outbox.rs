//! The outbox: what is still to be told to others.
//!
//! A push writes a pointer to its log entry in its own transaction, so there is one if and only if the refs changed. What no
//! log has (what happens to pull requests, comments, templates) is told by a note, which is written with the change and says
//! it all. Whoever told everything removes the item; whoever was interrupted is followed by somebody who goes on where it
//! stopped, or a little before.
//!
//! The entries of one repository are a stream, and so are the notes that their writer numbers together. The items of a
//! stream are told in their order.

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// How many of the item's events are told, in their order.
    #[serde(default)]
    told: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<Value>,
}

/// Names an item of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// It points to one entry of a repository's log.
    Entry {
        /// The repository.
        repository: RepositoryId,
        /// The version that the entry made.
        version: u64,
    },
    /// It is a note, which says itself what is to be told.
    Note {
        /// Those that are told in order have the same.
        stream: String,
        /// Its place among them.
        number: u64,
    },
}

impl Pointer {
    /// The item that has this key; `None` when that is no key of the outbox.
    #[must_use]
    pub fn parse(key: &Key) -> Option<Self> {
        if let Some((stream, number)) = keys::parse_outbox_note(key) {
            let stream = stream.to_owned();
            return Some(Self::Note { stream, number });
        }
        let (id, version) = keys::parse_outbox(key)?;
        Some(Self::Entry {
            repository: RepositoryId::parse(id)?,
            version,
        })
    }

    fn key(&self) -> Key {
        match self {
            Self::Entry { repository, version } => keys::outbox(repository.as_str(), *version),
            Self::Note { stream, number } => keys::outbox_note(stream, *number),
        }
    }

    /// What begins the sort keys of its stream.
    fn stream(&self) -> String {
        match self {
            Self::Entry { repository, .. } => keys::outbox_log(repository.as_str()),
            Self::Note { stream, .. } => keys::outbox_notes(stream),
        }
    }
}

impl std::fmt::Display for Pointer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Entry { repository, version } => write!(f, "{repository}/{version}"),
            Self::Note { stream, number } => write!(f, "{stream}/{number}"),
        }
    }
}

/// An item that is not told to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// How many of its events are told, in their order.
    pub told: usize,
    /// What a note says.
    pub note: Option<Value>,
    version: u64,
}

/// The write that puts a pointer into the outbox.
pub(crate) fn write(id: &RepositoryId, version: u64) -> Write {
    let key = keys::outbox(id.as_str(), version);
    Write::put(key, Expect::Any, encode(0, None))
}

/// The write that puts a note into the outbox: in the transaction of what it tells.
#[must_use]
pub fn note(stream: &str, number: u64, note: Value) -> Write {
    Write::put(keys::outbox_note(stream, number), Expect::Any, encode(0, Some(note)))
}

/// What of an item is still to be told; `None` once all is.
///
/// # Errors
/// The table's, and when the item cannot be read.
pub async fn find(store: &Store, pointer: &Pointer) -> Result<Option<Pending>> {
    let item = store.table().get(&pointer.key()).await?;
    item.as_ref().map(decode).transpose()
}

/// The items, at most `limit`, of a pointer's stream behind `after` and up to the pointer itself, in their order, with what
/// of each is still to be told, which may be unreadable. None once all of them are told.
///
/// # Errors
/// The table's.
pub async fn up_to(
    store: &Store,
    pointer: &Pointer,
    (after, limit): (Option<&Pointer>, usize),
) -> Result<Vec<(Pointer, Result<Pending>)>> {
    let last = pointer.key();
    let range = Range {
        prefix: pointer.stream(),
        after: after.map(|after| after.key().sk),
        limit,
        ..Range::default()
    };
    let page = store.table().query(&last.pk, range).await?;
    let known = page.items.iter().take_while(|item| item.key.sk <= last.sk);
    // What has another form of key is no item of the outbox, and the sweep says so.
    Ok(known
        .filter_map(|item| Some((Pointer::parse(&item.key)?, decode(item))))
        .collect())
}

/// Notes that `told` events of an item are told; what is pending then, which is more than that when somebody else went on
/// with the same item, and `None` when all is told.
///
/// # Errors
/// The table's.
pub async fn advance(store: &Store, pointer: &Pointer, pending: &Pending, told: usize) -> Result<Option<Pending>> {
    let body = encode(told, pending.note.clone());
    let put = Write::put(pointer.key(), Expect::Version(pending.version), body);
    match store.table().transact(vec![put]).await {
        Ok(()) => Ok(Some(Pending {
            told,
            note: pending.note.clone(),
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

/// Removes an item: all is told.
///
/// # Errors
/// The table's.
pub async fn remove(store: &Store, pointer: &Pointer) -> Result<()> {
    Ok(store.table().transact(vec![removal(pointer)]).await?)
}

/// The write that removes an item.
#[must_use]
pub fn removal(pointer: &Pointer) -> Write {
    Write::delete(pointer.key(), Expect::Any)
}

/// The write that puts an item back whose events are to be told once more, from the first on.
#[must_use]
pub fn again(pointer: &Pointer, note: Option<Value>) -> Write {
    Write::put(pointer.key(), Expect::Any, encode(0, note))
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

fn encode(told: usize, note: Option<Value>) -> Vec<u8> {
    let record = Record {
        schema: SCHEMA,
        told,
        note,
    };
    serde_json::to_vec(&record).expect("numbers and JSON always encode")
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
        note: record.note,
        version: item.version,
    })
}

#[cfg(test)]
mod tests;
