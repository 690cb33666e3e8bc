//! Compaction: many small packs become one, so that a thousand pushes leave few packs to look into.
//!
//! Packs are sorted into tiers by their size, each ten times the one below; a tier that holds too many is merged
//! into one pack of the next. Entries are copied as they lie, objects that several packs hold are kept once. No object
//! is dropped, so a push that races a compaction is not disturbed: the manifest changes by the same compare-and-swap.
//!
//! The pack of the last repack and those of objects that are set aside are in no tier. When what came after the one is a
//! quarter of it, a [`repack`](crate::repack) takes the place of a merge.
//!
//! Packs that were stored before the encryption key was changed are stored anew as well, a tier at a time, even one alone,
//! and with them the segment of refs: afterwards nothing that the manifest names needs the old key.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::manifest::{Manifest, Pack};
use crate::merge::{Due, TIER_PACKS, due, merge};
use crate::repack::{self, Lease, repack};
pub use crate::replace::Compacted;
use crate::repository_id::RepositoryId;
use crate::snapshot::Snapshot;
use crate::store::Store;

/// When to ask again for what was [`Error::Busy`].
pub const AGAIN: Duration = repack::LEASE;

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

#[cfg(test)]
mod tests;
