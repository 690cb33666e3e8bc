//! Changes at paths of a tree.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::{Mode, TreePath, compare, write_entry};
use crate::find::{Find, FindError};
use crate::hash::{Collision, ObjectId, object_id, oid};
use crate::object::{Kind, TreeEntry, tree_entries};

/// How many parts a path that is changed may have; bounds the recursion.
pub const MAX_DEPTH: usize = 256;

/// The file that keeps a folder which would be empty.
const KEEPER: &str = ".gitkeep";

/// Why changes cannot be made, with the path that is in the way.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The same path is changed twice.
    #[error("'{0}' is changed twice")]
    Twice(String),
    /// A file is put at this path, and another below it.
    #[error("'{0}' would be both a file and a folder")]
    FileAndFolder(String),
    /// A file lies at this path, where a folder is needed.
    #[error("'{0}' is a file, not a folder")]
    FileInTheWay(String),
    /// A folder lies at this path, where a file is to be put or to be removed.
    #[error("'{0}' is a folder, not a file")]
    FolderInTheWay(String),
    /// A submodule lies at this path, and what is in it belongs to another repository.
    #[error("'{0}' is a submodule")]
    Submodule(String),
    /// Nothing lies at this path, which is to be removed.
    #[error("'{0}' does not exist")]
    Missing(String),
    /// The path has more than [`MAX_DEPTH`] parts.
    #[error("'{0}' lies too deep")]
    TooDeep(String),
    /// The path is the root's.
    #[error("the root is no file")]
    Root,
    /// A tree to be written bears the marks of an attack on its hash.
    #[error(transparent)]
    Collision(#[from] Collision),
    /// A tree cannot be read.
    #[error(transparent)]
    Find(#[from] FindError),
}

/// A set of changes at paths, each of another path.
///
/// A file may be replaced by a folder when it is removed in the same set, and a folder by a file when all that lies in
/// it is.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    root: Node,
    keeper: Option<ObjectId>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// What happens to the file at this path.
    change: Option<Change>,
    below: BTreeMap<String, Self>,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Put(Mode, ObjectId),
    Remove,
}

/// What the changes made of a tree.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The new root; that of before if nothing changed.
    pub root: ObjectId,
    /// The trees to be written, each once, with their bytes. One of them may exist elsewhere in the repository.
    pub trees: Vec<(ObjectId, Vec<u8>)>,
    /// The paths of the files that keep folders which would have been empty (see [`Edits::keep_folders`]).
    pub keepers: Vec<String>,
    /// The folders that are gone because all that lay in them was removed, inner ones before outer ones.
    pub vanished: Vec<String>,
}

impl Edits {
    /// Lets folders that removals leave empty keep an empty file `.gitkeep`, whose blob `empty` is, rather than vanish.
    /// The root may be empty anyway.
    #[must_use]
    pub fn keep_folders(mut self, empty: ObjectId) -> Self {
        self.keeper = Some(empty);
        self
    }

    /// Puts a file, or what else `mode` says, at a path, over what is no folder.
    ///
    /// # Errors
    /// When the path is changed already.
    pub fn put(&mut self, path: &TreePath, mode: Mode, id: ObjectId) -> Result<(), EditError> {
        self.change(path, Change::Put(mode, id))
    }

    /// Removes the file, link or submodule at a path.
    ///
    /// # Errors
    /// When the path is changed already.
    pub fn remove(&mut self, path: &TreePath) -> Result<(), EditError> {
        self.change(path, Change::Remove)
    }

    fn change(&mut self, path: &TreePath, change: Change) -> Result<(), EditError> {
        if path.is_root() {
            return Err(EditError::Root);
        }
        if path.parts().count() > MAX_DEPTH {
            return Err(EditError::TooDeep(path.to_string()));
        }
        let mut node = &mut self.root;
        for part in path.parts() {
            node = node.below.entry(part.to_owned()).or_default();
        }
        if node.change.is_some() {
            return Err(EditError::Twice(path.to_string()));
        }
        node.change = Some(change);
        Ok(())
    }

