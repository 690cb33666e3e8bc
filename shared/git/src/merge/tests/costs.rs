//! What merges may cost.

use std::time::Instant;

use super::{Case, files};
use crate::hash::ObjectId;
use crate::merge::{Level, Limits, MergeError, Merged, Options, merge_trees};
use crate::object::Kind;
use crate::testing::repository::{Files, Memory};
use crate::tree::{Entry, Mode, write_tree};

fn merge(memory: &Memory, trees: [ObjectId; 3], limits: Limits) -> Result<Merged, MergeError> {
    let options = Options {
        level: Level::Line,
        limits,
        ..Options::default()
    };
    merge_trees(memory, trees[0], trees[1], trees[2], &options)
}

#[test]
fn more_differences_than_allowed_are_refused() {
    let case = Case::new(&[], &[("a", "1"), ("b", "2"), ("c", "3")], &[]);
    let limits = |items| Limits {
        items,
        ..Limits::default()
    };
    assert!(matches!(
        merge(&case.memory, case.trees, limits(2)),
        Err(MergeError::TooManyItems)
    ));
    assert!(merge(&case.memory, case.trees, limits(3)).is_ok());
}

#[test]
fn more_content_than_allowed_is_refused() {
    let case = Case::new(&[("a", "1\n")], &[("a", "22\n")], &[("a", "33\n")]);
    let limits = |content| Limits {
        content,
        ..Limits::default()
    };
    assert!(matches!(
        merge(&case.memory, case.trees, limits(7)),
        Err(MergeError::TooMuchContent)
    ));
    // Read to be merged, and once more to be described.
    assert!(merge(&case.memory, case.trees, limits(16)).is_ok());
}

#[test]
fn trees_that_git_would_not_make_are_refused_or_merged_without_panic() {
    let mut memory = Memory::default();
    let blob = memory.put(Kind::Blob, b"x".to_vec());
    let entry = |mode, name: &str| Entry {
        mode,
        name: name.as_bytes().to_vec(),
        id: blob,
    };
    let empty = memory.put(Kind::Tree, Vec::new());
    let twice = memory.put(
        Kind::Tree,
        write_tree(vec![entry(Mode::Normal, "a"), entry(Mode::Executable, "a")]),
    );
    assert!(merge(&memory, [empty, twice, empty], Limits::default()).is_err());
    let slash = memory.put(Kind::Tree, write_tree(vec![entry(Mode::Normal, "a/b")]));
    assert!(merge(&memory, [empty, slash, empty], Limits::default()).is_err());
    // A folder that is a blob, and a tree that ends amid an entry.
    let no_tree = memory.put(Kind::Tree, write_tree(vec![entry(Mode::Tree, "a")]));
    assert!(merge(&memory, [empty, no_tree, empty], Limits::default()).is_err());
    let cut = memory.put(Kind::Tree, b"100644 a\0xx".to_vec());
    assert!(merge(&memory, [empty, cut, empty], Limits::default()).is_err());
    let reversed: Vec<u8> = ["b", "a"]
        .iter()
        .flat_map(|name| [b"100644 ".as_slice(), name.as_bytes(), b"\0", blob.as_bytes()].concat())
        .collect();
    let reversed = memory.put(Kind::Tree, reversed);
    assert!(merge(&memory, [empty, reversed, empty], Limits::default()).is_ok());
}

#[test]
fn deep_folders_are_merged_and_bounded() {
    let mut memory = Memory::default();
    let nested = |memory: &mut Memory, data: &str, depth: usize| {
        let id = memory.put(Kind::Blob, data.as_bytes().to_vec());
        let (mode, name) = (Mode::Normal, b"f".to_vec());
        let mut tree = memory.put(Kind::Tree, write_tree(vec![Entry { mode, name, id }]));
        for _ in 0..depth {
            let (mode, name) = (Mode::Tree, b"d".to_vec());
            tree = memory.put(Kind::Tree, write_tree(vec![Entry { mode, name, id: tree }]));
        }
        tree
    };
    let trees = ["1\n2\n3\n4\n5\n6\n", "one\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\n5\nsix\n"];
    let shallow = trees.map(|data| nested(&mut memory, data, 1000));
    assert!(merge(&memory, shallow, Limits::default()).unwrap().tree.is_some());
    let deep = trees.map(|data| nested(&mut memory, data, 20_000));
    assert!(matches!(
        merge(&memory, deep, Limits::default()),
        Err(MergeError::TooManyItems)
    ));
}

#[test]
fn texts_that_divide_badly_are_merged() {
    let mut memory = Memory::default();
    let text = |order: &mut dyn Iterator<Item = usize>| order.map(|line| format!("{line}\n")).collect::<String>();
    let count = 5000;
    let base = text(&mut (0..count));
    let reversed = text(&mut (0..count).rev());
    let shuffled = text(&mut (0..count).map(|line| line * 7 % count));
    let trees = [base, reversed, shuffled].map(|data| memory.tree(&files(&[("f", &data)])));
    assert_eq!(merge(&memory, trees, Limits::default()).unwrap().conflicts.len(), 1);
}

#[test]
fn equal_folders_are_not_read() {
    let mut memory = Memory::default();
    let all: Files = (0..50_000)
        .map(|at| {
            (
                format!("d{}/e{}/f{at}", at % 50, at % 500),
                (Mode::Normal, format!("{at}\n").into_bytes()),
            )
        })
        .collect();
    let changed = |start: usize| {
        let mut files = all.clone();
        for at in (start..50_000).step_by(5000) {
            files.insert(
                format!("d{}/e{}/f{at}", at % 50, at % 500),
                (Mode::Normal, b"changed\n".to_vec()),
            );
        }
        files
    };
    let trees = [&all, &changed(1), &changed(2)].map(|files| memory.tree(files));
    let start = Instant::now();
    let merged = merge(&memory, trees, Limits::default()).unwrap();
    println!("merged in {:?}", start.elapsed());
    assert_eq!(merged.conflicts, []);
    let flat: Files = (0..50_000)
        .map(|at| (format!("f{at}"), (Mode::Normal, format!("{at}\n").into_bytes())))
        .collect();
    let changed = |start: usize| {
        let mut files = flat.clone();
        for at in (start..50_000).step_by(5000) {
            files.insert(format!("f{at}"), (Mode::Normal, b"changed\n".to_vec()));
        }
        files
    };
    let trees = [&flat, &changed(1), &changed(2)].map(|files| memory.tree(files));
    let start = Instant::now();
    merge(&memory, trees, Limits::default()).unwrap();
    println!("flat: merged in {:?}", start.elapsed());
}
