//! The part of an answer that lies in the base: found by the graph and the bitmaps of its sidecar, without walking trees but
//! those of few commits.
//!
//! Both bitmaps are complete: whatever they hold, they hold with all that it reaches, because the base holds that. So a
//! walk that meets something of the base that is sent or is with the client has nothing more to do there, just as with what
//! it has sent itself; and what it adds it follows to the end.

use std::sync::Arc;

use packhouse_git::hash::ObjectId;
use packhouse_git::pack::edges::IdSet;
use roaring::RoaringBitmap;

use super::commits::{History, Range, parents_first};
use super::filter::Passing;
use crate::assemble::Base;
use crate::error::Result;
use crate::odb::{Odb, Place};
use crate::reach::Reach;
use crate::sidecar::Sidecar;

/// What of the base is sent, and what the client has.
#[derive(Debug)]
pub(super) struct InBase {
    pack: usize,
    sidecar: Arc<Sidecar>,
    sent: RoaringBitmap,
    has: RoaringBitmap,
}

impl InBase {
    /// What of the base `wants` reach and `haves` do not, and the commits on the way there, which lie outside of it. Of what is
    /// sent, what is `passing`.
    pub(super) fn find(
        odb: &Odb,
        history: &mut History<'_>,
        (pack, sidecar): (usize, Arc<Sidecar>),
        (wants, haves): (&[ObjectId], &[ObjectId]),
        passing: Passing,
    ) -> Result<(Self, Range)> {
        let reach = Reach::of(odb, pack, &sidecar);
        let (newer, edge) = outside(history, &reach, &sidecar, haves, &IdSet::default())?;
        let newer: IdSet = newer.into_iter().collect();
        let nothing = RoaringBitmap::new();
        let (mut has, mut sent) = (RoaringBitmap::new(), RoaringBitmap::new());
        reach.add(&edge, &nothing, &mut has)?;
        let (lacking, edge) = outside(history, &reach, &sidecar, wants, &newer)?;
        reach.add(&edge, &has, &mut sent)?;
        match passing {
            Passing::All => {}
            Passing::First(prefix) => drop(sent.remove_range(prefix.objects..)),
            Passing::Small(prefix, limit) => {
                let blobs = sent.range(prefix.objects..);
                let large = blobs.filter(|blob| sidecar.size(*blob).is_none_or(|size| u64::from(size) >= limit));
                let large: RoaringBitmap = large.collect();
                sent -= large;
            }
        }
        let mut range = Range {
            lacking: parents_first(history, &lacking)?,
            has: newer,
        };
        for commit in &range.lacking {
            for parent in &history.commit(commit)?.parents {
                if reach.rank(parent)?.is_some_and(|rank| has.contains(rank)) {
                    range.has.insert(*parent);
                }
            }
        }
        let found = Self {
            pack,
            sidecar,
            sent,
            has,
        };
        Ok((found, range))
    }

    /// Notes that the object at a place is to be sent; `None` where it is not in the base, `false` where the client has it, or gets
    /// it already.
    pub(super) fn send(&mut self, odb: &Odb, place: Place) -> Result<Option<bool>> {
        let rank = self.rank(odb, place)?;
        Ok(rank.map(|rank| !self.has.contains(rank) && self.sent.insert(rank)))
    }

    /// Whether the object at a place is sent.
    pub(super) fn sends(&self, odb: &Odb, place: Place) -> Result<bool> {
        Ok(self.rank(odb, place)?.is_some_and(|rank| self.sent.contains(rank)))
    }

    fn rank(&self, odb: &Odb, place: Place) -> Result<Option<u32>> {
        let reach = Reach::of(odb, self.pack, &self.sidecar);
        let inside = place.pack == self.pack;
        inside.then(|| reach.rank_at(place.offset)).transpose()
    }

    /// The same for whoever puts the answer together; `thin` tells whether deltas may build on what the client has.
    pub(super) fn into_base(self, thin: bool) -> Base {
        Base {
            pack: self.pack,
            sidecar: self.sidecar,
            chosen: self.sent,
            known: if thin { self.has } else { RoaringBitmap::new() },
        }
    }
}

/// The commits outside of the base that `starts` reach, but for those in `without` and what is behind them, and the commits
/// of the base that come next.
fn outside(
    history: &mut History<'_>,
    base: &Reach<'_>,
    sidecar: &Sidecar,
    starts: &[ObjectId],
    without: &IdSet,
) -> Result<(Vec<ObjectId>, Vec<u32>)> {
    let (mut found, mut edge) = (Vec::new(), Vec::new());
    let mut seen = IdSet::default();
    let mut open = starts.to_vec();
    while let Some(id) = open.pop() {
        if without.contains(&id) || !seen.insert(id) {
            continue;
        }
        if let Some(rank) = base.rank(&id)?.filter(|rank| sidecar.graph.holds(*rank)) {
            edge.push(rank);
        } else {
            open.extend(&history.commit(&id)?.parents);
            found.push(id);
        }
    }
    Ok((found, edge))
}
