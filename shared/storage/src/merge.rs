//! Merging: packs of a tier become one, with entries copied as they lie.

use bytes::Bytes;
use packhouse_git::pack::edges::IdSet;

use crate::assemble::{Allow, Assembler};
use crate::error::{Error, Result};
use crate::manifest::{Manifest, Pack};
use crate::odb::{Odb, Place};
use crate::outgoing::Outgoing;
use crate::replace::{Compacted, Replacement, replace};
use crate::repository_id::RepositoryId;
use crate::rewrite::{self, Written};
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::upload::Upload;

/// How many packs of one tier are left alone.
pub(crate) const TIER_PACKS: usize = 10;
/// How much larger the packs of the next tier are.
const FACTOR: u64 = 10;
/// Packs below this size are all of the lowest tier.
const LOWEST_TIER: u64 = 1 << 20;
/// The most packs merged at once.
const MAX_MERGE: usize = 1000;

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
pub(crate) enum Due {
    /// A tier has too many.
    Many(Vec<Pack>),
    /// They lie under another encryption key.
    Stale(Vec<Pack>),
    Nothing,
}

/// The packs to merge now: all of the lowest tier that has too many, or else those of another epoch of the encryption key,
/// of the lowest tier that has any; what is in no tier one by one.
pub(crate) fn due(packs: &[Pack], manifest: &Manifest) -> Due {
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

/// Merges a tier that has too many packs, if there is one: the least that keeps their number bounded.
///
/// # Errors
/// The stores'.
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
    let outcome = match outgoing.store(snapshot, &mut upload, name).await {
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
