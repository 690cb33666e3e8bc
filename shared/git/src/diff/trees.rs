//! Which files two trees differ in.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::cmp::Ordering;

use bytes::Bytes;

use crate::find::{Find, FindError, WalkError};
use crate::hash::{ObjectFormat, ObjectId};
use crate::object::{Kind, TreeEntry, identical_entries, tree_entries};
use crate::tree::{Found, Mode, compare};

#[cfg(test)]
mod tests;

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Deleted,
    /// Its content, its mode or its type is another one.
    Modified,
}

/// A file, link or submodule in which two trees differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its path below both trees; empty when the two things compared are no trees.
    pub path: Vec<u8>,
    /// What it was.
    pub before: Option<Found>,
    /// What it is.
    pub after: Option<Found>,
}

impl Difference {
    /// What happened to it.
    #[must_use]
    pub const fn change(&self) -> Change {
        match (&self.before, &self.after) {
            (None, _) => Change::Added,
            (Some(_), None) => Change::Deleted,
            (Some(_), Some(_)) => Change::Modified,
        }
    }
}

/// Iterates over the differences of two trees, or of what else lies at two paths, in the order of the paths' bytes.
///
/// Where a folder takes the place of a file, the one is deleted and files of the other are added. Modes are compared as
/// git reduces them. Reads trees only as they are needed, and none that both sides share. Ends after the first error.
#[derive(Debug)]
pub struct TreeDiff<'a, F: ?Sized> {
    find: &'a F,
    limit: usize,
    read: usize,
    resume: Option<Vec<u8>>,
    /// The two sides, until the walk starts.
    start: Option<(Option<Found>, Option<Found>)>,
    /// The path of what is compared; a folder's ends in a slash.
    path: Vec<u8>,
    open: Vec<Folder>,
}

/// What is left of the same folder on both sides.
#[derive(Debug)]
struct Folder {
    /// How much of the path is the folder's.
    length: usize,
    before: Side,
    after: Side,
}

/// What is left of a tree; nothing where there is none.
#[derive(Debug, Default)]
struct Side {
    tree: Option<ObjectId>,
    rest: Bytes,
}

impl Side {
    /// The next entry and how long it is.
    fn peek(&self, format: ObjectFormat) -> Result<Option<(TreeEntry<'_>, usize)>, FindError> {
        let mut entries = tree_entries(format, &self.rest);
        let entry = entries.next().transpose().map_err(|why| FindError::Malformed {
            id: self.tree.unwrap_or_else(|| format.null()),
            why,
        })?;
        Ok(entry.map(|entry| (entry, self.rest.len().saturating_sub(entries.remaining()))))
    }

    fn skip(&mut self, length: usize) {
        drop(self.rest.split_to(length.min(self.rest.len())));
    }
}

fn found(entry: &TreeEntry<'_>) -> Found {
    Found {
        mode: Mode::of(entry.mode),
        id: entry.id.to_owned(),
    }
}

impl<'a, F: Find + ?Sized> TreeDiff<'a, F> {
    /// Compares what lies on two sides, such as two roots; nothing where a side is absent.
    #[must_use]
    pub fn new(find: &'a F, before: Option<Found>, after: Option<Found>) -> Self {
        Self {
            find,
            limit: usize::MAX,
            read: 0,
            resume: None,
            start: Some((before, after)),
            path: Vec::new(),
            open: Vec::new(),
        }
    }

    /// Leaves out the differences at `path` and before it.
    #[must_use]
    pub fn resume_after(mut self, path: &[u8]) -> Self {
        self.resume = Some(path.to_vec());
        self
    }

    /// Fails with [`WalkError::TooFar`] rather than read more than `limit` trees. A few small trees that contain each
    /// other many times over can stand for more folders than anybody could visit.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    fn step(&mut self) -> Result<Option<Difference>, WalkError> {
        if let Some((before, after)) = self.start.take()
            && let Some(difference) = self.compare(before, after)?
        {
            return Ok(Some(difference));
        }
        while let Some(folder) = self.open.last_mut() {
            let format = self.find.format();
            self.path.truncate(folder.length);
            let same = identical_entries(format, &folder.before.rest, &folder.after.rest);
            folder.before.skip(same);
            folder.after.skip(same);
            let (before, after) = (folder.before.peek(format)?, folder.after.peek(format)?);
            let order = match (&before, &after) {
                (None, None) => {
                    self.open.pop();
                    continue;
                }
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((a, _)), Some((b, _))) => compare(a.name, a.is_tree(), b.name, b.is_tree()),
            };
            let before = before.filter(|_| order != Ordering::Greater);
            let after = after.filter(|_| order != Ordering::Less);
            if let Some((entry, _)) = before.as_ref().or(after.as_ref()) {
                self.path.extend_from_slice(entry.name);
                if entry.is_tree() {
                    self.path.push(b'/');
                }
            }
            let (old, new) = (
                before.map(|(entry, length)| (found(&entry), length)),
                after.map(|(entry, length)| (found(&entry), length)),
            );
            folder.before.skip(old.map_or(0, |(_, length)| length));
            folder.after.skip(new.map_or(0, |(_, length)| length));
            if let Some(difference) = self.compare(old.map(|(old, _)| old), new.map(|(new, _)| new))? {
                return Ok(Some(difference));
            }
        }
        Ok(None)
    }

    /// Compares what lies at the path on both sides; opens folders.
    fn compare(&mut self, before: Option<Found>, after: Option<Found>) -> Result<Option<Difference>, WalkError> {
        if before == after {
            return Ok(None);
        }
        let tree = |side: Option<Found>| side.filter(|found| found.mode.is_tree()).map(|found| found.id);
        let (old, new) = (tree(before), tree(after));
        if (old.is_some() || new.is_some()) && self.may_have_more_below() {
            let (before, after) = (self.side(old)?, self.side(new)?);
            self.open.push(Folder {
                length: self.path.len(),
                before,
                after,
            });
        }
        let file = |side: Option<Found>| side.filter(|found| !found.mode.is_tree());
        let (before, after) = (file(before), file(after));
        let is_behind = self.resume.as_ref().is_none_or(|resume| self.path > *resume);
        let difference = || Difference {
            path: self.path.clone(),
            before,
            after,
        };
        Ok((before != after && is_behind).then(difference))
    }

    /// Whether something below the folder at the path comes behind where the walk resumes.
    fn may_have_more_below(&self) -> bool {
        self.resume
            .as_ref()
            .is_none_or(|resume| self.path > *resume || resume.starts_with(&self.path))
    }

    fn side(&mut self, tree: Option<ObjectId>) -> Result<Side, WalkError> {
        let Some(id) = tree else {
            return Ok(Side::default());
        };
        if self.read >= self.limit {
            return Err(WalkError::TooFar(self.limit));
        }
        self.read = self.read.saturating_add(1);
        Ok(Side {
            tree,
            rest: self.find.get(&id, Kind::Tree)?,
        })
    }
}

impl<F: Find + ?Sized> Iterator for TreeDiff<'_, F> {
    type Item = Result<Difference, WalkError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            self.open.clear();
        }
        step.transpose()
    }
}
