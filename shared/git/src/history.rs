//! The versions of a file, as `git log --follow` finds them, page by page.
//!
//! From each commit the walk goes on to the parent whose file is the same, where there is one, as
//! git-log(1) simplifies histories; so branches that came to nothing are left out. Unlike in git, which knows one name
//! of the file at a time, each line of history has its own. A file is followed only to one that the same commit removed
//! or changed: git also looks for copies of the others, which would cost a look at every file.
//!
//! A walk costs little more than one commit and one tree for each commit that it passes, and it holds only what waits
//! to be visited and the names of what was.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod cursor;
mod rename;
mod trail;

#[cfg(test)]
mod tests;

pub use cursor::Cursor;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use crate::find::{Find, WalkError};
use crate::hash::ObjectId;
use crate::object::Commit;
use crate::tree::Found;
use cursor::Waiting;
use trail::Trail;

/// How many commits are looked at to order those of the same second.
const TIE_SEARCH: usize = 256;

/// How many commits are kept that were read ahead.
const MOST_COMMITS: usize = 10_000;

/// A commit that made a file what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The commit.
    pub commit: ObjectId,
    /// The file that it left.
    pub file: Found,
    /// Where it left it.
    pub path: Vec<u8>,
    /// The next newer versions: those that this one led to with none between.
    pub children: Vec<ObjectId>,
}

/// Versions in a row.
#[derive(Clone, Debug)]
pub struct Page {
    /// Newest first, by the committers' clocks, but none before a version that it led to. Where clocks are wrong by more
    /// than a page is long, a version may come again.
    pub versions: Vec<Version>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
}

/// The versions from a cursor on: at most `count`, and only those that are found by visiting at most `limit` commits, so
/// that a page may have none and yet not be the last.
///
/// Commits that removed the file are no versions, but the walk goes on behind them.
///
/// # Errors
/// When an object cannot be read.
pub fn page(find: &(impl Find + ?Sized), cursor: Cursor, count: usize, limit: usize) -> Result<Page, WalkError> {
    let mut walk = Walk::new(find);
    for Waiting {
        time,
        commit,
        path,
        children,
    } in cursor.waiting
    {
        walk.queue(time, (commit, path.into()), &children, None);
    }
    let mut visits = 0usize;
    while walk.versions.len() < count && visits < limit && walk.visit()? {
        visits = visits.saturating_add(1);
    }
    let waiting = walk.waiting.into_iter().map(|((Reverse(time), _), entry)| Waiting {
        time,
        commit: entry.file.0,
        path: entry.file.1.to_vec(),
        children: entry.children,
    });
    let next = Cursor {
        waiting: waiting.collect(),
    };
    Ok(Page {
        versions: walk.versions,
        next: (!next.waiting.is_empty()).then_some(next),
    })
}

/// A path in a commit.
type File = (ObjectId, Rc<[u8]>);

/// A file to be visited.
struct Entry {
    file: File,
    children: Vec<ObjectId>,
    /// What leads to the file, if that is known already.
    trail: Option<Trail>,
}

/// Newest first, and those of a time in the order in which they were found.
type Place = (Reverse<i64>, u64);

struct Walk<'a, F: ?Sized> {
    find: &'a F,
    waiting: BTreeMap<Place, Entry>,
    places: HashMap<File, Place>,
    visited: HashSet<File>,
    commits: HashMap<ObjectId, Rc<Commit>>,
    queued: u64,
    versions: Vec<Version>,
}

impl<'a, F: Find + ?Sized> Walk<'a, F> {
    fn new(find: &'a F) -> Self {
        Self {
            find,
            waiting: BTreeMap::new(),
            places: HashMap::new(),
            visited: HashSet::new(),
            commits: HashMap::new(),
            queued: 0,
            versions: Vec::new(),
        }
    }

    fn commit(&mut self, id: &ObjectId) -> Result<Rc<Commit>, WalkError> {
        if let Some(commit) = self.commits.get(id) {
            return Ok(Rc::clone(commit));
        }
        if self.commits.len() >= MOST_COMMITS {
            self.commits.clear();
        }
        let commit = Rc::new(self.find.commit(id)?);
        self.commits.insert(*id, Rc::clone(&commit));
        Ok(commit)
    }

