//! Repacking: all packs of a repository become one, small and sorted, and what no ref reaches leaves.
//!
//! The new pack, the [base](crate::manifest::Base), holds what refs reach, the hidden ones included: commits first, then tags,
//! trees and blobs, the newest first. Deltas that are stored are kept where their base comes along; objects that are stored
//! whole are tried on those that lie near them by their path.
//!
//! Objects leave in two steps. What no ref reaches, but one did within the last two weeks or so (the log tells), goes into a
//! pack of its own and is *set aside* as cruft: it can be read and brought back by whoever knows its id, but a clone leaves it
//! out. What no ref has reached for longer is dropped. Both raise the manifest's epoch, so that a push that was
//! checked before is checked anew; and a push that builds on cruft takes all of it back in the same transaction
//! ([`Manifest::take_back`]). Packs that are pushed while a repack is under way stay as they are; if they need what
//! is about to leave, the repack starts over.

mod lease;
mod mark;
mod reuse;
mod search;
mod sidecar;
#[cfg(test)]
mod tests;
mod verify;
mod write;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use packhouse_git::hash::ObjectId;
use packhouse_git::object::Kind;
use packhouse_git::pack::edges::IdSet;

pub(crate) use self::lease::{LASTS as LEASE, Lease};
use self::mark::mark;
use self::write::Sources;
use crate::clock;
use crate::error::{Error, Result};
use crate::keys;
use crate::log;
use crate::manifest::{Manifest, Pack};
use crate::odb::Odb;
use crate::outgoing::Outgoing;
use crate::pack_cache::PackFile;
use crate::replace::{Collection, Compacted, Replacement, replace};
use crate::repository_id::RepositoryId;
use crate::rewrite::Written;
use crate::snapshot::Snapshot;
use crate::spool::Spool;
use crate::store::Store;
use crate::table::Range;
use crate::upload::Upload;

/// How often a repack starts over because what it was to drop was needed again.
const ATTEMPTS: u32 = 3;
/// How much larger the base is than what came after it, where that is let be.
const OUTGROWN: u64 = 4;
/// So many objects get a base at once: without one, who wants some of them waits until all trees are walked.
const WORTH_A_BASE: u64 = if cfg!(test) { 500 } else { 20_000 };
/// How long after a repack the next one begins because of objects that no ref reaches.
const COLLECT_EVERY: Duration = Duration::from_secs(24 * 3600);
/// The most objects of a repository whose packs are made one: what is held of each takes about 400 bytes.
const MOST_OBJECTS: u64 = 5_000_000;
/// The most packs that are made one: an entry of the log names them all. Merges come first where there are more.
const MOST_PACKS: usize = 1000;
/// How many entries of the log are read at once.
const LOG_PAGE: usize = 100;

/// Whether so much came after the base that one pack should be made of all.
pub(crate) fn is_outgrown(manifest: &Manifest, packs: &[Pack]) -> bool {
    let base = manifest.base.as_ref().map(|base| &base.pack);
    let (old, new): (Vec<&Pack>, Vec<&Pack>) = packs
        .iter()
        .filter(|pack| !manifest.cruft.contains(&pack.id))
        .partition(|pack| Some(&pack.id) == base);
    let bytes = |packs: &[&Pack]| packs.iter().map(|pack| pack.bytes).sum::<u64>();
    bytes(&new) > bytes(&old) / OUTGROWN
}

/// Whether there are many objects, with so many more, and no base, as after an import.
pub(crate) fn is_unsorted(manifest: &Manifest, more: u32) -> bool {
    let packs = manifest.packs.iter();
    let reached = packs.filter(|pack| !manifest.cruft.contains(&pack.id));
    let objects = reached.map(|pack| u64::from(pack.objects)).sum::<u64>();
    manifest.base.is_none() && objects + u64::from(more) >= WORTH_A_BASE
}

/// Whether a repack was asked for, there are many objects and no base, or objects that no ref reaches have waited long enough
/// to be set aside, or to be dropped.
pub(crate) fn is_time(store: &Store, manifest: &Manifest) -> bool {
    let since = Duration::from_secs(clock::now_secs().saturating_sub(manifest.collected));
    let waits = manifest.unreachable && since >= COLLECT_EVERY;
    let kept = store.limits().keep_unreachable.max(COLLECT_EVERY);
    let expires = !manifest.cruft.is_empty() && since >= kept;
    // Older packs may be listed elsewhere; who does it looks at all.
    fits(store, &manifest.packs) && (waits || expires || manifest.repack.is_some() || is_unsorted(manifest, 0))
}

