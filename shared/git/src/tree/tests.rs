mod edits;
mod path;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::fsck::{Checker, Policy};
use crate::hash::{ObjectFormat, object_id};
use crate::testing::{Objects, any_files, id};

fn check_sound(tree: &ObjectId, data: &[u8]) {
    Checker::new(ObjectFormat::Sha1, Policy::strict())
        .check(Kind::Tree, tree, data, &mut |_, _| {})
        .unwrap();
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
        for (id, (_, data)) in objects.all() {
            check_sound(id, data);
        }
        for (path, &(mode, id)) in &files {
            let found = lookup(&objects, &root, path.as_bytes()).unwrap();
            prop_assert_eq!(found, Some(Found { mode, id }));
        }
        prop_assert_eq!(objects.files(&root), files);
    }
}
