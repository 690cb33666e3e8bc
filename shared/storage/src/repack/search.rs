//! The search for deltas: objects that are likely alike are put side by side, and each is tried on those before it.
//!
//! As git's pack-objects does it: sorted by kind, by the end of the path, and the larger first; a window of ten; a delta
//! has to be the shorter, the deeper its base lies. What is to be whole comes before what is larger.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use packhouse_git::delta::encode;
use packhouse_git::object::Kind;
use packhouse_git::zlib::deflate;

use super::mark::Marked;
use super::reuse::{Delta, Form, Forms, MAX_DEPTH};
use crate::error::{Error, Result};
use crate::odb::Odb;
use crate::spool::Spool;
use crate::store::Store;

/// How many objects each is tried on.
const WINDOW: usize = 10;
/// How many bytes of objects a window holds at most; besides, it has as much again of what is known of them.
const WINDOW_BYTES: usize = 48 << 20;
/// Objects below this size are not worth it, and above the other not possible in the memory that there is.
const SIZES: std::ops::RangeInclusive<u64> = 50..=(24 << 20);
/// How many objects a thread takes at a time.
const TAKEN: usize = 2000;

/// An object that is to become a delta if one is found.
#[derive(Clone, Copy)]
struct Candidate {
    node: u32,
    size: u64,
    /// How long it is as it is stored, if it is stored whole.
    stored: Option<u64>,
}

/// Makes deltas of objects that are to be written whole, where that is shorter. `tried` is the pack whose whole objects were
/// compared before. Answers the spools that the deltas lie in.
pub(super) fn search(
    store: &Store,
    odb: &Odb,
    marked: &Marked,
    forms: &mut Forms,
    tried: Option<usize>,
) -> Result<Vec<Spool>> {
    let candidates = candidates(odb, marked, forms)?;
    let pieces = pieces(marked, &candidates);
    let next = AtomicUsize::new(0);
    let shared = &*forms;
    let work = |number: usize| -> Result<(Spool, Vec<(u32, Form)>)> {
        let mut worker = Worker {
            odb,
            marked,
            forms: shared,
            tried,
            number,
            spool: Spool::new(store.spool(), store.limits().spool_memory),
            found: Vec::new(),
        };
        while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
            worker.piece(piece)?;
        }
        Ok((worker.spool, worker.found))
    };
    let threads = store.limits().index_threads.clamp(1, pieces.len().max(1));
    let done = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|number| scope.spawn(move || work(number))).collect();
        let joined = handles.into_iter().map(|handle| {
            let panicked = |panic| std::panic::resume_unwind(panic);
            handle.join().unwrap_or_else(panicked)
        });
        joined.collect::<Result<Vec<_>>>()
    })?;
    let mut spools = Vec::with_capacity(done.len());
    for (spool, found) in done {
        spools.push(spool);
        for (node, form) in found {
            forms.forms[node as usize] = form;
        }
    }
    Ok(spools)
}

/// What is worth a search, likely relatives side by side. What no ref reaches is not.
fn candidates(odb: &Odb, marked: &Marked, forms: &Forms) -> Result<Vec<Candidate>> {
    let mut candidates = Vec::new();
    for (node, form) in (0u32..).zip(&forms.forms).take(marked.kept) {
        let place = marked.nodes[node as usize].place;
        let (size, stored) = match form {
            Form::Whole { size } => {
                let file = &odb.packs()[place.pack];
                (*size, Some(file.end_of(file.rank(place.offset)?) - place.offset))
            }
            Form::Unfolded { size } => (*size, None),
            Form::Reused(_) | Form::Made(..) => continue,
        };
        if SIZES.contains(&size) {
            candidates.push(Candidate { node, size, stored });
        }
    }
    candidates.sort_by_cached_key(|candidate| {
        let node = &marked.nodes[candidate.node as usize];
        (
            rank(node.kind),
            node.path,
            !node.whole,
            std::cmp::Reverse(candidate.size),
            candidate.node,
        )
    });
    Ok(candidates)
}

/// Where kinds lie in the pack.
pub(super) const fn rank(kind: Kind) -> usize {
    match kind {
        Kind::Commit => 0,
        Kind::Tag => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
    }
}

