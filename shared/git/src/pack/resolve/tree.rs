//! Which entries build on which.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::hash::{ObjectId, oid};
use crate::pack::scan::{Base, Scanned};

const NONE: u32 = u32::MAX;

/// The deltas that build directly on each entry or id.
#[derive(Debug)]
pub(super) struct Children {
    first: Vec<u32>,
    sibling: Vec<u32>,
    /// Base id and entry, sorted.
    by_id: Vec<(ObjectId, u32)>,
    /// Of the first entry of each base id, whether somebody visits those that build on it.
    claimed: Vec<AtomicBool>,
}

impl Children {
    pub(super) fn new(scanned: &Scanned) -> Self {
        let count = scanned.entries.len();
        let has_offsets = scanned.entries.iter().any(|entry| matches!(entry.base, Base::Entry(_)));
        let mut first = vec![NONE; if has_offsets { count } else { 0 }];
        let mut sibling = first.clone();
        let mut by_id = Vec::with_capacity(scanned.base_ids.len());
        // From the back, so that siblings come in the order of the pack.
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        for (at, entry) in (0..count).rev().zip(scanned.entries.iter().rev()) {
            match entry.base {
                Base::None(_) => {}
                Base::Entry(base) => sibling[at as usize] = std::mem::replace(&mut first[base as usize], at),
                Base::Id(base) => by_id.push((scanned.base_ids[base as usize], at)),
            }
        }
        by_id.sort_unstable();
        let claimed = by_id.iter().map(|_| AtomicBool::new(false)).collect();
        Self {
            first,
            sibling,
            by_id,
            claimed,
        }
    }

    /// Whether anything builds on an entry.
    pub(super) fn has(&self, at: u32, id: &oid) -> bool {
        self.first(at) != NONE || !self.of_id(id).is_empty()
    }

    fn first(&self, at: u32) -> u32 {
        self.first.get(at as usize).copied().unwrap_or(NONE)
    }

    fn of_id(&self, id: &oid) -> std::ops::Range<usize> {
        let start = self.by_id.partition_point(|(base, _)| base.as_slice() < id.as_bytes());
        let count = self.by_id[start..].partition_point(|(base, _)| base.as_slice() == id.as_bytes());
        start..start + count
    }

    /// A cursor over what builds on an object: on its entry, if it has one in the pack, and on its id. What builds on an id is
    /// visited once, whatever the number of entries that turn out to have it: a few that do so in turns would make an
    /// exponential number of visits.
    pub(super) fn of(&self, at: Option<u32>, id: &oid) -> Cursor {
        let mut by_id = self.of_id(id);
        if !by_id.is_empty() && self.claimed[by_id.start].swap(true, Ordering::Relaxed) {
            by_id = 0..0;
        }
        Cursor {
            next: at.map_or(NONE, |at| self.first(at)),
            by_id,
        }
    }

    /// Lets what builds on ids be visited once more.
    pub(super) fn release(&self) {
        self.claimed
            .iter()
            .for_each(|claimed| claimed.store(false, Ordering::Relaxed));
    }
}

/// What is left to visit of the children of one object.
#[derive(Debug)]
pub(super) struct Cursor {
    next: u32,
    by_id: std::ops::Range<usize>,
}

impl Cursor {
    pub(super) fn next(&mut self, children: &Children) -> Option<u32> {
        if self.next != NONE {
            let at = self.next;
            self.next = children.sibling[at as usize];
            return Some(at);
        }
        self.by_id.next().map(|at| children.by_id[at].1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.next == NONE && self.by_id.is_empty()
    }
}
