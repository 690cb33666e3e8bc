//! The port for facts: small ordered items with all-or-nothing conditional writes.

pub mod commit;
pub mod limits;
pub mod watched;
pub mod window;

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

/// The most writes one transaction may hold (`DynamoDB`'s `TransactWriteItems`).
pub const MAX_TRANSACTION_WRITES: usize = 100;
/// The most bytes one transaction may hold, keys and bodies together: `DynamoDB`'s 4 MB, less what the attributes' names
/// and numbers of as many items take there.
pub const MAX_TRANSACTION_BYTES: usize = (4 << 20) - 128 * MAX_TRANSACTION_WRITES;
/// The most bytes one item may hold, key and body together: `DynamoDB`'s 400 KB, less what its attributes' names and
/// numbers take there.
pub const MAX_ITEM_BYTES: usize = (400 << 10) - 128;
/// The most bytes of items that one query page may hold.
pub const MAX_PAGE_BYTES: usize = 1 << 20;

/// Names one item: a partition and a sort position inside it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The partition.
    pub pk: String,
    /// The sort position inside the partition, ordered by its bytes.
    pub sk: String,
}

impl Key {
    /// Makes a key; both parts must be non-empty, at most 2,048 and 1,024 bytes (`DynamoDB`'s limits).
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self {
            pk: pk.into(),
            sk: sk.into(),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.pk, self.sk)
    }
}

/// One stored item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub key: Key,
    /// 1 after the first put, one more after each further put.
    pub version: u64,
    /// What was put.
    pub body: Bytes,
    /// Seconds since the Unix epoch from which on the item is never returned again.
    pub expires: Option<u64>,
}

/// What must hold of an item for its transaction to commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Anything.
    Any,
    /// The item does not exist. An expired item counts as absent.
    Absent,
    /// The item exists at exactly this version.
    Version(u64),
}

/// What a write does once every expectation of its transaction holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Stores a body, at the old version plus one (1 where there was none).
    Put {
        /// The new body.
        body: Bytes,
        /// When the item lapses, in seconds since the Unix epoch.
        expires: Option<u64>,
    },
    /// Removes the item, if it is there.
    Delete,
    /// Changes nothing.
    Check,
}

/// One write of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The item.
    pub key: Key,
    /// Its condition.
    pub expect: Expect,
    /// Its change.
    pub action: Action,
}

impl Write {
    /// Stores `body` without an expiry.
    pub fn put(key: Key, expect: Expect, body: impl Into<Bytes>) -> Self {
        Self {
            key,
            expect,
            action: Action::Put {
                body: body.into(),
                expires: None,
            },
        }
    }

    /// Removes the item.
    #[must_use]
    pub const fn delete(key: Key, expect: Expect) -> Self {
        Self {
            key,
            expect,
            action: Action::Delete,
        }
    }

    /// Only checks the expectation.
    #[must_use]
    pub const fn check(key: Key, expect: Expect) -> Self {
        Self {
            key,
            expect,
            action: Action::Check,
        }
    }
}

/// Which items of a partition a query returns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// Only sort keys that start with this.
    pub prefix: String,
    /// Only sort keys behind this one (before it, when `descending`), in the order of the query.
    pub after: Option<String>,
    /// The most items to return; 0 means as many as a page holds.
    pub limit: usize,
    /// Whether the order is from the last key to the first.
    pub descending: bool,
}

/// One page of a query, in sort order. Pages of one query are not one snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The items.
    pub items: Vec<Item>,
    /// Where the next page starts (give it as [`Range::after`]); `None` at the end.
    pub next: Option<String>,
}

/// Why a table call failed, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// An expectation did not hold, or another transaction was writing the same items. Nothing was written.
    #[error("a condition on {0:?} did not hold")]
    Conflict(Key),
    /// The store is busy or away. Nothing was written; trying again may help.
    #[error("the table is unavailable: {0}")]
    Unavailable(String),
    /// Nobody knows whether the transaction was written: read back before trying again.
    #[error("the outcome of a table transaction is unknown: {0}")]
    Ambiguous(String),
    /// The call breaks a limit of the contract. Nothing was written; trying again never helps.
    #[error("a table limit is exceeded: {0}")]
    TooLarge(String),
    /// What is stored cannot be read.
    #[error("the table is corrupt: {0}")]
    Corrupt(String),
}

/// Small ordered items with all-or-nothing conditional writes.
///
/// Guarantees: a `transact` that returned `Ok` is durable and seen whole by every later `get`; reads are consistent;
/// an item whose `expires` has passed is never returned and counts as absent. A key that anybody compares by version
/// is never deleted and recreated (its version would start again), which is the callers' promise.
#[async_trait]
pub trait Table: Send + Sync + fmt::Debug {
    /// Reads one item, consistently.
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError>;

    /// Reads one page of a partition in sort order, at most [`MAX_PAGE_BYTES`] of items (always at least one, if any).
    async fn query(&self, pk: &str, range: Range) -> Result<Page, TableError>;

    /// Writes all of `writes`, if all their expectations hold, or nothing.
    ///
    /// At most [`MAX_TRANSACTION_WRITES`] writes and [`MAX_TRANSACTION_BYTES`] bytes; no key twice
    /// ([`TableError::TooLarge`] otherwise, as for an item over [`MAX_ITEM_BYTES`]). A transaction without writes does
    /// nothing. A call that is dropped before it returns may commit all the same.
    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError>;
}
