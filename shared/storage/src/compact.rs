//! Compaction: many small packs become one, so that a thousand pushes leave few packs to look into.
//!
//! Packs are sorted into tiers by their size, each [`FACTOR`] times the one below; a tier that holds too many is merged
//! into one pack of the next. Entries are copied as they lie, objects that several packs hold are kept once. No object
//! is dropped, so a push that races a compaction is not disturbed: the manifest changes by the same compare-and-swap.

use packhouse_git::pack::edges::IdSet;

use crate::assemble::{Allow, Assembler};
use crate::error::{Error, Result};
use crate::keys;
use crate::log::{self, Actor, Entry};
use crate::manifest::{Manifest, Pack};
use crate::odb::Odb;
use crate::pack_list;
use crate::push::{Outgoing, store_pack};
use crate::repository_id::RepositoryId;
use crate::rewrite;
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

/// The packs to merge now: all of the lowest tier that has too many.
fn due(packs: &[Pack]) -> Vec<Pack> {
    for wanted in 0..=packs.iter().map(tier).max().unwrap_or(0) {
        let members: Vec<Pack> = packs.iter().filter(|pack| tier(pack) == wanted).take(MAX_MERGE).cloned().collect();
        if members.len() > TIER_PACKS {
            return members;
        }
    }
    Vec::new()
}

/// Merges one tier of packs, if there is one with too many.
///
/// # Errors
/// The stores'. [`Error::Busy`] after losing against other writers too often.
pub async fn compact(store: &Store, id: &RepositoryId) -> Result<Option<Compacted>> {
    let snapshot = Snapshot::open(store, id).await?;
    let merge = due(&snapshot.packs().await?);
    if merge.is_empty() {
        return Ok(None);
    }
    let format = snapshot.manifest().format;
    let odb = Odb::open(store, id, format, &merge).await?;
    let written = {
        let odb = odb.clone();
        let work = move || -> Result<_> {
            let assembler = Assembler::new(odb.clone(), odb.every_place(), Allow { ofs_delta: true, known: IdSet::default() })?;
            rewrite::to_spool(odb.store(), &odb, assembler)
        };
        tokio::task::spawn_blocking(work).await??
    };
    // Another pack may hold one of the objects too; whoever clones everything then looks at each entry.
    let overlaps = merge.iter().any(|pack| pack.overlaps);
    let pack = Pack { overlaps, ..written.pack };
    let outgoing = Outgoing::merged(pack, written.spool, written.index);
    let mut upload = Upload::begin(store, id).await?;
    let outcome = match store_pack(store, id, &mut upload, outgoing).await {
        Ok(outgoing) => replace(store, id, &mut upload, &merge, outgoing.pack).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(true) => Ok(Some(Compacted { merged: merge.len() })),
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

/// Puts `pack` into the place of `merged`; `false` when one of them is not live any more.
async fn replace(
    store: &Store,
    id: &RepositoryId,
    upload: &mut Upload,
    merged: &[Pack],
    pack: Pack,
) -> Result<bool> {
    let removed: Vec<String> = merged.iter().map(|pack| pack.id.clone()).collect();
    let mut tried: Option<u64> = None;
    let mut attempt = 0;
    let keys = [keys::manifest(id.as_str())];
    let mut commit = Commit::new(store.table(), &keys);
    loop {
        let item = commit.read().await?.into_iter().flatten().next().ok_or(Error::NoRepository)?;
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
        if attempt > 0 {
            upload.extend(store, id, attempt).await?;
        }
        let mut live = vec![keys::pack(id.as_str(), &pack.id), keys::pack_index(id.as_str(), &pack.id)];
        let list = keys::pack_list(id.as_str(), &name);
        upload.wrote(list.clone());
        let old_list = manifest.packs_base.clone();
        let Some(segment) = pack_list::replace(store, id, &mut manifest, &removed, pack.clone(), &name).await? else {
            return Ok(false);
        };
        if segment {
            live.push(list);
        }
        manifest.changed = manifest.changed.max(crate::clock::now());
        let entry = Entry {
            version: item.version + 1,
            kind: "compact".into(),
            time: manifest.changed,
            actor: Actor { arn: "compaction".into(), request: String::new() },
            change_id: upload.id.clone(),
            packs_added: vec![pack.id.clone()],
            packs_removed: removed.clone(),
            segments_added: if segment { vec![name] } else { Vec::new() },
            segments_removed: old_list.into_iter().map(|old| old.id).collect(),
            ..Entry::default()
        };
        let body = log::encode(&**store.blobs(), id, &entry, "").await?;
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
