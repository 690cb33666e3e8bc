//! Compaction: many small packs become one, so that a thousand pushes leave few packs to look into.
//!
//! Packs are sorted into tiers by their size, each [`FACTOR`] times the one below; a tier that holds too many is merged
//! into one pack of the next. Entries are copied as they lie, objects that several packs hold are kept once. No object
//! is dropped, so a push that races a compaction is not disturbed: the manifest changes by the same compare-and-swap.
//!
//! Packs that were stored before the encryption key was changed are stored anew as well, a tier at a time, even one alone,
//! and with them the segment of refs: afterwards nothing that the manifest names needs the old key.

use packhouse_git::pack::edges::IdSet;

use crate::assemble::{Allow, Assembler};
use crate::error::{Error, Result};
use crate::keys;
use crate::log::{self, Actor, CHECKPOINT_EVERY, Entry};
use crate::manifest::{Manifest, Pack, Segment};
use crate::odb::{Odb, Place};
use crate::pack_list;
use crate::push::{Outgoing, store_pack};
use crate::refs;
use crate::repository_id::RepositoryId;
use crate::rewrite::{self, Written};
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::table::commit::Commit;
use crate::table::{Expect, Write};
use crate::upload::Upload;

/// How many packs of one tier are left alone.
const TIER_PACKS: usize = 10;
/// How much larger the packs of the next tier are.
const FACTOR: u64 = 10;
/// Packs below this size are all of the lowest tier.
const LOWEST_TIER: u64 = 1 << 20;
/// The most packs merged at once.
const MAX_MERGE: usize = 1000;

/// What a compaction did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// How many packs became one.
    pub merged: usize,
}

fn tier(pack: &Pack) -> u32 {
    let mut tier = 0;
    let mut bound = LOWEST_TIER;
    while pack.bytes >= bound {
        tier += 1;
        bound = bound.saturating_mul(FACTOR);
    }
    tier
}

/// The packs to merge now: all of the lowest tier that has too many, or else those of another epoch of the encryption key
/// than `key_epoch`, of the lowest tier that has any.
fn due(packs: &[Pack], key_epoch: u64) -> Vec<Pack> {
    let tiers = 0..=packs.iter().map(tier).max().unwrap_or(0);
    let members = |wanted: u32| packs.iter().filter(move |pack| tier(pack) == wanted);
    let many = tiers.clone().find(|&tier| members(tier).count() > TIER_PACKS);
    if let Some(tier) = many {
        return members(tier).take(MAX_MERGE).cloned().collect();
    }
    let stale = |tier: u32| members(tier).filter(|pack| pack.key_epoch != key_epoch);
    let mut tiers = tiers.map(|tier| stale(tier).take(MAX_MERGE).cloned().collect::<Vec<Pack>>());
    tiers.find(|members| !members.is_empty()).unwrap_or_default()
}

/// Merges one tier of packs, if there is one with too many, or with packs that lie under another encryption key.
///
/// # Errors
/// The stores'. [`Error::Busy`] after losing against other writers too often.
pub async fn compact(store: &Store, id: &RepositoryId) -> Result<Option<Compacted>> {
    let snapshot = Snapshot::open(store, id).await?;
    let due = due(&snapshot.packs().await?, snapshot.manifest().key_epoch);
    if due.is_empty() {
        return Ok(None);
    }
    merge(&snapshot, &due).await
}

/// Makes one pack of `merge`, which are packs of the snapshot in the order of its list.
pub(crate) async fn merge(snapshot: &Snapshot, merge: &[Pack]) -> Result<Option<Compacted>> {
    let (store, id) = (snapshot.store(), snapshot.id());
    let format = snapshot.manifest().format;
    let odb = Odb::open(store, id, format, merge).await?;
    let mut others = snapshot.packs().await?;
    others.retain(|pack| !merge.iter().any(|merged| merged.id == pack.id));
    let others = Odb::open(store, id, format, &others).await?;
    let written = odb.walk(move |odb| write(odb, &others)).await?;
    let outgoing = Outgoing::merged(written.pack, written.spool, written.index);
    let mut upload = Upload::begin(store, id).await?;
    let outcome = match store_pack(snapshot, &mut upload, outgoing).await {
        Ok(outgoing) => replace(store, id, &mut upload, merge, outgoing.pack).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(true) => {
            upload.settle(store).await;
            Ok(Some(Compacted { merged: merge.len() }))
        }
        Ok(false) => {
            upload.abandon(store).await;
            Ok(None)
        }
        Err(Error::Ambiguous(why)) => Err(Error::Ambiguous(why)),
        Err(error) => {
            upload.abandon(store).await;
            Err(error)
        }
    }
}