/// Whether the packs are few enough, and small enough together, to be made one.
pub(crate) fn fits(store: &Store, packs: &[Pack]) -> bool {
    let bytes = packs.iter().map(|pack| pack.bytes).sum::<u64>();
    let objects = packs.iter().map(|pack| u64::from(pack.objects)).sum::<u64>();
    (1..=MOST_PACKS).contains(&packs.len()) && bytes <= store.limits().repack_bytes && objects <= MOST_OBJECTS
}

/// Makes one pack of all that refs reach, sets aside what they reached within `keep`, and drops the rest.
///
/// # Errors
/// The stores'. [`Error::Busy`] when pushes got in the way too often. Nothing has changed then.
pub(crate) async fn repack(store: &Store, id: &RepositoryId, keep: Duration) -> Result<Option<Compacted>> {
    for _ in 0..ATTEMPTS {
        let snapshot = Snapshot::open(store, id).await?;
        let packs = snapshot.packs().await?;
        if packs.is_empty() {
            return Ok(None);
        }
        let made = make(&snapshot, &packs, keep).await?;
        if made.commit(&snapshot, &packs).await? {
            return Ok(Some(Compacted { merged: packs.len() }));
        }
    }
    Err(Error::Busy)
}

/// Packs that are to take the place of all others.
struct Made {
    collection: Collection,
    base: Option<Written>,
    cruft: Option<Written>,
}

async fn make(snapshot: &Snapshot, packs: &[Pack], keep: Duration) -> Result<Made> {
    let manifest = snapshot.manifest();
    let tips: Vec<ObjectId> = snapshot.refs().iter().map(|(_, target)| target.id).collect();
    let by_importance = by_importance(snapshot);
    let head = snapshot.refs().get(&manifest.head).map(|target| target.id);
    let given_up = given_up(snapshot, keep).await?;
    let tried = manifest.base.as_ref().map(|base| base.pack.clone());
    let store = snapshot.store().apart();
    let odb = Odb::open(&store, snapshot.id(), manifest.format, packs).await?;
    let odb = brought_near(&store, odb.with_cruft(&manifest.cruft)).await?;
    let packs = packs.iter().map(|pack| pack.id.clone()).collect();
    let seen = snapshot.clone();
    odb.walk_slowly(move |odb| {
        // Some may have been dropped long ago.
        let retained: Vec<ObjectId> = given_up.into_iter().filter(|id| odb.contains(id)).collect();
        let marked = mark(odb, &tips, &retained, head)?;
        let mut forms = reuse::reuse(odb, &marked)?;
        let tried = tried.and_then(|tried| odb.packs().iter().position(|file| file.pack.id == tried));
        let deltas = search::search(&store, odb, &marked, &mut forms, tried)?;
        let sources = Sources {
            store: &store,
            odb,
            marked: &marked,
            forms: &forms,
            deltas: &deltas,
        };
        let base = write::write(&sources, 0..marked.kept)?;
        let cruft = write::write(&sources, marked.kept..marked.nodes.len())?;
        let sorted = base.as_ref().map(|base| (base.history, base.trees));
        let kept: IdSet = marked.nodes[..marked.kept].iter().map(|node| node.id).collect();
        let leaves = odb.every_id().any(|id| !kept.contains(id));
        let base = base.map(|base| with_sidecar(odb, base, &by_importance)).transpose()?;
        let cruft = cruft
            .map(|cruft| verify::verify(odb, cruft, |id| kept.contains(id)))
            .transpose()?;
        let collection = Collection {
            seen,
            packs,
            kept: Arc::new(kept),
            sorted,
            leaves,
        };
        Ok(Made {
            collection,
            base,
            cruft,
        })
    })
    .await
}

