//! Compaction: many small packs become one, so that a thousand pushes leave few packs to look into.
//!
//! Packs are sorted into tiers by their size, each [`FACTOR`] times the one below; a tier that holds too many is merged
//! into one pack of the next. Entries are copied as they lie, objects that several packs hold are kept once. No object
//! is dropped, so a push that races a compaction is not disturbed: the manifest changes by the same compare-and-swap.
//!
//! The pack of the last repack and those of objects that are set aside are in no tier. When what came after the one is a
//! quarter of it, a [`repack`](crate::repack) takes the place of a merge.
//!
//! Packs that were stored before the encryption key was changed are stored anew as well, a tier at a time, even one alone,
//! and with them the segment of refs: afterwards nothing that the manifest names needs the old key.

use std::time::Duration;

use bytes::Bytes;
use packhouse_git::pack::edges::IdSet;

use crate::assemble::{Allow, Assembler};
use crate::error::{Error, Result};
use crate::manifest::{Manifest, Pack};
use crate::odb::{Odb, Place};
use crate::push::{Outgoing, store_pack};
use crate::repack::{self, Lease, repack};
use crate::replace::{Replacement, replace};
use crate::repository_id::RepositoryId;
use crate::rewrite::{self, Written};
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::upload::Upload;

/// How many packs of one tier are left alone.
const TIER_PACKS: usize = 10;
/// How much larger the packs of the next tier are.
const FACTOR: u64 = 10;
/// Packs below this size are all of the lowest tier.
const LOWEST_TIER: u64 = 1 << 20;
/// When to ask again for what was [`Error::Busy`].
pub const AGAIN: Duration = repack::LEASE;
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

/// Why packs are to be merged.
#[derive(Debug, PartialEq, Eq)]
enum Due {
    /// A tier has too many.
    Many(Vec<Pack>),
    /// They lie under another encryption key.
    Stale(Vec<Pack>),
    Nothing,
}

/// The packs to merge now: all of the lowest tier that has too many, or else those of another epoch of the encryption key,
/// of the lowest tier that has any; what is in no tier one by one.
fn due(packs: &[Pack], manifest: &Manifest) -> Due {
    let base = manifest.base.as_ref().map(|base| &base.pack);
    let in_no_tier = |pack: &&Pack| Some(&pack.id) == base || manifest.cruft.contains(&pack.id);
    let is_stale = |pack: &&Pack| pack.key_epoch != manifest.key_epoch;
    let tiered: Vec<&Pack> = packs.iter().filter(|pack| !in_no_tier(pack)).collect();
    let tiers = 0..=tiered.iter().map(|pack| tier(pack)).max().unwrap_or(0);
    let members = |wanted: u32| tiered.iter().copied().filter(move |pack| tier(pack) == wanted);
    let many = tiers.clone().find(|&tier| members(tier).count() > TIER_PACKS);
    if let Some(tier) = many {
        return Due::Many(members(tier).take(MAX_MERGE).cloned().collect());
    }
    let stale = |tier: u32| members(tier).filter(is_stale).take(MAX_MERGE).cloned();
    let tiers = tiers.map(|tier| stale(tier).collect::<Vec<Pack>>());
    let alone = packs.iter().filter(in_no_tier).filter(is_stale);
    let alone = alone.map(|pack| vec![pack.clone()]);
    let found = tiers.chain(alone).find(|members| !members.is_empty());
    found.map_or(Due::Nothing, Due::Stale)
}

/// Whether a look at a repository that had this manifest before a push of so many objects may be worth it: it has many packs, some
/// that lie under another encryption key, objects that no ref reaches, or many that were never sorted.
#[must_use]
pub fn may_be_due(store: &Store, manifest: &Manifest, brought: u32) -> bool {
    let is_stale = |pack: &Pack| pack.key_epoch != manifest.key_epoch;
    let fits = manifest.packs.is_empty() || repack::fits(store, &manifest.packs);
    manifest.packs_base.is_some()
        || manifest.packs.len() >= TIER_PACKS
        || manifest.packs.iter().any(is_stale)
        || repack::is_time(store, manifest)
        || (fits && repack::is_unsorted(manifest, brought))
}

/// Whether all packs are to become one as soon as somebody gets to it.
#[must_use]
pub fn is_repack_due(store: &Store, manifest: &Manifest) -> bool {
    repack::is_time(store, manifest)
}