/// Cuts the candidates into pieces for threads, between different paths.
fn pieces<'a>(marked: &Marked, mut rest: &'a [Candidate]) -> Vec<&'a [Candidate]> {
    let path = |candidate: &Candidate| marked.nodes[candidate.node as usize].path;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let mut end = TAKEN.min(rest.len());
        while end < rest.len() && end < 4 * TAKEN && path(&rest[end]) == path(&rest[end - 1]) {
            end += 1;
        }
        let (piece, others) = rest.split_at(end);
        pieces.push(piece);
        rest = others;
    }
    pieces
}

/// An object that others are tried on.
struct Slot {
    node: u32,
    kind: Kind,
    base: encode::Base,
    depth: u8,
}

struct Worker<'a> {
    odb: &'a Odb,
    marked: &'a Marked,
    forms: &'a Forms,
    tried: Option<usize>,
    number: usize,
    spool: Spool,
    found: Vec<(u32, Form)>,
}

impl Worker<'_> {
    fn piece(&mut self, candidates: &[Candidate]) -> Result<()> {
        // The nearest first.
        let mut window: VecDeque<Slot> = VecDeque::new();
        let mut held = 0;
        for candidate in candidates {
            let node = self.marked.nodes[candidate.node as usize];
            if window.front().is_some_and(|slot| slot.kind != node.kind) {
                window.clear();
                held = 0;
            }
            let data = self.odb.read_at(node.place)?.data;
            let best = match node.whole {
                true => None,
                false => self.best(candidate, &data, &window),
            };
            let mut depth = 0;
            if let Some((at, delta)) = best
                && self.keep(candidate, window[at].node, &delta)?
            {
                depth = window[at].depth + 1;
                // What was a good base may be one again.
                if let Some(slot) = window.remove(at) {
                    window.push_front(slot);
                }
            }
            held += data.len();
            window.push_front(Slot {
                node: candidate.node,
                kind: node.kind,
                base: encode::Base::new(data),
                depth,
            });
            while window.len() > WINDOW || (held > WINDOW_BYTES && window.len() > 1) {
                held -= window.pop_back().map_or(0, |slot| slot.base.data().len());
            }
        }
        Ok(())
    }

    /// The shortest delta, and on which slot.
    fn best(&self, candidate: &Candidate, data: &[u8], window: &VecDeque<Slot>) -> Option<(usize, Vec<u8>)> {
        let height = self.forms.heights[candidate.node as usize];
        let place = self.marked.nodes[candidate.node as usize].place;
        let stored_in = |slot: &Slot| {
            let of = self.marked.nodes[slot.node as usize].place.pack;
            matches!(self.forms.forms[slot.node as usize], Form::Whole { .. }).then_some(of)
        };
        let mut best: Option<(usize, Vec<u8>)> = None;
        for (at, slot) in window.iter().enumerate() {
            let was_tried =
                candidate.stored.is_some() && Some(place.pack) == self.tried && stored_in(slot) == self.tried;
            if was_tried || slot.depth + 1 + height > MAX_DEPTH {
                continue;
            }
            // Half of the whole on a base that is whole itself, less the deeper the base lies, and less than what is found already.
            let (bound, reference) = match &best {
                Some((at, delta)) => (delta.len(), window[*at].depth + 1),
                None => ((data.len() / 2).saturating_sub(20), 1),
            };
            let left = usize::from(MAX_DEPTH - slot.depth);
            let limit = bound * left / (usize::from(MAX_DEPTH - reference) + 1);
            let base = slot.base.data();
            let grows = data.len().saturating_sub(base.len());
            if limit == 0 || grows >= limit || data.len() < base.len() / 32 {
                continue;
            }
            if let Some(delta) = slot.base.delta(data, limit.saturating_sub(1)) {
                best = Some((at, delta));
            }
        }
        best
    }

    /// Puts a delta into the spool, unless the object is no longer as it is.
    fn keep(&mut self, candidate: &Candidate, base: u32, delta: &[u8]) -> Result<bool> {
        let deflated = deflate(delta);
        if candidate
            .stored
            .is_some_and(|stored| deflated.len() as u64 + 3 >= stored)
        {
            return Ok(false);
        }
        let made = Delta {
            spool: self.number,
            offset: self.spool.len(),
            length: deflated.len(),
            size: delta.len() as u64,
        };
        let failed = |error: std::io::Error| Error::Unavailable(format!("spooling deltas: {error}"));
        self.spool.append(&deflated).map_err(failed)?;
        self.found.push((candidate.node, Form::Made(base, made)));
        Ok(true)
    }
}
