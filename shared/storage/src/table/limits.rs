//! The limits of the contract, which every backend enforces before it does anything.

use std::collections::HashSet;

use super::{Action, Key, MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_WRITES, Range, TableError, Write};

/// The longest partition name in bytes.
pub const MAX_PARTITION_BYTES: usize = 2048;
/// The longest sort key in bytes.
pub const MAX_SORT_BYTES: usize = 1024;
/// The last second that an item may expire at: the largest integer that every backend stores.
pub const MAX_EXPIRES: u64 = i64::MAX.unsigned_abs();

/// Whether `key` is one that a table takes.
///
/// # Errors
/// [`TableError::TooLarge`] for an empty or over-long part.
pub fn check_key(key: &Key) -> Result<(), TableError> {
    check_partition(&key.pk)?;
    if key.sk.is_empty() {
        return Err(TableError::TooLarge("a sort key is empty".into()));
    }
    check_sort(&key.sk)
}

/// Whether a query of partition `pk` with `range` is one that a table takes.
///
/// # Errors
/// [`TableError::TooLarge`] for an empty or over-long partition and an over-long bound.
pub fn check_query(pk: &str, range: &Range) -> Result<(), TableError> {
    check_partition(pk)?;
    check_sort(&range.prefix)?;
    range.after.as_deref().map_or(Ok(()), check_sort)
}

/// Whether `writes` are one transaction that a table takes. None at all are: they do nothing.
///
/// # Errors
/// [`TableError::TooLarge`] for too many writes, too many bytes, a key named twice, and a bad key or item.
pub fn check_transaction(writes: &[Write]) -> Result<(), TableError> {
    if writes.len() > MAX_TRANSACTION_WRITES {
        return Err(TableError::TooLarge(format!(
            "{} writes in one transaction",
            writes.len()
        )));
    }
    let mut total = 0;
    let mut seen = HashSet::with_capacity(writes.len());
    for write in writes {
        check_key(&write.key)?;
        if !seen.insert(&write.key) {
            return Err(TableError::TooLarge(format!(
                "{:?} is named twice in one transaction",
                write.key
            )));
        }
        total += check_write(write)?;
    }
    if total > MAX_TRANSACTION_BYTES {
        return Err(TableError::TooLarge(format!("{total} bytes in one transaction")));
    }
    Ok(())
}

/// What an item counts for against the limits: the bytes of its key and its body.
#[must_use]
pub fn item_bytes(key: &Key, body: &[u8]) -> usize {
    key.pk.len() + key.sk.len() + body.len()
}

fn check_write(write: &Write) -> Result<usize, TableError> {
    let Action::Put { body, expires } = &write.action else {
        return Ok(item_bytes(&write.key, &[]));
    };
    let bytes = item_bytes(&write.key, body);
    if bytes > MAX_ITEM_BYTES {
        return Err(TableError::TooLarge(format!("{:?} has {bytes} bytes", write.key)));
    }
    if expires.is_some_and(|at| at > MAX_EXPIRES) {
        return Err(TableError::TooLarge(format!(
            "{:?} expires beyond the end of time",
            write.key
        )));
    }
    Ok(bytes)
}

fn check_partition(pk: &str) -> Result<(), TableError> {
    match pk.len() {
        1..=MAX_PARTITION_BYTES => Ok(()),
        length => Err(TableError::TooLarge(format!("a partition name of {length} bytes"))),
    }
}

fn check_sort(sk: &str) -> Result<(), TableError> {
    if sk.len() > MAX_SORT_BYTES {
        return Err(TableError::TooLarge(format!("a sort key of {} bytes", sk.len())));
    }
    Ok(())
}
