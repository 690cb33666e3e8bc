//! The log: one complete entry for each version of a manifest.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use packhouse_git::hash::{ObjectFormat, ObjectId};
use packhouse_git::ref_name::RefName;
use serde::{Deserialize, Serialize};

use crate::blobs::Blobs;
use crate::clock;
use crate::error::{Error, Result};
use crate::keys;
use crate::manifest::record::{decode_id, decode_ref};
use crate::repository_id::RepositoryId;
use crate::table::Item;

const SCHEMA: u32 = 1;
/// A ref list longer than this lies in a blob of its own.
const INLINE_BYTES: usize = 64 << 10;
/// Every so many versions the log names a copy of the manifest.
pub(crate) const CHECKPOINT_EVERY: u64 = 256;

/// One ref's change; an absent id means that the ref did not exist before or does not exist after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefChange {
    /// The ref.
    pub name: RefName,
    /// What it pointed to.
    pub old: Option<ObjectId>,
    /// What it points to now.
    pub new: Option<ObjectId>,
}

/// Who changed a repository, and in which request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// ARN of the principal, or the name of the job that changed it.
    pub arn: String,
    /// The request's id.
    pub request: String,
    /// What else the service wants to be kept of who called and how. It is not looked at here.
    pub details: Option<String>,
}

/// What made one version of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The version that it made.
    pub version: u64,
    /// What kind of change it was: `create`, `push`, `compact`, `head`, …
    pub kind: String,
    /// When, since the Unix epoch; never before the entry before it.
    pub time: Duration,
    /// By whom.
    pub actor: Actor,
    /// Fresh for each attempt to change; finds an own change after an unknown outcome.
    pub change_id: String,
    /// The refs that changed.
    pub refs: Vec<RefChange>,
    /// HEAD's target, where it changed.
    pub head: Option<RefName>,
    /// Packs added.
    pub packs_added: Vec<String>,
    /// Packs no longer live.
    pub packs_removed: Vec<String>,
    /// Segments of refs and of the pack list that are new.
    pub segments_added: Vec<String>,
    /// Segments no longer live.
    pub segments_removed: Vec<String>,
    /// The blob that holds a copy of the manifest.
    pub checkpoint: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    kind: String,
    time_ms: u64,
    actor: String,
    request: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    details: Option<String>,
    change: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    refs: BTreeMap<String, (Option<String>, Option<String>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refs_blob: Option<(String, u64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    packs_added: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    packs_removed: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    segments_added: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    segments_removed: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
}

/// The stored form of an entry.
#[derive(Debug)]
pub(crate) struct Encoded {
    /// The item's body.
    pub(crate) item: Vec<u8>,
    /// A ref list too long for the item, to be stored first as the blob that the item names.
    pub(crate) list: Option<Bytes>,
}

/// Encodes an entry; a long ref list becomes the blob `blob_id`.
pub(crate) fn encode(entry: &Entry, blob_id: &str) -> Encoded {
    let hex = |oid: &Option<ObjectId>| oid.map(|oid| oid.to_string());
    let refs: BTreeMap<String, _> = entry
        .refs
        .iter()
        .map(|change| (change.name.to_string(), (hex(&change.old), hex(&change.new))))
        .collect();
    let mut record = Record {
        schema: SCHEMA,
        kind: entry.kind.clone(),
        time_ms: clock::millis(entry.time),
        actor: entry.actor.arn.clone(),
        request: entry.actor.request.clone(),
        details: entry.actor.details.clone(),
        change: entry.change_id.clone(),
        refs,
        refs_blob: None,
        head: entry.head.as_ref().map(ToString::to_string),
        packs_added: entry.packs_added.clone(),
        packs_removed: entry.packs_removed.clone(),
        segments_added: entry.segments_added.clone(),
        segments_removed: entry.segments_removed.clone(),
        checkpoint: entry.checkpoint.clone(),
    };
    let body = to_json(&record);
    if body.len() <= INLINE_BYTES || record.refs.is_empty() {
        return Encoded { item: body, list: None };
    }
    let list = serde_json::to_vec(&record.refs).expect("maps of strings always encode");
    let bytes = list.len() as u64;
    record.refs.clear();
    record.refs_blob = Some((blob_id.to_owned(), bytes));
    Encoded {
        item: to_json(&record),
        list: Some(list.into()),
    }
}

fn to_json(record: &Record) -> Vec<u8> {
    serde_json::to_vec(record).expect("strings, numbers and maps with string keys always encode")
}

/// Reads a stored entry, its long ref list included.
///
/// # Errors
/// When the record or its blob cannot be read or is of a newer schema.
pub async fn decode(blobs: &dyn Blobs, id: &RepositoryId, format: ObjectFormat, item: &Item) -> Result<Entry> {
    let bad = |error: serde_json::Error| Error::corrupt(format!("unreadable log entry: {error}"));
    let mut record: Record = serde_json::from_slice(&item.body).map_err(bad)?;
    if record.schema != SCHEMA {
        return Err(Error::corrupt(format!(
            "log schema {} is newer than this program",
            record.schema
        )));
    }
    if let Some((blob, bytes)) = &record.refs_blob {
        let list = blobs.get_range(&keys::log_blob(id.as_str(), blob), 0..*bytes).await?;
        record.refs = serde_json::from_slice(&list).map_err(bad)?;
    }
    let mut refs = Vec::with_capacity(record.refs.len());
    // A list of 100,000 refs is taken apart piece by piece, so that it is not in memory twice.
    for (name, (old, new)) in record.refs {
        let id = |hex: Option<String>| hex.map(|hex| decode_id(format, &hex)).transpose();
        refs.push(RefChange {
            name: decode_ref(&name)?,
            old: id(old)?,
            new: id(new)?,
        });
    }
    let version = item
        .key
        .sk
        .strip_prefix(keys::LOG_PREFIX)
        .and_then(|digits| digits.parse().ok());
    Ok(Entry {
        version: version.ok_or_else(|| Error::corrupt("a log entry under a strange key"))?,
        kind: record.kind,
        time: Duration::from_millis(record.time_ms),
        actor: Actor {
            arn: record.actor,
            request: record.request,
            details: record.details,
        },
        change_id: record.change,
        refs,
        head: record.head.as_deref().map(decode_ref).transpose()?,
        packs_added: record.packs_added,
        packs_removed: record.packs_removed,
        segments_added: record.segments_added,
        segments_removed: record.segments_removed,
        checkpoint: record.checkpoint,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bed, of_schema};

    #[tokio::test]
    async fn an_entry_of_a_newer_schema_is_not_guessed_at() {
        let bed = Bed::sha1().await;
        let key = keys::log(bed.id.as_str(), 1);
        let item = bed.store.table().get(&key).await.unwrap().unwrap();
        for (schema, is_read) in [(SCHEMA, true), (SCHEMA + 1, false)] {
            let item = of_schema(&item, schema);
            let read = decode(&**bed.store.blobs(), &bed.id, ObjectFormat::Sha1, &item).await;
            assert_eq!(read.is_ok(), is_read, "{read:?}");
        }
    }
}