impl Made {
    /// Stores the packs and commits; `false` when it has to be done anew.
    async fn commit(self, snapshot: &Snapshot, merged: &[Pack]) -> Result<bool> {
        let (store, id) = (snapshot.store(), snapshot.id());
        let mut upload = Upload::begin(store, id).await?;
        let outcome = async {
            let mut added = Vec::new();
            for (written, number) in self.base.into_iter().chain(self.cruft).zip(0..) {
                upload.extend(store, id, number).await?;
                let name = upload.attempt(number);
                let outgoing = Outgoing::merged(written);
                let outgoing = outgoing.store(snapshot, &mut upload, name).await?;
                added.push(outgoing.pack);
            }
            let replacement = Replacement {
                merged,
                added,
                collection: Some(&self.collection),
            };
            replace(store, id, &mut upload, &replacement).await
        };
        let outcome = outcome.await;
        upload.end(store, outcome).await
    }
}

/// The base, once it is verified, with its sidecar.
fn with_sidecar(odb: &Odb, base: write::Pack, tips: &[ObjectId]) -> Result<Written> {
    let commits = base.order.iter().take_while(|(_, kind)| *kind == Kind::Commit).count();
    let commits = u32::try_from(commits).map_err(|_| Error::TooLarge("too many objects".into()))?;
    let mut written = verify::verify(odb, base, |_| false)?;
    let (spool, index) = (Arc::clone(&written.spool), written.index.clone());
    let file = odb
        .store()
        .packs()
        .spooled(spool, written.pack.clone(), index, odb.format())?;
    written.sidecar = Some(sidecar::build(&odb.in_packs(vec![file]), commits, tips)?);
    Ok(written)
}

/// What refs point to, annotated tags peeled: first HEAD, then branches, then the rest.
fn by_importance(snapshot: &Snapshot) -> Vec<ObjectId> {
    let head = &snapshot.manifest().head;
    let mut refs: Vec<_> = snapshot.refs().iter().collect();
    refs.sort_by_key(|(name, _)| (*name != head, !name.is_branch()));
    refs.iter()
        .map(|(_, target)| target.peeled.unwrap_or(target.id))
        .collect()
}

/// What refs pointed to within the last `keep`, and do so no more; but for what is to be forgotten.
async fn given_up(snapshot: &Snapshot, keep: Duration) -> Result<Vec<ObjectId>> {
    let (store, id) = (snapshot.store(), snapshot.id());
    let forgotten = snapshot
        .manifest()
        .repack
        .filter(|asked| asked.forget)
        .map(|asked| asked.at);
    let since = clock::now().saturating_sub(keep).max(forgotten.unwrap_or_default());
    let mut ids = IdSet::default();
    let mut range = Range {
        prefix: keys::LOG_PREFIX.into(),
        limit: LOG_PAGE,
        descending: true,
        ..Range::default()
    };
    loop {
        let page = store
            .table()
            .query(&keys::repository(id.as_str()), range.clone())
            .await?;
        for item in &page.items {
            let entry = log::decode(&**store.blobs(), id, snapshot.manifest().format, item).await?;
            if entry.time <= since {
                return Ok(ids.into_iter().collect());
            }
            ids.extend(entry.refs.iter().filter_map(|change| change.old));
        }
        match page.next {
            Some(next) => range.after = Some(next),
            None => return Ok(ids.into_iter().collect()),
        }
    }
}

/// The same objects, in packs that can be read at random: copied to the disk where they lie behind a network.
async fn brought_near(store: &Store, odb: Odb) -> Result<Odb> {
    let limits = store.limits();
    if !limits.reads.copy_first {
        return Ok(odb);
    }
    let mut near: Vec<Arc<PackFile>> = Vec::with_capacity(odb.packs().len());
    for (at, file) in odb.packs().iter().enumerate() {
        let mut spool = Spool::new(store.spool(), limits.spool_memory);
        let mut start = 0;
        while start < file.pack.bytes {
            let end = file.pack.bytes.min(start + limits.reads.part_bytes);
            let bytes: Bytes = odb.stored(at, start..end).await?;
            let failed = |error| Error::Unavailable(format!("spooling a pack: {error}"));
            spool.append(&bytes).map_err(failed)?;
            start = end;
        }
        near.push(Arc::new(store.packs().copied(Arc::new(spool), file)));
    }
    Ok(odb.in_packs(near))
}
