//! Trees for those who show and change them: entries of their own, paths, and sets of changes.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod edits;
mod path;

#[cfg(test)]
mod tests;

pub use edits::{Applied, EditError, Edits, MAX_DEPTH};
pub use path::{MAX_BYTES, MAX_NEW_FOLDERS, PathError, TreePath};

use std::cmp::Ordering;

use crate::find::{Find, FindError};
use crate::hash::{ObjectId, oid};
use crate::object::{Kind, TreeEntry, tree_entries};

/// What an entry of a tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A file, `100644`.
    Normal,
    /// A file that can be run, `100755`.
    Executable,
    /// A symbolic link, `120000`; its blob is the target.
    Symlink,
    /// A folder, `40000`.
    Tree,
    /// A submodule's commit, `160000`.
    Gitlink,
}

impl Mode {
    /// The mode of an entry, as git reduces those of old trees: `100664` is a file, and what has no known type is a
    /// submodule.
    #[must_use]
    pub const fn of(mode: u32) -> Self {
        match mode & 0o170_000 {
            0o100_000 if mode & 0o100 == 0 => Self::Normal,
            0o100_000 => Self::Executable,
            0o120_000 => Self::Symlink,
            0o040_000 => Self::Tree,
            _ => Self::Gitlink,
        }
    }

    /// The number that stands in trees.
    #[must_use]
    pub const fn raw(self) -> u32 {
        match self {
            Self::Normal => 0o100_644,
            Self::Executable => 0o100_755,
            Self::Symlink => 0o120_000,
            Self::Tree => 0o040_000,
            Self::Gitlink => 0o160_000,
        }
    }

    /// The octal digits that stand in trees.
    #[must_use]
    pub const fn octal(self) -> &'static str {
        match self {
            Self::Normal => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
            Self::Tree => "40000",
            Self::Gitlink => "160000",
        }
    }

    /// Whether it is a folder.
    #[must_use]
    pub const fn is_tree(self) -> bool {
        matches!(self, Self::Tree)
    }
}

/// One entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub mode: Mode,
    /// Its name.
    pub name: Vec<u8>,
    /// What it points to.
    pub id: ObjectId,
}

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub mode: Mode,
    /// Its blob, tree or commit.
    pub id: ObjectId,
}

/// The order of entries in a tree: by name, where a folder's counts as ending in a slash.
#[must_use]
pub fn compare(a: &[u8], a_is_tree: bool, b: &[u8], b_is_tree: bool) -> Ordering {
    let shared = a.len().min(b.len());
    let end = |name: &[u8], is_tree: bool| name.get(shared).copied().unwrap_or(if is_tree { b'/' } else { 0 });
    let (start, other) = (a.get(..shared), b.get(..shared));
    start
        .cmp(&other)
        .then_with(|| end(a, a_is_tree).cmp(&end(b, b_is_tree)))
        .then_with(|| a.len().cmp(&b.len()))
}

/// Writes the tree of these entries, whose names are distinct, in git's order.
#[must_use]
pub fn write_tree(mut entries: Vec<Entry>) -> Vec<u8> {
    entries.sort_by(|a, b| compare(&a.name, a.mode.is_tree(), &b.name, b.mode.is_tree()));
    let mut out = Vec::new();
    for entry in &entries {
        write_entry(&mut out, entry.mode.raw(), &entry.name, &entry.id);
    }
    out
}

fn write_entry(out: &mut Vec<u8>, mode: u32, name: &[u8], id: &oid) {
    out.extend_from_slice(format!("{mode:o} ").as_bytes());
    out.extend_from_slice(name);
    out.push(0);
    out.extend_from_slice(id.as_bytes());
}

/// The entries of a tree, in its order.
///
/// # Errors
/// [`FindError`].
pub fn read_tree(find: &(impl Find + ?Sized), id: &oid) -> Result<Vec<Entry>, FindError> {
    let data = find.get(id, Kind::Tree)?;
    let owned = |entry: TreeEntry<'_>| Entry {
        mode: Mode::of(entry.mode),
        name: entry.name.to_vec(),
        id: entry.id.to_owned(),
    };
    tree_entries(find.format(), &data)
        .map(|entry| entry.map(owned))
        .collect::<Result<_, _>>()
        .map_err(|why| FindError::Malformed { id: id.to_owned(), why })
}

/// What lies at a path below the tree `root`; the tree itself at the empty path. Nothing lies below a file or a
/// submodule.
///
/// # Errors
/// [`FindError`].
pub fn lookup(find: &(impl Find + ?Sized), root: &oid, path: &[u8]) -> Result<Option<Found>, FindError> {
    let mut found = Found {
        mode: Mode::Tree,
        id: root.to_owned(),
    };
    if path.is_empty() {
        return Ok(Some(found));
    }
    for name in path.split(|&byte| byte == b'/') {
        if !found.mode.is_tree() {
            return Ok(None);
        }
        match lookup_name(find, &found.id, name)? {
            Some(entry) => found = entry,
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}

/// The entry of that name in a tree.
///
/// # Errors
/// [`FindError`].
pub fn lookup_name(find: &(impl Find + ?Sized), tree: &oid, name: &[u8]) -> Result<Option<Found>, FindError> {
    let data = find.get(tree, Kind::Tree)?;
    for entry in tree_entries(find.format(), &data) {
        let entry = entry.map_err(|why| FindError::Malformed {
            id: tree.to_owned(),
            why,
        })?;
        if entry.name == name {
            return Ok(Some(Found {
                mode: Mode::of(entry.mode),
                id: entry.id.to_owned(),
            }));
        }
    }
    Ok(None)
}
