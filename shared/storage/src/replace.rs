//! The commit of what compaction and repacking come to: packs take the place of others in the manifest.

mod collection;

pub(crate) use self::collection::Collection;
use crate::error::{Error, Result};
use crate::keys;
use crate::log::{self, Actor, CHECKPOINT_EVERY, Entry};
use crate::manifest::{Manifest, Pack, Segment};
use crate::pack_list;
use crate::refs;
use crate::repository_id::RepositoryId;
use crate::store::Store;
use crate::table::commit::Commit;
use crate::table::{Expect, Write};
use crate::upload::Upload;

/// What a compaction did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// How many packs became one.
    pub merged: usize,
}

/// Packs that take the place of others.
pub(crate) struct Replacement<'a> {
    /// What goes; all of it has to be live.
    pub(crate) merged: &'a [Pack],
    /// What comes, stored under names of the upload.
    pub(crate) added: Vec<Pack>,
    /// What a repack found out of all objects.
    pub(crate) collection: Option<&'a Collection>,
}

/// Commits a replacement; `false` when one of the packs that go is not live any more, or when what the repack found out does
/// not hold any more.
pub(crate) async fn replace(
    store: &Store,
    id: &RepositoryId,
    upload: &mut Upload,
    replacement: &Replacement<'_>,
) -> Result<bool> {
    let mut tried: Option<u64> = None;
    let mut attempt = 0;
    let keys = [keys::manifest(id.as_str())];
    let mut commit = Commit::new(store.table(), &keys);
    loop {
        let item = commit
            .read()
            .await?
            .into_iter()
            .flatten()
            .next()
            .ok_or(Error::NoRepository)?;
        let mut manifest = Manifest::decode(&item)?;
        if let Some(base) = tried
            && store.was_made(id, &manifest, base, &upload.id).await?
        {
            return Ok(true);
        }
        if manifest.deleted.is_some() {
            return Ok(false);
        }
        if let Some(collection) = replacement.collection
            && !collection.still_holds(&manifest).await?
        {
            return Ok(false);
        }
        upload.extend(store, id, attempt).await?;
        let Some(segments) = swap(store, id, &mut manifest, replacement, (upload, attempt)).await? else {
            return Ok(false);
        };
        let mut live: Vec<String> = replacement
            .added
            .iter()
            .flat_map(|pack| pack.blobs(id.as_str()))
            .collect();
        let packs = live.len();
        live.extend(segments.blobs);
        manifest.changed = manifest.changed.max(crate::clock::now());
        let mut entry = Entry {
            version: item.version + 1,
            kind: "compact".into(),
            time: manifest.changed,
            actor: Actor {
                arn: "compaction".into(),
                ..Actor::default()
            },
            change_id: upload.id.clone(),
            packs_added: replacement.added.iter().map(|pack| pack.id.clone()).collect(),
            packs_removed: replacement.merged.iter().map(|pack| pack.id.clone()).collect(),
            segments_added: segments.added,
            segments_removed: segments.removed,
            ..Entry::default()
        };
        if entry.version.is_multiple_of(CHECKPOINT_EVERY) {
            let name = format!("{}-m", upload.attempt(attempt));
            live.push(checkpoint(store, id, &manifest, &name).await?);
            entry.checkpoint = Some(name);
        }
        live[packs..].iter().for_each(|blob| upload.wrote(blob.clone()));
        // It names no refs, so no list of them becomes a blob.
        let body = log::encode(&entry, "").item;
        let writes = vec![
            Write::put(keys[0].clone(), Expect::Version(item.version), manifest.encode()),
            Write::put(keys::log(id.as_str(), entry.version), Expect::Absent, body),
            upload.commit(&live),
        ];
        if commit.write(writes).await? {
            return Ok(true);
        }
        tried = Some(item.version);
        attempt += 1;
    }
}

/// Stores a copy of a manifest; its key.
async fn checkpoint(store: &Store, id: &RepositoryId, manifest: &Manifest, name: &str) -> Result<String> {
    let key = keys::log_blob(id.as_str(), name);
    let kms_key = manifest.kms_key.as_deref();
    store.blobs().put(&key, manifest.encode().into(), kms_key).await?;
    Ok(key)
}

/// What became of the segments of a manifest.
#[derive(Default)]
struct Segments {
    /// The blobs that were stored.
    blobs: Vec<String>,
    added: Vec<String>,
    removed: Vec<String>,
}

/// Makes the replacement in a manifest, and stores the segments that this takes; `None` when a pack that goes is not live
/// any more.
async fn swap(
    store: &Store,
    id: &RepositoryId,
    manifest: &mut Manifest,
    replacement: &Replacement<'_>,
    (upload, attempt): (&Upload, u32),
) -> Result<Option<Segments>> {
    let Replacement {
        merged,
        added,
        collection,
    } = replacement;
    let mut segments = Segments::default();
    segments
        .removed
        .extend(manifest.packs_base.iter().map(|old| old.id.clone()));
    let removed: Vec<String> = merged.iter().map(|pack| pack.id.clone()).collect();
    let list = upload.attempt(attempt);
    match pack_list::replace(store, id, manifest, &removed, added, &list).await? {
        None => return Ok(None),
        Some(false) => {}
        Some(true) => {
            segments.blobs.push(keys::pack_list(id.as_str(), &list));
            segments.added.push(list);
        }
    }
    rename(manifest, &removed, added);
    if let Some(collection) = collection {
        collection.enter(manifest, added);
    }
    // No segment of refs is younger than all packs, so it is stored anew with the first of them.
    let refs = upload.refs(attempt);
    if merged.iter().any(|pack| pack.key_epoch != manifest.key_epoch)
        && let Some(old) = renew_refs(store, id, manifest, &refs).await?
    {
        segments.blobs.push(keys::ref_segment(id.as_str(), &refs));
        segments.added.push(refs);
        segments.removed.push(old);
    }
    Ok(Some(segments))
}

/// What the manifest says of a pack that was copied as it is holds of the copy.
fn rename(manifest: &mut Manifest, removed: &[String], added: &[Pack]) {
    let ([old], [new]) = (removed, added) else {
        return;
    };
    let base = manifest.base.as_mut().map(|base| &mut base.pack);
    for name in base.into_iter().chain(&mut manifest.cruft) {
        if name == old {
            name.clone_from(&new.id);
        }
    }
}

/// Stores the refs in a segment of their own once more, where they have one, under the key that the manifest has now; the
/// segment that it replaces.
async fn renew_refs(
    store: &Store,
    id: &RepositoryId,
    manifest: &mut Manifest,
    segment: &str,
) -> Result<Option<String>> {
    let Some(old) = manifest.refs_base.clone() else {
        return Ok(None);
    };
    let view = store.refs().view(&**store.blobs(), id, manifest).await?;
    let bytes = refs::encode(manifest.format, view.iter());
    manifest.refs_base = Some(Segment {
        id: segment.to_owned(),
        bytes: bytes.len() as u64,
    });
    manifest.refs_overlay.clear();
    let key = keys::ref_segment(id.as_str(), segment);
    let kms_key = manifest.kms_key.as_deref();
    store.blobs().put(&key, bytes.into(), kms_key).await?;
    Ok(Some(old.id))
}
