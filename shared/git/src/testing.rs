//! What the tests of this crate share: objects in memory.

pub(crate) mod random;
pub(crate) mod repository;

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;

use crate::commit::{Identity, NewCommit, write_commit};
use crate::find::{Find, FindError};
use crate::hash::{ObjectFormat, ObjectId, object_id, oid};
use crate::object::Kind;
use crate::tree::{Entry, Mode, read_tree, write_tree};

/// Objects in memory.
#[derive(Default)]
pub(crate) struct Objects(BTreeMap<ObjectId, (Kind, Bytes)>);

impl Find for Objects {
    fn format(&self) -> ObjectFormat {
        ObjectFormat::Sha1
    }

    fn find(&self, id: &oid) -> Result<Option<(Kind, Bytes)>, FindError> {
        Ok(self.0.get(id).cloned())
    }
}

impl Objects {
    /// Every object by its id.
    pub(crate) fn all(&self) -> &BTreeMap<ObjectId, (Kind, Bytes)> {
        &self.0
    }

    /// Writes a commit, whose time is all that sets it apart.
    pub(crate) fn add_commit(&mut self, tree: ObjectId, parents: &[ObjectId], seconds: i64) -> ObjectId {
        let author = Identity {
            seconds,
            ..Identity::default()
        };
        let commit = NewCommit {
            tree,
            parents: parents.to_vec(),
            author: author.clone(),
            committer: author,
            message: String::new(),
        };
        self.add(Kind::Commit, write_commit(&commit))
    }

    pub(crate) fn add(&mut self, kind: Kind, data: Vec<u8>) -> ObjectId {
        let id = object_id(ObjectFormat::Sha1, kind, &data).unwrap();
        self.0.insert(id, (kind, data.into()));
        id
    }

    /// Writes the tree that holds these files, by path, each with its mode.
    pub(crate) fn tree(&mut self, files: &BTreeMap<String, (Mode, ObjectId)>) -> ObjectId {
        let mut folders: BTreeMap<&str, BTreeMap<String, (Mode, ObjectId)>> = BTreeMap::new();
        let mut entries = Vec::new();
        for (path, &(mode, id)) in files {
            match path.split_once('/') {
                Some((folder, rest)) => drop(folders.entry(folder).or_default().insert(rest.into(), (mode, id))),
                None => entries.push(Entry {
                    mode,
                    name: path.clone().into(),
                    id,
                }),
            }
        }
        for (name, files) in folders {
            let id = self.tree(&files);
            entries.push(Entry {
                mode: Mode::Tree,
                name: name.into(),
                id,
            });
        }
        self.add(Kind::Tree, write_tree(entries))
    }

    /// All that is no folder in a tree, by path.
    pub(crate) fn files(&self, tree: &oid) -> BTreeMap<String, (Mode, ObjectId)> {
        let mut files = BTreeMap::new();
        for entry in read_tree(self, tree).unwrap() {
            let name = String::from_utf8(entry.name).unwrap();
            if entry.mode.is_tree() {
                let below = self.files(&entry.id).into_iter();
                files.extend(below.map(|(path, file)| (format!("{name}/{path}"), file)));
            } else {
                files.insert(name, (entry.mode, entry.id));
            }
        }
        files
    }
}

/// An id of no object.
pub(crate) fn id(number: u8) -> ObjectId {
    ObjectId::from_bytes_or_panic(&[number; 20])
}

/// Files of a tree: paths of few letters, so that names start with one another, without one that is also a folder.
pub(crate) fn any_files() -> impl Strategy<Value = BTreeMap<String, (Mode, ObjectId)>> {
    let mode = prop_oneof![
        4 => Just(Mode::Normal),
        1 => Just(Mode::Executable),
        1 => Just(Mode::Symlink),
        1 => Just(Mode::Gitlink),
    ];
    let file = (mode, 1u8..5).prop_map(|(mode, number)| (mode, id(number)));
    prop::collection::btree_map("[ab][-.a0]?(/[ab][-.0]?){0,3}", file, 0..12).prop_map(|files| {
        let mut kept: BTreeMap<String, (Mode, ObjectId)> = BTreeMap::new();
        for (path, file) in files {
            let is_below = kept.keys().any(|other| path.starts_with(&format!("{other}/")));
            let is_above = kept.keys().any(|other| other.starts_with(&format!("{path}/")));
            if !is_below && !is_above {
                kept.insert(path, file);
            }
        }
        kept
    })
}
