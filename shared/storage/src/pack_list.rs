//! The list of live packs: the newer part in the manifest, the older one, when it grows long, in a segment.

use std::sync::Arc;

use bytes::Bytes;

use crate::error::{Error, Result};
use crate::keys;
use crate::manifest::record::PackRecord;
use crate::manifest::{Manifest, Pack, Segment};
use crate::repository_id::RepositoryId;
use crate::store::Store;

/// How many packs the manifest itself lists before the older ones move to a segment.
pub(crate) const INLINE: usize = 200;
/// How many of them stay in the manifest when the others move.
const STAY: usize = 50;

/// All live packs, oldest first.
pub(crate) async fn read(store: &Store, id: &RepositoryId, manifest: &Manifest) -> Result<Vec<Pack>> {
    let Some(segment) = &manifest.packs_base else {
        return Ok(manifest.packs.clone());
    };
    let load = async {
        let bytes = store
            .blobs()
            .get_range(&keys::pack_list(id.as_str(), &segment.id), 0..segment.bytes)
            .await?;
        let records: Vec<PackRecord> =
            serde_json::from_slice(&bytes).map_err(|error| Error::corrupt(format!("unreadable pack list: {error}")))?;
        Ok::<_, Error>(Arc::new(records.into_iter().map(Pack::from).collect::<Vec<_>>()))
    };
    let mut packs = store
        .packs()
        .lists
        .get_or_insert_async(&segment.id, load)
        .await?
        .to_vec();
    packs.extend(manifest.packs.iter().cloned());
    Ok(packs)
}

/// Moves the older part of a list that grew long to the segment `segment`, which the caller has recorded as being
/// written. Returns whether it did.
pub(crate) async fn fold(store: &Store, id: &RepositoryId, manifest: &mut Manifest, segment: &str) -> Result<bool> {
    if manifest.packs.len() <= INLINE {
        return Ok(false);
    }
    let packs = read(store, id, manifest).await?;
    let (older, newer) = packs.split_at(packs.len() - STAY);
    write(store, id, manifest, older, newer, segment).await?;
    Ok(true)
}

/// Makes `older` the segment and `newer` the part in the manifest.
async fn write(
    store: &Store,
    id: &RepositoryId,
    manifest: &mut Manifest,
    older: &[Pack],
    newer: &[Pack],
    segment: &str,
) -> Result<()> {
    let records: Vec<PackRecord> = older.iter().map(PackRecord::from).collect();
    let bytes = serde_json::to_vec(&records).expect("strings and numbers always encode");
    let length = bytes.len() as u64;
    store
        .blobs()
        .put(
            &keys::pack_list(id.as_str(), segment),
            Bytes::from(bytes),
            manifest.kms_key.as_deref(),
        )
        .await?;
    manifest.packs_base = Some(Segment {
        id: segment.to_owned(),
        bytes: length,
    });
    manifest.packs = newer.to_vec();
    Ok(())
}

/// Replaces packs in the list: `added` take the place of the first of `removed`. `None` when one of `removed` is not
/// live any more. A list that no longer needs a segment loses it.
pub(crate) async fn replace(
    store: &Store,
    id: &RepositoryId,
    manifest: &mut Manifest,
    removed: &[String],
    added: &[Pack],
    segment: &str,
) -> Result<Option<bool>> {
    let mut packs = read(store, id, manifest).await?;
    let Some(at) = packs.iter().position(|pack| removed.contains(&pack.id)) else {
        return Ok(None);
    };
    let before = packs.len();
    packs.retain(|pack| !removed.contains(&pack.id));
    if before - packs.len() != removed.len() {
        return Ok(None);
    }
    packs.splice(at..at, added.iter().cloned());
    if packs.len() <= INLINE {
        manifest.packs_base = None;
        manifest.packs = packs;
        return Ok(Some(false));
    }
    let (older, newer) = packs.split_at(packs.len() - STAY);
    write(store, id, manifest, older, newer, segment).await?;
    Ok(Some(true))
}