/// Whether packs are few enough, and small enough together, to be made one.
#[must_use]
pub fn can_repack(store: &Store, packs: &[Pack]) -> bool {
    repack::fits(store, packs)
}

/// Does the next thing that is due: packs of a tier that has too many, or that lie under another encryption key, become one; or
/// all packs do, when most of them have not been, or objects that no ref reaches have been waiting for it.
///
/// # Errors
/// The stores'. [`Error::Busy`] after losing against other writers too often, and where somebody else is making all packs one:
/// if they die over that, it is to be asked for again after [`AGAIN`].
pub async fn compact(store: &Store, id: &RepositoryId) -> Result<Option<Compacted>> {
    let snapshot = Snapshot::open(store, id).await?;
    let packs = snapshot.packs().await?;
    let due = due(&packs, snapshot.manifest());
    let outgrown = matches!(due, Due::Many(_)) && repack::is_outgrown(snapshot.manifest(), &packs);
    let wanted = outgrown || repack::is_time(store, snapshot.manifest());
    if wanted && repack::fits(store, &packs) && !store.failed_to_repack(id) {
        let Some(mut lease) = Lease::take(store, id).await? else {
            // A merge would only make whoever is at it start over.
            return Err(Error::Busy);
        };
        let repacked = lease.hold(repack(store, id, store.limits().keep_unreachable)).await;
        lease.end().await;
        match (repacked, &due) {
            (Err(error), due) => {
                store.fails_to_repack(id);
                if *due == Due::Nothing {
                    return Err(error);
                }
                tracing::warn!(repository = %id, %error, "repacking failed; packs are merged instead");
            }
            (done, _) => return done,
        }
    }
    match due {
        Due::Many(packs) | Due::Stale(packs) => merge(&snapshot, &packs).await,
        Due::Nothing => Ok(None),
    }
}

/// Merges a tier that has too many packs, if there is one: the least that keeps their number bounded.
///
/// # Errors
/// As [`compact`].
pub(crate) async fn relieve(store: &Store, id: &RepositoryId) -> Result<Option<Compacted>> {
    let snapshot = Snapshot::open(store, id).await?;
    match due(&snapshot.packs().await?, snapshot.manifest()) {
        Due::Many(packs) => merge(&snapshot, &packs).await,
        Due::Stale(_) | Due::Nothing => Ok(None),
    }
}

/// Makes one pack of `merge`, which are packs of the snapshot in the order of its list.
pub(crate) async fn merge(snapshot: &Snapshot, merge: &[Pack]) -> Result<Option<Compacted>> {
    let (store, id) = (snapshot.store(), snapshot.id());
    let format = snapshot.manifest().format;
    let odb = Odb::open(store, id, format, merge).await?;
    let mut others = snapshot.packs().await?;
    others.retain(|pack| !merge.iter().any(|merged| merged.id == pack.id));
    let others = Odb::open(store, id, format, &others).await?;
    let sidecar = sidecar_of(&odb).await;
    let mut written = odb.walk(move |odb| write(odb, &others)).await?;
    written.sidecar = sidecar;
    let outgoing = Outgoing::merged(written);
    let mut upload = Upload::begin(store, id).await?;
    let name = upload.attempt(0);
    let outcome = match store_pack(snapshot, (&mut upload, name), outgoing).await {
        Ok(outgoing) => {
            let replacement = Replacement {
                merged: merge,
                added: vec![outgoing.pack],
                collection: None,
            };
            replace(store, id, &mut upload, &replacement).await
        }
        Err(error) => Err(error),
    };
    let done = upload.end(store, outcome).await?;
    Ok(done.then_some(Compacted { merged: merge.len() }))
}

/// The sidecar of an only pack, which is copied as it is.
async fn sidecar_of(odb: &Odb) -> Option<Bytes> {
    let [only] = odb.packs() else {
        return None;
    };
    let read = odb.store().packs().sidecar_blob(&**odb.store().blobs(), only);
    let told = |error: &Error| tracing::warn!(pack = only.pack.id, %error, "a sidecar is left behind");
    read.await.inspect_err(told).ok().flatten()
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
    let allow = Allow {
        ofs_delta: true,
        known,
        ..Allow::default()
    };
    let assembler = Assembler::new(odb.clone(), places, allow)?;
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

#[cfg(test)]
mod tests;
