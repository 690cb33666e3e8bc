//! What a merge knows of each path, and how paths are cut.

use std::collections::{BTreeMap, HashMap};

use crate::tree::Found;

/// A path, its parts divided by slashes; empty for the root.
pub(super) type Path = Vec<u8>;

/// The three versions, as indices and, by [`bit`], in masks.
pub(super) const BASE: usize = 0;
pub(super) const OURS: usize = 1;
pub(super) const THEIRS: usize = 2;

/// The mask of a version.
pub(super) const fn bit(version: usize) -> u8 {
    1 << version
}

/// The other side.
pub(super) const fn other(side: usize) -> usize {
    3 - side
}

/// What lies at a path.
#[derive(Clone, Debug, Default)]
pub(super) struct Info {
    /// The versions: files, after renames those that belong together; and folders.
    pub(super) versions: [Option<Found>; 3],
    /// Where versions come from that lie elsewhere.
    pub(super) from: [Option<Path>; 3],
    /// Which versions are files, or what else is no folder.
    pub(super) files: u8,
    /// Which versions are folders.
    pub(super) folders: u8,
    /// Which versions are equal; none or at least two.
    pub(super) same: u8,
    /// A rename makes this a conflict whatever the contents are.
    pub(super) is_moved_apart: bool,
    /// The file was put here since its folder was renamed.
    pub(super) is_moved_along: bool,
    /// What the merge makes of it, once that is plain.
    pub(super) resolved: Option<Option<Found>>,
}

/// How much a folder that a side lost matters for what the other side added to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Nothing,
    ForAncestor,
    ForItself,
}

/// What may be renamed on one side.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidates {
    /// Paths that the side removed, with their files.
    pub(super) removed: BTreeMap<Path, Found>,
    /// Paths that the side added, with their files.
    pub(super) added: BTreeMap<Path, Found>,
    /// Which of the removed it matters to find again, and whether for their content or just for their folder.
    pub(super) needed: HashMap<Path, bool>,
    /// The folders that the side removed.
    pub(super) lost: HashMap<Path, Need>,
}

/// All paths at which the three trees differ.
#[derive(Clone, Debug, Default)]
pub(super) struct Paths {
    pub(super) infos: BTreeMap<Path, Info>,
    /// How many entries of the folder at a path all three trees agree upon.
    pub(super) agreed: HashMap<Path, usize>,
    /// By side; that of the base stays empty.
    pub(super) candidates: [Candidates; 3],
}

/// The folder that a path lies in; the root's is the root.
pub(super) fn parent(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(b"", |at| path.split_at(at).0)
}

/// The last part of a path.
pub(super) fn name(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(path, |at| path.split_at(at + 1).1)
}

/// The path of that name in a folder.
pub(super) fn join(folder: &[u8], name: &[u8]) -> Path {
    if folder.is_empty() {
        return name.to_vec();
    }
    [folder, b"/", name].concat()
}
