//! Common ancestors of commits, as git-merge-base(1) finds them.
//!
//! Walks from the newest commit to the oldest, as far as the histories differ. Committers' clocks only decide how much
//! of the histories is read, never the answer.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::find::{Find, WalkError};
use crate::hash::{ObjectId, oid};

#[cfg(test)]
mod tests;

/// Reached from the one commit.
const ONE: u8 = 1;
/// Reached from one of the others.
const OTHER: u8 = 2;
/// An ancestor of a common ancestor.
const STALE: u8 = 4;
/// Among the common ancestors found.
const FOUND: u8 = 8;

/// Every best common ancestor of two commits (`git merge-base --all`), newest first: those that are no ancestors of
/// another one. None when the histories have nothing in common.
///
/// # Errors
/// [`WalkError::TooFar`] when more than `limit` commits would have to be read; when one cannot be read.
pub fn merge_bases(
    find: &(impl Find + ?Sized),
    one: &oid,
    other: &oid,
    limit: usize,
) -> Result<Vec<ObjectId>, WalkError> {
    let mut graph = Graph::new(find, limit);
    let one = graph.load(one)?;
    let other = graph.load(other)?;
    let mut bases = graph.paint(one, &[other], None)?.common;
    let mut at = 0;
    while let Some((base, rest)) = bases.split_first().filter(|_| bases.len() > 1 && at < bases.len()) {
        // The first takes its turn against the others, and goes to the end if it stays.
        let painted = graph.paint(*base, rest, None)?;
        let base = *base;
        let is_redundant = painted.has(base, OTHER);
        bases = rest.iter().copied().filter(|&other| !painted.has(other, ONE)).collect();
        if !is_redundant {
            bases.push(base);
            at = at.saturating_add(1);
        }
    }
    bases.sort_by_key(|&base| graph.commits.get(base).map(|commit| (Reverse(commit.time), commit.id)));
    Ok(bases
        .into_iter()
        .filter_map(|base| graph.commits.get(base).map(|commit| commit.id))
        .collect())
}

/// Whether a commit is the other one or an ancestor of it (`git merge-base --is-ancestor`).
///
/// # Errors
/// [`WalkError::TooFar`] when more than `limit` commits would have to be read; when one cannot be read.
pub fn is_ancestor(
    find: &(impl Find + ?Sized),
    ancestor: &oid,
    descendant: &oid,
    limit: usize,
) -> Result<bool, WalkError> {
    let mut graph = Graph::new(find, limit);
    let descendant = graph.load(descendant)?;
    let ancestor = graph.load(ancestor)?;
    let painted = graph.paint(ancestor, &[descendant], Some(ancestor))?;
    Ok(painted.has(ancestor, OTHER))
}

struct Commit {
    id: ObjectId,
    time: i64,
    parents: Vec<ObjectId>,
}

/// The commits read so far.
struct Graph<'a, F: ?Sized> {
    find: &'a F,
    limit: usize,
    places: HashMap<ObjectId, usize>,
    commits: Vec<Commit>,
}

#[derive(Clone, Copy, Default)]
struct Paint {
    flags: u8,
    /// How often the commit waits.
    waiting: usize,
}

#[derive(Default)]
struct Painted {
    paints: HashMap<usize, Paint>,
    /// Common ancestors; every best one is among them.
    common: Vec<usize>,
}

impl Painted {
    fn has(&self, commit: usize, flag: u8) -> bool {
        self.paints.get(&commit).is_some_and(|paint| paint.flags & flag != 0)
    }
}

/// Commits that wait, newest first.
#[derive(Default)]
struct Queue {
    heap: BinaryHeap<(i64, Reverse<usize>, usize)>,
    pushed: usize,
    /// How many that wait are not stale.
    fresh: usize,
}

impl Queue {
    /// Paints a commit, and lets it wait if that is new to it.
    fn push(&mut self, painted: &mut Painted, commit: usize, time: i64, flags: u8) {
        let paint = painted.paints.entry(commit).or_default();
        if paint.flags & flags == flags {
            return;
        }
        if paint.flags & STALE == 0 && flags & STALE != 0 {
            self.fresh = self.fresh.saturating_sub(paint.waiting);
        }
        paint.flags |= flags;
        paint.waiting = paint.waiting.saturating_add(1);
        if paint.flags & STALE == 0 {
            self.fresh = self.fresh.saturating_add(1);
        }
        self.heap.push((time, Reverse(self.pushed), commit));
        self.pushed = self.pushed.saturating_add(1);
    }

    /// The newest commit and its paint; `None` once all that wait are stale.
    fn pop(&mut self, painted: &mut Painted) -> Option<(usize, u8)> {
        if self.fresh == 0 {
            return None;
        }
        let (.., commit) = self.heap.pop()?;
        let paint = painted.paints.entry(commit).or_default();
        paint.waiting = paint.waiting.saturating_sub(1);
        if paint.flags & STALE == 0 {
            self.fresh = self.fresh.saturating_sub(1);
        }
        Some((commit, paint.flags))
    }
}

impl<'a, F: Find + ?Sized> Graph<'a, F> {
    fn new(find: &'a F, limit: usize) -> Self {
        Self {
            find,
            limit,
            places: HashMap::new(),
            commits: Vec::new(),
        }
    }

    fn load(&mut self, id: &oid) -> Result<usize, WalkError> {
        if let Some(&place) = self.places.get(id) {
            return Ok(place);
        }
        let place = self.commits.len();
        if place >= self.limit {
            return Err(WalkError::TooFar(self.limit));
        }
        let commit = self.find.commit(id)?;
        self.commits.push(Commit {
            id: id.to_owned(),
            time: commit.time,
            parents: commit.parents,
        });
        self.places.insert(id.to_owned(), place);
        Ok(place)
    }

    fn time(&self, commit: usize) -> i64 {
        self.commits.get(commit).map_or(0, |commit| commit.time)
    }

    /// Paints the ancestors of one commit and those of others until both paints meet everywhere, or until they meet at
    /// `target`.
    ///
    /// A best common ancestor is never missed: no commit on the way to it is an ancestor of a common one, so none is
    /// stale, and the walk goes on while one waits that is not. What is found too much comes from clocks that are wrong.
    fn paint(&mut self, one: usize, others: &[usize], target: Option<usize>) -> Result<Painted, WalkError> {
        let mut painted = Painted::default();
        let mut queue = Queue::default();
        queue.push(&mut painted, one, self.time(one), ONE);
        for &other in others {
            queue.push(&mut painted, other, self.time(other), OTHER);
        }
        while let Some((commit, mut flags)) = queue.pop(&mut painted) {
            if flags & (ONE | OTHER) == ONE | OTHER {
                if target == Some(commit) {
                    break;
                }
                if flags & (STALE | FOUND) == 0 {
                    painted.common.push(commit);
                    painted.paints.entry(commit).or_default().flags |= FOUND;
                }
                flags = ONE | OTHER | STALE;
            }
            let parents = self
                .commits
                .get_mut(commit)
                .map(|commit| std::mem::take(&mut commit.parents));
            let parents = parents.unwrap_or_default();
            for parent in &parents {
                let parent = self.load(parent)?;
                queue.push(&mut painted, parent, self.time(parent), flags);
            }
            if let Some(commit) = self.commits.get_mut(commit) {
                commit.parents = parents;
            }
        }
        let Painted { paints, common } = &mut painted;
        common.retain(|commit| paints.get(commit).is_some_and(|paint| paint.flags & STALE == 0));
        Ok(painted)
    }
}
