//! What a repack found out, and whether it still holds when the repack is done.

use std::sync::Arc;

use packhouse_git::hash::ObjectId;
use packhouse_git::pack::edges::IdSet;

use crate::clock;
use crate::error::Result;
use crate::manifest::{Base, Manifest, Pack, Prefix};
use crate::odb::Odb;
use crate::snapshot::Snapshot;

/// What a repack found out, as the manifest has to know it.
#[derive(Debug)]
pub(crate) struct Collection {
    /// What was looked at.
    pub(crate) seen: Snapshot,
    /// Its packs.
    pub(crate) packs: Vec<String>,
    /// What refs reach.
    pub(crate) kept: Arc<IdSet>,
    /// Where commits and tags end in the base, and where trees; `None` where refs reach nothing.
    pub(crate) sorted: Option<(Prefix, Prefix)>,
    /// Whether some object is not in the base.
    pub(crate) leaves: bool,
}

impl Collection {
    /// Whether nothing that leaves has become part of the repository again.
    pub(crate) async fn still_holds(&self, manifest: &Manifest) -> Result<bool> {
        let seen = self.seen.manifest();
        // What was taken back may have been given up again: then the log tells of it, which was read before.
        if manifest.repack != seen.repack || manifest.cruft != seen.cruft {
            return Ok(false);
        }
        if manifest.version == seen.version || !self.leaves {
            return Ok(true);
        }
        let (store, id) = (self.seen.store(), self.seen.id());
        let snapshot = Snapshot::of(store, id, Arc::new(manifest.clone())).await?;
        let tips: Vec<ObjectId> = snapshot.refs().iter().map(|(_, target)| target.id).collect();
        let mut newer = snapshot.packs().await?;
        newer.retain(|pack| !self.packs.contains(&pack.id));
        let odb = Odb::open(store, id, manifest.format, &newer).await?;
        let kept = Arc::clone(&self.kept);
        odb.walk(move |odb| {
            let stays = |id: &ObjectId| kept.contains(id) || odb.place(id).is_some_and(|place| !odb.is_appended(place));
            if !tips.iter().all(stays) || !odb.packs().iter().all(|file| file.appended().iter().all(stays)) {
                return Ok(false);
            }
            for id in odb.every_id() {
                if !odb.references(&id.to_owned())?.iter().all(stays) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await
    }

    /// Enters what was found into a manifest that has `added`: the base, and what is set aside.
    pub(crate) fn enter(&self, manifest: &mut Manifest, added: &[Pack]) {
        let mut added = added.iter().map(|pack| pack.id.clone());
        manifest.base = self.sorted.and_then(|(history, trees)| {
            let pack = added.next()?;
            Some(Base { pack, history, trees })
        });
        manifest.cruft = added.collect();
        manifest.collected = clock::now_secs();
        manifest.repack = None;
        manifest.gc_epoch += u64::from(self.leaves);
        if manifest.losses == self.seen.manifest().losses {
            manifest.unreachable = false;
        }
    }
}
