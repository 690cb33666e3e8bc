//! Walks over history.

use std::cell::OnceCell;
use std::collections::BinaryHeap;
use std::sync::Arc;

use packhouse_git::hash::ObjectId;
use packhouse_git::object::{Commit, Kind};
use packhouse_git::pack::edges::{IdMap, IdSet};

use crate::error::{Error, Result};
use crate::odb::{Odb, Peeled};
use crate::reach::Reach;
use crate::sidecar::Sidecar;

/// So many commits are read one by one before the graph of them all is.
const PATIENCE: usize = if cfg!(test) { 5 } else { 200 };

/// How many ids of commits and parents are remembered. The largest histories have a few million.
const MOST_KNOWN: usize = 50_000_000;

/// Reads commits once, and sees history as the client does: cut at its shallow commits.
#[derive(Debug)]
pub(super) struct History<'a> {
    odb: &'a Odb,
    cut: &'a IdSet,
    known: IdMap<std::rc::Rc<Commit>>,
    /// How many ids that holds.
    ids: usize,
    reads: usize,
    /// That of the base, once it was asked for.
    sidecar: OnceCell<Option<(usize, Arc<Sidecar>)>>,
}

impl<'a> History<'a> {
    pub(super) fn new(odb: &'a Odb, cut: &'a IdSet) -> Self {
        Self {
            odb,
            cut,
            known: IdMap::default(),
            ids: 0,
            reads: 0,
            sidecar: OnceCell::new(),
        }
    }

    /// The sidecar of the base, where there is one.
    pub(super) fn sidecar(&self) -> Option<(usize, Arc<Sidecar>)> {
        self.sidecar.get_or_init(|| self.odb.sidecar()).clone()
    }

    /// A commit; without parents where history is cut.
    pub(super) fn commit(&mut self, id: &ObjectId) -> Result<std::rc::Rc<Commit>> {
        if let Some(commit) = self.known.get(id) {
            return Ok(std::rc::Rc::clone(commit));
        }
        let mut commit = self.read(id)?;
        if self.cut.contains(id) {
            commit.parents.clear();
        }
        self.ids += 1 + commit.parents.len();
        if self.ids > MOST_KNOWN {
            return Err(Error::TooLarge("history has too many commits and parents".into()));
        }
        let commit = std::rc::Rc::new(commit);
        self.known.insert(*id, std::rc::Rc::clone(&commit));
        Ok(commit)
    }
}

impl History<'_> {
    /// A commit, which is not remembered, as it is for those who have all of history.
    pub(super) fn read(&mut self, id: &ObjectId) -> Result<Commit> {
        self.reads += 1;
        match self.in_graph(id)? {
            Some(commit) => Ok(commit),
            None => self.odb.commit(id),
        }
    }

    /// A commit as the graph of the base has it.
    fn in_graph(&self, id: &ObjectId) -> Result<Option<Commit>> {
        if self.sidecar.get().is_none() && self.reads < PATIENCE {
            return Ok(None);
        }
        let Some((pack, sidecar)) = self.sidecar() else {
            return Ok(None);
        };
        let base = Reach::of(self.odb, pack, &sidecar);
        let graph = &sidecar.graph;
        let Some(rank) = base.rank(id)?.filter(|rank| graph.holds(*rank)) else {
            return Ok(None);
        };
        let parents = graph.parents(rank).iter().map(|parent| base.id(*parent));
        Ok(Some(Commit {
            tree: base.id(graph.tree(rank))?,
            parents: parents.collect::<Result<_>>()?,
            time: graph.time(rank),
        }))
    }
}

/// What a client lacks and what it has right below that.
#[derive(Debug, Default)]
pub(super) struct Range {
    /// Commits to send, each behind its parents.
    pub(super) lacking: Vec<ObjectId>,
    /// Of the commits that were looked at, those that the client has.
    pub(super) has: IdSet,
}

/// Commits that `wants` reach and `haves` do not. Where clocks were wrong it may hold some that the client has, never
/// too few. `None` when they are more than `most`.
pub(super) fn between(
    history: &mut History<'_>,
    wants: &[ObjectId],
    haves: &[ObjectId],
    most: usize,
) -> Result<Option<Range>> {
    let mut range = Range::default();
    // Commits met on the way down from the wants, and whether they still wait in `open`.
    let mut waits: IdMap<bool> = IdMap::default();
    let mut open = BinaryHeap::new();
    let mut waiting = 0usize;
    for id in haves {
        if range.has.insert(*id) {
            open.push((history.commit(id)?.time, *id));
        }
    }
    for id in wants {
        if !range.has.contains(id) && waits.insert(*id, true).is_none() {
            open.push((history.commit(id)?.time, *id));
            waiting += 1;
        }
    }
    while waiting > 0 {
        let Some((_, id)) = open.pop() else {
            break;
        };
        let has = range.has.contains(&id);
        if let Some(waited) = waits.get_mut(&id) {
            waiting -= usize::from(std::mem::take(waited));
        }
        if !has {
            range.lacking.push(id);
            if range.lacking.len() > most {
                return Ok(None);
            }
        }
        for parent in &history.commit(&id)?.parents {
            let fresh = if has {
                range.has.insert(*parent)
            } else {
                !range.has.contains(parent) && !waits.contains_key(parent) && waits.insert(*parent, true).is_none()
            };
            if fresh {
                waiting += usize::from(!has);
                open.push((history.commit(parent)?.time, *parent));
            }
        }
    }
    let has = &range.has;
    range.lacking.retain(|id| !has.contains(id));
    range.lacking = parents_first(history, &range.lacking)?;
    Ok(Some(range))
}

/// Sorts commits so that each comes behind those of its parents that are among them.
pub(super) fn parents_first(history: &mut History<'_>, commits: &[ObjectId]) -> Result<Vec<ObjectId>> {
    // Commits that are neither sorted nor on the way down yet.
    let mut fresh: IdSet = commits.iter().copied().collect();
    let mut sorted = Vec::with_capacity(commits.len());
    let mut path: Vec<(ObjectId, usize)> = Vec::new();
    for start in commits {
        if fresh.remove(start) {
            path.push((*start, 0));
        }
        while let Some((id, next)) = path.last_mut() {
            match history.commit(id)?.parents.get(*next) {
                Some(parent) => {
                    *next += 1;
                    if fresh.remove(parent) {
                        path.push((*parent, 0));
                    }
                }
                None => {
                    sorted.push(*id);
                    path.pop();
                }
            }
        }
    }
    Ok(sorted)
}

/// The commits behind `ids`, annotated tags peeled; other objects are left out.
pub(super) fn peeled(odb: &Odb, ids: &[ObjectId]) -> Result<Vec<ObjectId>> {
    let mut peeled = Peeled::default();
    let mut commits = Vec::with_capacity(ids.len());
    for id in ids {
        if let (commit, Kind::Commit) = peeled.of(odb, id)? {
            commits.push(commit);
        }
    }
    Ok(commits)
}
