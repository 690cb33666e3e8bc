//! Three-way merges of trees, as git's `merge-ort` makes them, and what CodeCommit says of their conflicts.
//!
//! The *destination* is git's "ours", the *source* its "theirs". `docs/merges.md` says where results differ from git's.

mod apply;
mod base;
mod build;
mod collect;
mod compact;
mod content;
mod decide;
mod describe;
mod folders;
mod histogram;
mod hunks;
mod lines;
mod overlay;
mod paths;
mod renames;
mod resolve;
mod similarity;
mod text;

#[cfg(test)]
mod tests;

pub use describe::{Change, Conflict, Version};
pub use hunks::{Hunk, HunkSide, hunks};
pub use resolve::{Resolution, Strategy, Which};

use bytes::Bytes;

use crate::find::{Find, FindError, WalkError};
use crate::hash::{Collision, ObjectId, oid};
use crate::object::Kind;

/// Why a merge cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// The trees differ at more paths than [`Limits::items`].
    #[error("too many items to compare")]
    TooManyItems,
    /// More content would have to be read than [`Limits::content`].
    #[error("too much content to load")]
    TooMuchContent,
    /// The merge bases have merge bases of their own, and so on, more often than [`Limits::bases`].
    #[error("histories have crossed too often")]
    TooManyBases,
    /// A resolution is given for a path that has no conflict.
    #[error("'{}' has no conflict", String::from_utf8_lossy(.0))]
    NoConflict(Vec<u8>),
    /// A resolution keeps a version that does not exist, or that is no file, with another mode.
    #[error("'{}' cannot be resolved so", String::from_utf8_lossy(.0))]
    Unfit(Vec<u8>),
    /// An object to be written bears the marks of an attack on its hash.
    #[error(transparent)]
    Collision(#[from] Collision),
    /// An object cannot be read.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The merge bases of merge bases cannot be found.
    #[error(transparent)]
    Walk(#[from] WalkError),
}

/// When both sides' changes to a file are a conflict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Level {
    /// Whenever both changed its content, differently: `FILE_LEVEL`.
    #[default]
    File,
    /// When both changed the same lines, differently, as in git: `LINE_LEVEL`.
    Line,
}

/// What becomes of files that one side put into a folder which the other side renamed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FolderRenames {
    /// They stay.
    Ignore,
    /// They follow.
    Follow,
    /// They follow, which is a conflict, as git does it by default.
    #[default]
    Suggest,
}

/// How much a merge may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// At how many paths the trees may differ; very long paths count more than once.
    pub items: usize,
    /// How many bytes of files may be read to be merged.
    pub content: u64,
    /// For how many files, on either side of the comparison, the most similar ones are looked for; with more, only those
    /// that are equal or of the same name are taken for renamed.
    pub renames: usize,
    /// How many bytes of files may be read to find similar ones.
    pub rename_content: u64,
    /// How many merges of merge bases may be made.
    pub bases: usize,
    /// How many commits may be read for each of these.
    pub commits: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            items: 100_000,
            content: 256 << 20,
            renames: 1000,
            rename_content: 256 << 20,
            bases: 64,
            commits: 100_000,
        }
    }
}

/// How to merge.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What is a conflict.
    pub level: Level,
    /// What becomes of conflicts.
    pub strategy: Strategy,
    /// What becomes of files in renamed folders.
    pub folder_renames: FolderRenames,
    /// How much it may cost.
    pub limits: Limits,
}

/// What a merge came to.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The tree that both sides were compared with: that of the merge base, one that was merged of several, or the empty
    /// one.
    pub base: ObjectId,
    /// The merged tree, if there is no conflict or all of them are resolved.
    pub tree: Option<Tree>,
    /// The conflicts, resolved ones included, by path.
    pub conflicts: Vec<Conflict>,
}

/// A merged tree.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Its id.
    pub id: ObjectId,
    /// The objects that the merge made for it. One of them may exist in the repository.
    pub objects: Vec<(Kind, Bytes, ObjectId)>,
}

impl Merged {
    /// The conflicts that nothing resolved.
    pub fn unresolved(&self) -> impl Iterator<Item = &Conflict> {
        self.conflicts.iter().filter(|conflict| !conflict.is_resolved)
    }
}

/// How the sides are called where conflicts are written into merged bases.
#[derive(Clone, Debug)]
struct Labels {
    sides: [&'static [u8]; 2],
    /// How many merges this is a merge base of.
    depth: usize,
}

impl Labels {
    /// The sides' labels, with names where these differ, and by how much markers are longer.
    fn for_names(&self, names: [&[u8]; 3]) -> (Vec<u8>, Vec<u8>, usize) {
        let is_named = names.windows(2).any(|pair| pair[0] != pair[1]);
        let label = |side: usize| {
            let label = self.sides[side - 1];
            if is_named {
                [label, b":", names[side]].concat()
            } else {
                label.to_vec()
            }
        };
        (label(paths::OURS), label(paths::THEIRS), 2 * self.depth)
    }
}

/// Merges the commit `source` into the commit `destination`, whose best common ancestors are `bases`.
///
/// # Errors
/// [`MergeError`].
pub fn merge_commits(
    find: &(impl Find + ?Sized),
    bases: &[ObjectId],
    destination: &oid,
    source: &oid,
    options: &Options,
) -> Result<Merged, MergeError> {
    let objects = overlay::Overlay::new(find, &options.limits);
    let base = base::tree_of(&objects, bases, options)?;
    let trees = [base, objects.commit(destination)?.tree, objects.commit(source)?.tree];
    merge(&objects, trees, options)
}

/// Merges three trees.
///
/// # Errors
/// [`MergeError`].
pub fn merge_trees(
    find: &(impl Find + ?Sized),
    base: ObjectId,
    destination: ObjectId,
    source: ObjectId,
    options: &Options,
) -> Result<Merged, MergeError> {
    let objects = overlay::Overlay::new(find, &options.limits);
    merge(&objects, [base, destination, source], options)
}

fn merge<F: Find + ?Sized>(
    objects: &overlay::Overlay<'_, F>,
    trees: [ObjectId; 3],
    options: &Options,
) -> Result<Merged, MergeError> {
    let labels = Labels {
        sides: [b"destination", b"source"],
        depth: 0,
    };
    let decided = compare(objects, trees, &labels, options)?;
    let resolved = resolve::resolve(objects, decided, options)?;
    let conflicts = describe::describe(objects, &resolved.clashes)?;
    let tree = if conflicts.iter().all(|conflict| conflict.is_resolved) {
        let id = build::build(objects, trees[paths::BASE], &resolved.edits)?;
        let made = objects.made(id);
        Some(Tree { id, objects: made })
    } else {
        None
    };
    Ok(Merged {
        base: trees[paths::BASE],
        tree,
        conflicts,
    })
}

/// Decides on all paths of three trees.
fn compare<F: Find + ?Sized>(
    objects: &overlay::Overlay<'_, F>,
    trees: [ObjectId; 3],
    labels: &Labels,
    options: &Options,
) -> Result<decide::Decided, MergeError> {
    let mut paths = collect::collect(objects, trees)?;
    apply::apply_renames(objects, &mut paths, trees[paths::BASE], labels, options)?;
    decide::decide(objects, &paths, labels, options.level)
}
