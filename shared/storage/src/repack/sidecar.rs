//! Making the sidecar of a sorted pack.

use std::collections::HashMap;

use bytes::{BufMut as _, Bytes};
use packhouse_git::hash::ObjectId;
use roaring::RoaringBitmap;

use crate::error::{Error, Result};
use crate::odb::{Odb, Place};
use crate::reach::Reach;
use crate::sidecar::{Bitmaps, Graph, Known as _, NONE, Sidecar};

/// One in so many commits of a line of first parents gets a bitmap.
const STEP: usize = if cfg!(test) { 3 } else { 100 };
/// So many commits behind the tip of a line, it is one in so many.
const FAR: usize = if cfg!(test) { 12 } else { 10_000 };
const FAR_STEP: usize = if cfg!(test) { 5 } else { 1000 };
/// A line shorter than this gets none for its tip.
const SHORTEST: usize = if cfg!(test) { 2 } else { 50 };

/// Makes the sidecar of the only pack of `odb`, whose first objects are so many commits. What lies on the lines of first parents
/// of `tips` is reached quickly; the most important come first.
///
/// # Errors
/// When the pack cannot be read, or does not hold all that it refers to.
pub(crate) fn build(odb: &Odb, commits: u32, tips: &[ObjectId]) -> Result<Bytes> {
    let graph = graph(odb, commits)?;
    let nothing = Bitmaps::default();
    let plain = Reach::new(odb, 0, &graph, &nothing);
    let mut lines = Lines {
        bitmaps: Bitmaps::default(),
        nearest: HashMap::new(),
    };
    for tip in tips {
        if let Some(tip) = plain.rank(tip)?.filter(|tip| graph.holds(*tip)) {
            lines.follow(&graph, odb, tip)?;
        }
    }
    let bitmaps = lines.bitmaps;
    let (bases, sizes) = entries(odb, &plain)?;
    let sidecar = Sidecar {
        graph: graph.clone(),
        bases,
        sizes,
        bitmaps,
    };
    Ok(sidecar.encode(&odb.packs()[0].index.pack_checksum()))
}

/// The graph of the first objects of the pack.
fn graph(odb: &Odb, commits: u32) -> Result<Graph> {
    let nothing = Bitmaps::default();
    let empty = Graph::default();
    let pack = Reach::new(odb, 0, &empty, &nothing);
    let rank = |id: &ObjectId| {
        let missing = || Error::corrupt(format!("object {id} is not in the base"));
        pack.rank(id)?.ok_or_else(missing)
    };
    let mut graph = Graph::default();
    for at in 0..commits {
        let commit = odb.commit(&pack.id(at)?)?;
        let parents = commit.parents.iter().map(rank).collect::<Result<Vec<_>>>()?;
        if parents.iter().any(|parent| *parent >= commits) {
            return Err(Error::corrupt("a base whose commits do not come first"));
        }
        graph.push(rank(&commit.tree)?, commit.time, parents);
    }
    graph.count_generations();
    Ok(graph)
}

/// On what each object builds, and how large it is.
fn entries(odb: &Odb, pack: &Reach<'_>) -> Result<(Bytes, Bytes)> {
    let objects = odb.packs()[0].pack.objects;
    let (mut bases, mut sizes) = (Vec::new(), Vec::new());
    for at in 0..objects {
        let place = pack.place(at)?;
        let base = match odb.base(place, odb.header(place)?)? {
            Ok(Place { offset, .. }) => pack.rank_at(offset)?,
            Err(_whole) => NONE,
        };
        bases.put_u32(base);
        sizes.put_u32(u32::try_from(odb.size(place)?).unwrap_or(NONE));
    }
    Ok((bases.into(), sizes.into()))
}

/// Gives bitmaps to commits along lines of first parents.
struct Lines {
    bitmaps: Bitmaps,
    /// Of each commit on a line the next one with a bitmap, itself or below it.
    nearest: HashMap<u32, Option<u32>>,
}

impl Lines {
    /// Follows the line of a commit, down to where another is met.
    fn follow(&mut self, graph: &Graph, odb: &Odb, tip: u32) -> Result<()> {
        let mut line = Vec::new();
        let mut next = Some(tip);
        let mut before = None;
        while let Some(at) = next {
            if let Some(nearest) = self.nearest.get(&at) {
                before = *nearest;
                break;
            }
            line.push(at);
            next = graph.parents(at).first().copied();
        }
        if line.is_empty() {
            return Ok(());
        }
        let mut current = match before {
            Some(commit) => self.bitmaps.reached(commit)?.unwrap_or_default(),
            None => RoaringBitmap::new(),
        };
        for (at, commit) in line.iter().enumerate().rev() {
            let step = if at < FAR { STEP } else { FAR_STEP };
            let is_tip = at == 0 && (line.len() >= SHORTEST || self.nearest.is_empty());
            if is_tip || (at > 0 && at.is_multiple_of(step)) {
                let reach = Reach::new(odb, 0, graph, &self.bitmaps);
                let mut reached = current.clone();
                reach.add(&[*commit], &RoaringBitmap::new(), &mut reached)?;
                let upon = before.map(|before| (before, &current));
                self.bitmaps.push(*commit, &reached, upon)?;
                current = reached;
                before = Some(*commit);
            }
            self.nearest.insert(*commit, before);
        }
        Ok(())
    }
}