    /// Lets a file wait for its visit. Several lines of history may lead to the same one.
    fn queue(&mut self, time: i64, file: File, children: &[ObjectId], trail: Option<Trail>) {
        if self.visited.contains(&file) {
            return;
        }
        if let Some(entry) = self.places.get(&file).and_then(|place| self.waiting.get_mut(place)) {
            for child in children {
                if !entry.children.contains(child) {
                    entry.children.push(*child);
                }
            }
            return;
        }
        let place = (Reverse(time), self.queued);
        self.queued = self.queued.saturating_add(1);
        self.places.insert(file.clone(), place);
        let children = children.to_vec();
        self.waiting.insert(place, Entry { file, children, trail });
    }

    /// Takes the file to be visited next, with its time.
    fn take(&mut self) -> Result<Option<(i64, Entry)>, WalkError> {
        let Some((&(time, _), _)) = self.waiting.first_key_value() else {
            return Ok(None);
        };
        let tied: Vec<(Place, ObjectId)> = self
            .waiting
            .range((time, 0)..=(time, u64::MAX))
            .map(|(place, entry)| (*place, entry.file.0))
            .collect();
        let mut best = tied.first().map(|(place, _)| *place);
        if tied.len() > 1 {
            for (place, commit) in &tied {
                if !self.is_older_than_another(*commit, &tied, time.0)? {
                    best = Some(*place);
                    break;
                }
            }
        }
        let entry = best.and_then(|place| self.waiting.remove(&place));
        if let Some(entry) = &entry {
            self.places.remove(&entry.file);
            self.visited.insert(entry.file.clone());
        }
        Ok(entry.map(|entry| (time.0, entry)))
    }

    /// Whether a commit is an ancestor of another one of those that wait with it, all of the same time, by way of
    /// commits that are no older. A machine makes many commits in a second.
    fn is_older_than_another(
        &mut self,
        commit: ObjectId,
        tied: &[(Place, ObjectId)],
        time: i64,
    ) -> Result<bool, WalkError> {
        let mut open: Vec<ObjectId> = tied
            .iter()
            .map(|(_, other)| *other)
            .filter(|other| *other != commit)
            .collect();
        let mut seen: HashSet<ObjectId> = open.iter().copied().collect();
        while let Some(next) = open.pop() {
            for parent in &self.commit(&next)?.parents {
                if *parent == commit {
                    return Ok(true);
                }
                if seen.len() < TIE_SEARCH && self.commit(parent)?.time >= time && seen.insert(*parent) {
                    open.push(*parent);
                }
            }
        }
        Ok(false)
    }

    /// Visits the newest file that waits; says whether there was one.
    fn visit(&mut self) -> Result<bool, WalkError> {
        let Some((time, Entry { file, children, trail })) = self.take()? else {
            return Ok(false);
        };
        let (id, path) = &file;
        let commit = self.commit(id)?;
        self.commits.remove(id);
        let trail = match trail {
            Some(trail) => trail,
            None => Trail::follow(self.find, &commit.tree, path, None)?,
        };
        let mut sides = Vec::with_capacity(commit.parents.len());
        for parent in &commit.parents {
            let older = self.commit(parent)?;
            let side = Trail::follow(self.find, &older.tree, path, Some(&trail))?;
            let time = older.time.min(time);
            if side.file == trail.file {
                self.queue(time, (*parent, Rc::clone(path)), &children, Some(side));
                return Ok(true);
            }
            sides.push((*parent, older, time, side));
        }
        let mut children = children;
        if let Some(file) = trail.file {
            self.versions.push(Version {
                commit: *id,
                file,
                path: path.to_vec(),
                children: std::mem::replace(&mut children, vec![*id]),
            });
        }
        for (parent, older, time, side) in sides {
            let source = match (&side.file, trail.file) {
                (None, Some(file)) => rename::source(self.find, &older.tree, &commit.tree, path, file)?,
                _ => None,
            };
            match source {
                Some(source) => self.queue(time, (parent, source.into()), &children, None),
                None => self.queue(time, (parent, Rc::clone(path)), &children, Some(side)),
            }
        }
        Ok(true)
    }
}
