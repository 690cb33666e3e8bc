mod edits;
mod path;

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::fsck::{Checker, Policy};
use crate::hash::{ObjectFormat, object_id};

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

pub(crate) fn check_sound(tree: &ObjectId, data: &[u8]) {
    Checker::new(ObjectFormat::Sha1, Policy::strict())
        .check(Kind::Tree, tree, data, &mut |_, _| {})
        .unwrap();
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

#[test]
fn modes_are_reduced_as_by_git() {
    for (mode, expect) in [
        (0o100_644, Mode::Normal),
        (0o100_664, Mode::Normal),
        (0o100_600, Mode::Normal),
        (0o100_755, Mode::Executable),
        (0o100_700, Mode::Executable),
        (0o120_000, Mode::Symlink),
        (0o120_777, Mode::Symlink),
        (0o040_000, Mode::Tree),
        (0o160_000, Mode::Gitlink),
        (0, Mode::Gitlink),
    ] {
        assert_eq!(Mode::of(mode), expect, "{mode:o}");
    }
    for mode in [Mode::Normal, Mode::Executable, Mode::Symlink, Mode::Tree, Mode::Gitlink] {
        assert_eq!(Mode::of(mode.raw()), mode);
        assert_eq!(u32::from_str_radix(mode.octal(), 8).unwrap(), mode.raw());
    }
}

#[test]
fn nothing_lies_below_files_and_submodules() {
    let mut objects = Objects::default();
    let files = [("a/b", Mode::Normal), ("a/c/d", Mode::Symlink), ("m", Mode::Gitlink)];
    let root = objects.tree(
        &files
            .iter()
            .map(|(path, mode)| ((*path).into(), (*mode, id(1))))
            .collect(),
    );
    let mode = |path: &str| {
        lookup(&objects, &root, path.as_bytes())
            .unwrap()
            .map(|found| found.mode)
    };
    assert_eq!(mode(""), Some(Mode::Tree));
    assert_eq!(mode("a"), Some(Mode::Tree));
    assert_eq!(mode("a/b"), Some(Mode::Normal));
    assert_eq!(mode("a/c/d"), Some(Mode::Symlink));
    assert_eq!(mode("m"), Some(Mode::Gitlink));
    for path in ["b", "a/b/c", "m/x", "a/", "/a", "a//b", "a/c/e"] {
        assert_eq!(mode(path), None, "{path}");
    }
}

proptest! {
    #[test]
    fn trees_are_written_soundly_and_read_back(files in any_files()) {
        let mut objects = Objects::default();
        let root = objects.tree(&files);
        for (id, (_, data)) in &objects.0 {
            check_sound(id, data);
        }
        for (path, &(mode, id)) in &files {
            let found = lookup(&objects, &root, path.as_bytes()).unwrap();
            prop_assert_eq!(found, Some(Found { mode, id }));
        }
        prop_assert_eq!(objects.files(&root), files);
    }
}
