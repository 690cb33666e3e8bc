//! Removing the blobs of packs and segments that are no longer live.
//!
//! Every log entry names what it took out of the manifest. A cursor of our own follows the log at a distance: nobody
//! still reads by a manifest that is a day old. The blobs go first and the cursor moves afterwards, so a crash only
//! repeats deletions.

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::error::{Error, Result};
use crate::keys;
use crate::log::{self, Entry};
use crate::manifest::Manifest;
use crate::repository_id::RepositoryId;
use crate::store::Store;
use crate::table::{Expect, Range, TableError, Write};

/// How long what was replaced is kept for those who are still reading it.
pub const KEPT: Duration = Duration::from_secs(24 * 3600);

const SCHEMA: u32 = 1;
const CONSUMER: &str = "reclaim";
/// How many entries are read between two writes of the cursor.
const BATCH: usize = 100;

#[derive(Serialize, Deserialize)]
struct Cursor {
    schema: u32,
    version: u64,
}

/// Removes what entries of the log older than `age` replaced; returns how many blobs were asked to go.
///
/// # Errors
/// The stores'. [`Error::Busy`] when somebody else does the same at the same time.
pub async fn reclaim(store: &Store, id: &RepositoryId, age: Duration) -> Result<usize> {
    let manifest = store.manifest(id).await?;
    let format = manifest.format;
    let before = clock::now().saturating_sub(age);
    let key = keys::cursor(id.as_str(), CONSUMER);
    let mut removed = 0;
    loop {
        let item = store.table().get(&key).await?;
        let (seen, expect) = match &item {
            Some(item) => (decode(&item.body)?.version, Expect::Version(item.version)),
            None => (0, Expect::Absent),
        };
        let range = Range {
            prefix: keys::LOG_PREFIX.into(),
            after: Some(keys::log(id.as_str(), seen).sk),
            limit: BATCH,
            ..Range::default()
        };
        let page = store.table().query(&keys::repository(id.as_str()), range).await?;
        let mut reached = seen;
        for item in &page.items {
            let entry = log::decode(&**store.blobs(), id, format, item).await?;
            if entry.time > before {
                break;
            }
            removed += remove(store, id, &manifest, &entry).await?;
            reached = entry.version;
        }
        if reached == seen {
            return Ok(removed);
        }
        let body = serde_json::to_vec(&Cursor {
            schema: SCHEMA,
            version: reached,
        })
        .expect("numbers always encode");
        match store
            .table()
            .transact(vec![Write::put(key.clone(), expect, body)])
            .await
        {
            // Where nobody knows, the next round reads what it came to.
            Ok(()) | Err(TableError::Ambiguous(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn decode(body: &[u8]) -> Result<Cursor> {
    let cursor: Cursor =
        serde_json::from_slice(body).map_err(|error| Error::corrupt(format!("unreadable cursor: {error}")))?;
    if cursor.schema != SCHEMA {
        return Err(Error::corrupt(format!(
            "cursor schema {} is newer than this program",
            cursor.schema
        )));
    }
    Ok(cursor)
}

/// Removes what one entry replaced. A segment's id does not tell whether it was one of refs or of packs, and older
/// programs gave both the same, of which one may be live. What is live now and replaced later has an entry of its own.
async fn remove(store: &Store, id: &RepositoryId, manifest: &Manifest, entry: &Entry) -> Result<usize> {
    let id = id.as_str();
    let refs = manifest.refs_base.as_ref().map(|live| keys::ref_segment(id, &live.id));
    let list = manifest.packs_base.as_ref().map(|live| keys::pack_list(id, &live.id));
    let packs = entry.packs_removed.iter().flat_map(|pack| keys::pack_blobs(id, pack));
    let segments = entry.segments_removed.iter();
    let segments = segments.flat_map(|segment| [keys::ref_segment(id, segment), keys::pack_list(id, segment)]);
    let segments = segments.filter(|blob| Some(blob) != refs.as_ref() && Some(blob) != list.as_ref());
    let blobs: Vec<String> = packs.chain(segments).collect();
    for blob in &blobs {
        store.blobs().delete(blob).await?;
    }
    Ok(blobs.len())
}