/// Writes the pack that takes the place of those of `odb`, beside which `others` stay.
///
/// A base that completed a thin pack and lies as itself in none of them completes the new one as well: its original is
/// in one of the others, and a clone that takes all packs as they lie must not get it twice.
fn write(odb: &Odb, others: &Odb) -> Result<Written> {
    let (appended, places): (Vec<Place>, Vec<Place>) =
        odb.every_place().into_iter().partition(|place| odb.is_appended(*place));
    let tail = appended
        .into_iter()
        .map(|place| Ok((odb.id_at(place)?, place)))
        .collect::<Result<Vec<_>>>()?;
    let known: IdSet = tail.iter().map(|(id, _)| *id).collect();
    let assembler = Assembler::new(odb.clone(), places, Allow { ofs_delta: true, known })?;
    let mut written = rewrite::to_spool(odb.store(), odb, assembler, &tail)?;
    // What overlapped may do so no longer. A pack that leans on others keeps the mark all the same: it may hold later
    // copies of its objects than those that the others were built on, and taken as they lie they might lean on each
    // other in a circle.
    written.pack.overlaps = odb.packs().iter().any(|file| file.pack.overlaps)
        && (!tail.is_empty()
            || odb
                .every_id()
                .any(|id| others.place(id).is_some_and(|at| !others.is_appended(at))));
    Ok(written)
}

/// Puts `pack` into the place of `merged`; `false` when one of them is not live any more.
async fn replace(store: &Store, id: &RepositoryId, upload: &mut Upload, merged: &[Pack], pack: Pack) -> Result<bool> {
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
        let name = upload.attempt(attempt);
        upload.extend(store, id, attempt).await?;
        let Some(segments) = swap(store, id, &mut manifest, (merged, &pack), (upload, attempt)).await? else {
            return Ok(false);
        };
        let mut live = vec![
            keys::pack(id.as_str(), &pack.id),
            keys::pack_index(id.as_str(), &pack.id),
        ];
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
            packs_added: vec![pack.id.clone()],
            packs_removed: merged.iter().map(|pack| pack.id.clone()).collect(),
            segments_added: segments.added,
            segments_removed: segments.removed,
            ..Entry::default()
        };
        if entry.version.is_multiple_of(CHECKPOINT_EVERY) {
            let checkpoint = format!("{name}-m");
            live.push(keys::log_blob(id.as_str(), &checkpoint));
            store
                .blobs()
                .put(
                    &keys::log_blob(id.as_str(), &checkpoint),
                    manifest.encode().into(),
                    manifest.kms_key.as_deref(),
                )
                .await?;
            entry.checkpoint = Some(checkpoint);
        }
        live[2..].iter().for_each(|blob| upload.wrote(blob.clone()));
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

/// What became of the segments of a manifest.
#[derive(Default)]
struct Segments {
    /// The blobs that were stored.
    blobs: Vec<String>,
    added: Vec<String>,
    removed: Vec<String>,
}

/// Puts a pack into the place of `merged` in a manifest, and stores the segments that this takes; `None` when one of them is
/// not live any more.
async fn swap(
    store: &Store,
    id: &RepositoryId,
    manifest: &mut Manifest,
    (merged, pack): (&[Pack], &Pack),
    (upload, attempt): (&Upload, u32),
) -> Result<Option<Segments>> {
    let mut segments = Segments::default();
    segments
        .removed
        .extend(manifest.packs_base.iter().map(|old| old.id.clone()));
    let removed: Vec<String> = merged.iter().map(|pack| pack.id.clone()).collect();
    let list = upload.attempt(attempt);
    match pack_list::replace(store, id, manifest, &removed, pack.clone(), &list).await? {
        None => return Ok(None),
        Some(false) => {}
        Some(true) => {
            segments.blobs.push(keys::pack_list(id.as_str(), &list));
            segments.added.push(list);
        }
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

#[cfg(test)]
mod tests;