    /// Makes the changes, in the tree `base` or in an empty one. Reads and writes only the trees on the way to them.
    ///
    /// # Errors
    /// On the first path, in the order of trees, whose change is impossible; and when a tree cannot be read.
    pub fn apply(&self, find: &(impl Find + ?Sized), base: Option<&oid>) -> Result<Applied, EditError> {
        let mut run = Run {
            find,
            written: BTreeSet::new(),
            trees: Vec::new(),
            keepers: Vec::new(),
            vanished: Vec::new(),
        };
        let root = match run.folder(&self.root, base, "", self.keeper)? {
            Some(id) => id,
            None => run.write(Vec::new(), None)?,
        };
        Ok(Applied {
            root,
            trees: run.trees,
            keepers: run.keepers,
            vanished: run.vanished,
        })
    }
}

struct Run<'a, F: ?Sized> {
    find: &'a F,
    written: BTreeSet<ObjectId>,
    trees: Vec<(ObjectId, Vec<u8>)>,
    keepers: Vec<String>,
    vanished: Vec<String>,
}

/// An entry of a tree, its mode as it lies there.
#[derive(Clone, Copy)]
struct Raw<'a> {
    mode: u32,
    name: &'a [u8],
    id: ObjectId,
}

impl Node {
    /// The path, relative to this, of the first of the changes below that is of the kind asked for.
    fn first_below(&self, wanted: fn(Change) -> bool) -> Option<String> {
        self.below.iter().find_map(|(name, node)| {
            if node.change.is_some_and(wanted) {
                return Some(name.clone());
            }
            node.first_below(wanted).map(|rest| join(name, &rest))
        })
    }

