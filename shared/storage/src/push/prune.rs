//! Leaving out of a pack what no accepted ref reaches, so that every stored object is reachable and complete.

use std::sync::Arc;

use packhouse_git::hash::ObjectId;
use packhouse_git::pack::edges::IdSet;

use super::connectivity::reachable;
use super::prepare::Prepared;
use crate::assemble::{Allow, Assembler};
use crate::error::Result;
use crate::manifest::Pack;
use crate::odb::{Odb, Place};
use crate::outgoing::Outgoing;
use crate::rewrite;

/// The pack as it is to be stored for these tips; `None` when nothing of it is needed. `odb` has the pack as its newest.
pub(super) async fn prune(odb: &Odb, prepared: &Prepared, tips: Vec<ObjectId>) -> Result<Option<Outgoing>> {
    let whole = prepared.missing.is_empty() && prepared.roots.iter().all(|root| tips.contains(root));
    let file = Arc::clone(&prepared.file);
    let (spool, index) = (Arc::clone(&prepared.spool), prepared.index.clone());
    let outward = prepared.outward.iter().map(|(id, _)| *id);
    let outward: Vec<ObjectId> = outward.filter(|_| odb.has_cruft()).collect();
    odb.walk(move |odb| {
        let newest = odb.packs().len() - 1;
        // An appended base is found in the pack itself: what counts is whether its original is elsewhere.
        let builds_on_cruft = || odb.without_newest().leans_on_cruft(&file.appended());
        let leans_on_cruft = odb.has_cruft() && (odb.leans_on_cruft(&outward) || builds_on_cruft());
        if whole {
            let tail = file.pack.appended.map_or(u64::MAX, |appended| appended.offset);
            let ranks = 0..file.index.num_objects();
            let sent = ranks.filter(|&at| file.index.pack_offset_at_index(at) < tail);
            let ids: Vec<ObjectId> = sent.map(|at| file.index.oid_at_index(at).to_owned()).collect();
            let pack = Pack {
                overlaps: overlaps(odb, newest, &ids),
                ..file.pack.clone()
            };
            return Ok(Some(Outgoing {
                pack,
                spool,
                index,
                sidecar: None,
                leans_on_cruft,
                ids: Arc::new(ids),
            }));
        }
        let reached: IdSet = reachable(odb, &tips)?;
        if reached.is_empty() {
            return Ok(None);
        }
        let ids: Vec<ObjectId> = reached.into_iter().collect();
        let places: Vec<Place> = ids.iter().filter_map(|id| odb.place(id)).collect();
        let overlaps = overlaps(odb, newest, &ids);
        let assembler = Assembler::new(
            odb.clone(),
            places,
            Allow {
                ofs_delta: true,
                ..Allow::default()
            },
        )?;
        let written = rewrite::to_spool(odb.store(), odb, assembler, &[])?;
        let pack = Pack {
            overlaps,
            ..written.pack
        };
        Ok(Some(Outgoing {
            pack,
            spool: written.spool,
            index: written.index,
            sidecar: None,
            leans_on_cruft,
            ids: Arc::new(ids),
        }))
    })
    .await
}

/// Whether an older pack holds one of the objects too, those that are set aside left out.
fn overlaps(odb: &Odb, newest: usize, ids: &[ObjectId]) -> bool {
    let older: Vec<_> = (0..newest).filter(|pack| !odb.is_cruft(*pack)).collect();
    ids.iter()
        .any(|id| older.iter().any(|pack| odb.packs()[*pack].find(id).is_some()))
}
