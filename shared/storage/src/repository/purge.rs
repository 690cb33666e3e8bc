//! The end of a repository.

use crate::error::{Error, Result};
use crate::keys;
use crate::repository_id::RepositoryId;
use crate::store::Store;
use crate::table::{Expect, Key, Range, TableError, Write};

/// How many items go in one transaction; each may take another one with it.
const AT_ONCE: usize = 50;

/// How far a purge came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purged {
    /// The repository is alive, or was deleted later than asked for.
    Kept,
    /// It can no longer be brought back, and its blobs are deleted. The next call removes the rest.
    Begun,
    /// Nothing is left of it.
    Whole,
}

/// Takes a repository away that was deleted at `before` or earlier (seconds since the Unix epoch). To be called, with some
/// time between, until it is [`Purged::Whole`]; whoever calls it keeps the id until then.
///
/// First the manifest goes, if it still says that it is deleted, so that from then on nobody can bring half of a
/// repository back; then the blobs; at last the items. A crash may undo the deletion of a blob, so the items, and with
/// them the last trace of the repository, go only in a call that finds no blob left.
///
/// # Errors
/// The stores'. Calling it again goes on from there.
pub async fn purge(store: &Store, id: &RepositoryId, before: u64) -> Result<Purged> {
    match store.manifest(id).await {
        Ok(manifest) => {
            if manifest.deleted.is_none_or(|deleted| deleted > before) {
                return Ok(Purged::Kept);
            }
            let gone = Write::delete(keys::manifest(id.as_str()), Expect::Version(manifest.version));
            match store.table().transact(vec![gone]).await {
                Ok(()) => {}
                // Somebody brought it back this very moment.
                Err(TableError::Conflict(_)) => return Ok(Purged::Kept),
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::NoRepository) => {}
        Err(error) => return Err(error),
    }
    if delete_blobs(store, id).await? {
        return Ok(Purged::Begun);
    }
    delete_items(store, id).await?;
    Ok(Purged::Whole)
}

/// Deletes all blobs; whether there were any.
async fn delete_blobs(store: &Store, id: &RepositoryId) -> Result<bool> {
    let prefix = keys::blobs(id.as_str());
    let (mut after, mut any) = (None::<String>, false);
    loop {
        let page = store.blobs().list(&prefix, after.as_deref()).await?;
        any |= !page.blobs.is_empty();
        for (key, _) in page.blobs {
            store.blobs().delete(&key).await?;
        }
        after = page.next;
        if after.is_none() {
            return Ok(any);
        }
    }
}

/// Deletes all items, and what in the outbox points to an entry of the log.
async fn delete_items(store: &Store, id: &RepositoryId) -> Result<()> {
    let partition = keys::repository(id.as_str());
    let mut range = Range {
        limit: AT_ONCE,
        ..Range::default()
    };
    loop {
        let page = store.table().query(&partition, range.clone()).await?;
        let mut writes = Vec::with_capacity(2 * page.items.len());
        for item in page.items {
            writes.extend(pointer(id, &item.key).map(|key| Write::delete(key, Expect::Any)));
            writes.push(Write::delete(item.key, Expect::Any));
        }
        store.table().transact(writes).await?;
        range.after = page.next;
        if range.after.is_none() {
            return Ok(());
        }
    }
}

/// The item of the outbox that points to a log entry.
fn pointer(id: &RepositoryId, key: &Key) -> Option<Key> {
    let version = key.sk.strip_prefix(keys::LOG_PREFIX)?.parse().ok()?;
    Some(keys::outbox(id.as_str(), version))
}

#[cfg(test)]
mod tests;