    fn has_put_below(&self) -> bool {
        self.first_below(|change| matches!(change, Change::Put(..))).is_some()
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

impl<F: Find + ?Sized> Run<'_, F> {
    /// Changes the folder at `path`; `None` when nothing is left of it.
    fn folder(
        &mut self,
        node: &Node,
        base: Option<&oid>,
        path: &str,
        keeper: Option<ObjectId>,
    ) -> Result<Option<ObjectId>, EditError> {
        let data = match base {
            Some(id) => self.find.get(id, Kind::Tree)?,
            None => Bytes::new(),
        };
        let mut entries = Vec::new();
        let mut old: BTreeMap<&[u8], Raw<'_>> = BTreeMap::new();
        for entry in tree_entries(self.find.format(), &data) {
            let TreeEntry { mode, name, id } = entry.map_err(|why| FindError::Malformed {
                id: base.map_or_else(|| self.find.format().null(), ToOwned::to_owned),
                why,
            })?;
            let id = id.to_owned();
            let is_changed = std::str::from_utf8(name).is_ok_and(|name| node.below.contains_key(name));
            let entry = Raw { mode, name, id };
            if is_changed {
                old.insert(name, entry);
            } else {
                entries.push(entry);
            }
        }
        let mut is_same = true;
        for (name, node) in &node.below {
            let before = old.get(name.as_bytes()).map(|entry| (entry.mode, entry.id));
            let after = self.entry(node, before, &join(path, name), keeper)?;
            is_same &= before == after;
            let name = name.as_bytes();
            entries.extend(after.map(|(mode, id)| Raw { mode, name, id }));
        }
        if let (true, Some(base)) = (is_same, base) {
            return Ok(Some(base.to_owned()));
        }
        if entries.is_empty() && !path.is_empty() {
            let Some(id) = keeper else {
                self.vanished.push(path.to_owned());
                return Ok(None);
            };
            self.keepers.push(join(path, KEEPER));
            let (mode, name) = (Mode::Normal.raw(), KEEPER.as_bytes());
            entries.push(Raw { mode, name, id });
        }
        self.write(entries, base).map(Some)
    }

    /// Changes what lies at `path`, which is `before`.
    fn entry(
        &mut self,
        node: &Node,
        before: Option<(u32, ObjectId)>,
        path: &str,
        keeper: Option<ObjectId>,
    ) -> Result<Option<(u32, ObjectId)>, EditError> {
        let kind = before.map(|(mode, _)| Mode::of(mode));
        let Some(change) = node.change else {
            return match (before, kind) {
                (None, _) => self.below(node, None, path, keeper),
                (Some((_, id)), Some(Mode::Tree)) => self.below(node, Some(&id), path, keeper),
                (_, Some(Mode::Gitlink)) => Err(EditError::Submodule(path.to_owned())),
                _ if node.has_put_below() => Err(EditError::FileInTheWay(path.to_owned())),
                _ => Err(missing_below(node, path)),
            };
        };
        match change {
            Change::Put(mode, id) => self.put(node, before, (mode, id), path).map(Some),
            Change::Remove => match kind {
                None => Err(EditError::Missing(path.to_owned())),
                Some(Mode::Tree) => Err(EditError::FolderInTheWay(path.to_owned())),
                Some(_) if node.below.is_empty() => Ok(None),
                Some(_) => self.below(node, None, path, keeper),
            },
        }
    }

    /// Puts `file` at `path`, where `before` lies.
    fn put(
        &mut self,
        node: &Node,
        before: Option<(u32, ObjectId)>,
        file: (Mode, ObjectId),
        path: &str,
    ) -> Result<(u32, ObjectId), EditError> {
        if node.has_put_below() {
            return Err(EditError::FileAndFolder(path.to_owned()));
        }
        let new = (file.0.raw(), file.1);
        let Some(before) = before else {
            return if node.below.is_empty() {
                Ok(new)
            } else {
                Err(missing_below(node, path))
            };
        };
        let old = Mode::of(before.0);
        if !node.below.is_empty() {
            if old != Mode::Tree {
                return Err(missing_below(node, path));
            }
            // The file takes the place of the folder once that is empty, which no keeper may prevent.
            return match self.folder(node, Some(&before.1), path, None)? {
                None => Ok(new),
                Some(_) => Err(EditError::FolderInTheWay(path.to_owned())),
            };
        }
        match old {
            Mode::Tree if file.0 != Mode::Tree => Err(EditError::FolderInTheWay(path.to_owned())),
            Mode::Gitlink if file.0 != Mode::Gitlink => Err(EditError::Submodule(path.to_owned())),
            // An odd mode of old stays if it means the same.
            _ if (old, before.1) == file => Ok(before),
            _ => Ok(new),
        }
    }

    fn below(
        &mut self,
        node: &Node,
        base: Option<&oid>,
        path: &str,
        keeper: Option<ObjectId>,
    ) -> Result<Option<(u32, ObjectId)>, EditError> {
        let tree = self.folder(node, base, path, keeper)?;
        Ok(tree.map(|id| (Mode::Tree.raw(), id)))
    }

    fn write(&mut self, mut entries: Vec<Raw<'_>>, base: Option<&oid>) -> Result<ObjectId, EditError> {
        let is_tree = |entry: &Raw<'_>| Mode::of(entry.mode).is_tree();
        entries.sort_by(|a, b| compare(a.name, is_tree(a), b.name, is_tree(b)));
        let mut data = Vec::new();
        for entry in &entries {
            write_entry(&mut data, entry.mode, entry.name, &entry.id);
        }
        let id = object_id(self.find.format(), Kind::Tree, &data)?;
        if base != Some(&*id) && self.written.insert(id) {
            self.trees.push((id, data));
        }
        Ok(id)
    }
}

fn missing_below(node: &Node, path: &str) -> EditError {
    let first = node.first_below(|_| true).unwrap_or_default();
    EditError::Missing(join(path, &first))
}
