use std::cell::Cell;
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::hash::oid;
use crate::testing::{Objects, any_files, id};

fn tree(id: ObjectId) -> Option<Found> {
    Some(Found { mode: Mode::Tree, id })
}

fn all(walk: TreeDiff<'_, Objects>) -> Vec<Difference> {
    walk.collect::<Result<_, _>>().unwrap()
}

/// The differences by their letters and paths.
fn letters(differences: &[Difference]) -> String {
    let letter = |difference: &Difference| match difference.change() {
        Change::Added => 'A',
        Change::Deleted => 'D',
        Change::Modified => 'M',
    };
    let texts = differences.iter().map(|difference| {
        let path = String::from_utf8_lossy(&difference.path);
        format!("{} {path}", letter(difference))
    });
    texts.collect::<Vec<_>>().join(", ")
}

fn files(list: &[(&str, Mode, u8)]) -> BTreeMap<String, (Mode, ObjectId)> {
    list.iter()
        .map(|(path, mode, number)| ((*path).to_owned(), (*mode, id(*number))))
        .collect()
}

#[test]
fn changes_of_every_kind_are_told_in_the_order_of_paths() {
    let mut objects = Objects::default();
    let before = objects.tree(&files(&[
        ("a", Mode::Normal, 1),
        ("b/c", Mode::Normal, 1),
        ("d", Mode::Normal, 1),
        ("e/same", Mode::Normal, 1),
        ("m", Mode::Gitlink, 1),
        ("x", Mode::Normal, 1),
    ]));
    let after = objects.tree(&files(&[
        ("a", Mode::Executable, 1),
        ("b", Mode::Normal, 1),
        ("d/f", Mode::Normal, 1),
        ("d.x", Mode::Normal, 1),
        ("e/same", Mode::Normal, 1),
        ("m", Mode::Gitlink, 2),
        ("x", Mode::Symlink, 1),
    ]));
    let differences = all(TreeDiff::new(&objects, tree(before), tree(after)));
    assert_eq!(letters(&differences), "M a, A b, D b/c, D d, A d.x, A d/f, M m, M x");
    let added = all(TreeDiff::new(&objects, None, tree(after)));
    assert_eq!(letters(&added), "A a, A b, A d.x, A d/f, A e/same, A m, A x");
    assert!(all(TreeDiff::new(&objects, None, None)).is_empty());
}

#[test]
fn what_is_no_tree_is_compared_at_the_empty_path() {
    let mut objects = Objects::default();
    let folder = objects.tree(&files(&[("a", Mode::Normal, 1)]));
    let file = |number| {
        Some(Found {
            mode: Mode::Normal,
            id: id(number),
        })
    };
    assert_eq!(letters(&all(TreeDiff::new(&objects, file(1), file(2)))), "M ");
    assert_eq!(letters(&all(TreeDiff::new(&objects, file(1), None))), "D ");
    assert_eq!(letters(&all(TreeDiff::new(&objects, file(1), tree(folder)))), "D , A a");
    assert!(all(TreeDiff::new(&objects, file(1), file(1))).is_empty());
}

#[test]
fn odd_modes_of_old_are_no_difference() {
    let mut objects = Objects::default();
    let mut side = |mode: &str| {
        let data = [mode.as_bytes(), b" a\0", id(1).as_bytes()].concat();
        objects.add(Kind::Tree, data)
    };
    let (old, new) = (side("100664"), side("100644"));
    assert!(all(TreeDiff::new(&objects, tree(old), tree(new))).is_empty());
}

#[test]
fn trees_that_multiply_end_at_the_limit() {
    let mut objects = Objects::default();
    let mut bomb = objects.tree(&BTreeMap::new());
    for _ in 0..30 {
        bomb = objects.tree(&BTreeMap::from(
            ["a", "b"].map(|name| (name.to_owned(), (Mode::Tree, bomb))),
        ));
    }
    let mut walk = TreeDiff::new(&objects, None, tree(bomb)).limit(1000);
    assert!(matches!(walk.next(), Some(Err(WalkError::TooFar(1000)))));
    assert!(walk.next().is_none());
}

/// Counts what is read.
struct Counting<'a>(&'a Objects, Cell<usize>);

impl Find for Counting<'_> {
    fn format(&self) -> ObjectFormat {
        self.0.format()
    }

    fn find(&self, id: &oid) -> Result<Option<(Kind, Bytes)>, FindError> {
        self.1.set(self.1.get() + 1);
        self.0.find(id)
    }
}

#[test]
fn a_page_costs_only_the_trees_that_it_needs() {
    let mut objects = Objects::default();
    let mut files: BTreeMap<String, (Mode, ObjectId)> = (0..50_000)
        .map(|at| (format!("{:03}/{:02}/file", at / 100, at % 100), (Mode::Normal, id(1))))
        .collect();
    let before = objects.tree(&files);
    for path in ["100/50/file", "200/50/file", "300/50/file"] {
        files.insert(path.to_owned(), (Mode::Normal, id(2)));
    }
    let after = objects.tree(&files);
    let counting = Counting(&objects, Cell::new(0));
    assert_eq!(TreeDiff::new(&counting, tree(before), tree(after)).count(), 3);
    assert_eq!(counting.1.replace(0), 2 + 3 * 4);
    let mut page = TreeDiff::new(&counting, None, tree(after)).resume_after(b"200/50/file");
    assert_eq!(page.next().unwrap().unwrap().path, b"200/51/file");
    // The root, and what leads to where the walk resumes and to what is next.
    assert_eq!(counting.1.get(), 4);
}

proptest! {
    #[test]
    fn differences_are_those_of_the_lists_of_files(before in any_files(), after in any_files(), at in any::<prop::sample::Index>()) {
        let mut objects = Objects::default();
        let (old, new) = (objects.tree(&before), objects.tree(&after));
        let found = |file: Option<&(Mode, ObjectId)>| file.map(|&(mode, id)| Found { mode, id });
        let paths: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let expected: Vec<Difference> = paths
            .into_iter()
            .filter(|path| before.get(*path) != after.get(*path))
            .map(|path| Difference {
                path: path.clone().into(),
                before: found(before.get(path)),
                after: found(after.get(path)),
            })
            .collect();
        prop_assert_eq!(&all(TreeDiff::new(&objects, tree(old), tree(new))), &expected);
        if !expected.is_empty() {
            let at = at.index(expected.len());
            let walk = TreeDiff::new(&objects, tree(old), tree(new)).resume_after(&expected[at].path);
            prop_assert_eq!(all(walk), &expected[at + 1..]);
        }
    }

    #[test]
    fn a_walk_resumes_behind_any_path(files in any_files(), path in "[ab][-.a0]?(/[ab][-.0]?){0,3}/?") {
        let mut objects = Objects::default();
        let root = objects.tree(&files);
        let walk = TreeDiff::new(&objects, tree(root), None).resume_after(path.as_bytes());
        let got: Vec<Vec<u8>> = all(walk).into_iter().map(|difference| difference.path).collect();
        let expected: Vec<Vec<u8>> = files.into_keys().filter(|file| *file > path).map(String::into_bytes).collect();
        prop_assert_eq!(got, expected);
    }
}
