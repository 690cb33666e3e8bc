//! Walks over history.

use std::cell::OnceCell;
use std::collections::BinaryHeap;
use std::sync::Arc;

use packhouse_git::hash::ObjectId;
use packhouse_git::object::{Commit, Kind};
use packhouse_git::pack::edges::{IdMap, IdSet};

use crate::error::{Error, Result};
use crate::odb::Odb;
use crate::reach::Reach;
use crate::sidecar::Sidecar;

/// So many commits are read one by one before the graph of them all is.
const PATIENCE: usize = if cfg!(test) { 5 } else { 200 };

/// How many steps are taken down history to tell whether wants reach what is common. The answer is asked for to let clients
/// stop early; without it they go on.
const MOST_STEPS: usize = 5_000_000;

/// Reads commits once, and sees history as the client does: cut at its shallow commits.
#[derive(Debug)]
pub(super) struct History<'a> {
    odb: &'a Odb,
    cut: &'a IdSet,
    known: IdMap<std::rc::Rc<Commit>>,
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
    let mut commits = Vec::with_capacity(ids.len());
    // What lies behind each tag that was met: tags may lie behind tags, and all may be asked for.
    let mut behind: IdMap<Option<ObjectId>> = IdMap::default();
    for id in ids {
        let mut tags = Vec::new();
        let mut at = *id;
        let commit = loop {
            if let Some(known) = behind.get(&at) {
                break *known;
            }
            match odb.kind(&at)?.ok_or(Error::NoObject(at))? {
                Kind::Tag => {
                    tags.push(at);
                    at = odb.tag(&at)?.target;
                }
                Kind::Commit => break Some(at),
                Kind::Tree | Kind::Blob => break None,
            }
        };
        behind.extend(tags.into_iter().map(|tag| (tag, commit)));
        commits.extend(commit);
    }
    Ok(commits)
}

/// Whether each of `wants` that is a commit reaches one of `common`; `false` too when that takes too long to tell.
pub(super) fn all_reach(odb: &Odb, wants: &[ObjectId], common: &[ObjectId]) -> Result<bool> {
    let mut targets: IdSet = peeled(odb, common)?.into_iter().collect();
    if targets.is_empty() {
        return Ok(false);
    }
    let nothing = IdSet::default();
    let mut history = History::new(odb, &nothing);
    let mut oldest = i64::MAX;
    for id in &targets {
        oldest = oldest.min(history.commit(id)?.time);
    }
    let mut starts = Vec::with_capacity(wants.len());
    for want in peeled(odb, wants)? {
        starts.push((history.commit(&want)?.time, want));
    }
    // What reaches a target is one itself from then on, and the newer want meets the older.
    starts.sort_unstable();
    let mut left = MOST_STEPS;
    for start in starts {
        let Some(way) = way_down(&mut history, start, (&targets, oldest), &mut left)? else {
            return Ok(false);
        };
        targets.extend(way);
    }
    Ok(true)
}

/// The commits between one and the first of `targets` that it reaches; `None` if it reaches none, or no steps are `left`.
fn way_down(
    history: &mut History<'_>,
    start: (i64, ObjectId),
    (targets, oldest): (&IdSet, i64),
    left: &mut usize,
) -> Result<Option<Vec<ObjectId>>> {
    // Each commit with the child that led to it.
    let mut from: IdMap<ObjectId> = IdMap::default();
    let mut open = BinaryHeap::from([start]);
    while let Some((_, id)) = open.pop() {
        if targets.contains(&id) {
            let up = std::iter::successors(Some(id), |at| from.get(at).copied());
            return Ok(Some(up.collect()));
        }
        history.odb.abandoned().check()?;
        for parent in &history.commit(&id)?.parents {
            let Some(fewer) = left.checked_sub(1) else {
                return Ok(None);
            };
            *left = fewer;
            let time = history.commit(parent)?.time;
            // What is older than every target cannot reach one.
            if time >= oldest && *parent != start.1 && !from.contains_key(parent) {
                from.insert(*parent, id);
                open.push((time, *parent));
            }
        }
    }
    Ok(None)
}
