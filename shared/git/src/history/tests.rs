mod differential;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::hash::ObjectFormat;
use crate::object::Kind;
use crate::testing::{Objects, id};
use crate::tree::Mode;

/// Makes a commit whose files have these contents.
fn commit(objects: &mut Objects, files: &[(&str, &str)], parents: &[ObjectId], time: i64) -> ObjectId {
    let mut tree = BTreeMap::new();
    for (path, content) in files {
        let blob = objects.add(Kind::Blob, content.as_bytes().to_vec());
        tree.insert((*path).to_owned(), (Mode::Normal, blob));
    }
    let tree = objects.tree(&tree);
    objects.add_commit(tree, parents, time)
}

/// All versions, in pages of `count` that visit `limit` commits.
fn all(objects: &Objects, tip: ObjectId, path: &str, count: usize, limit: usize) -> Vec<Version> {
    let mut versions = Vec::new();
    let mut cursor = Some(Cursor::start(tip, path.as_bytes()));
    while let Some(next) = cursor {
        let next = Cursor::parse(ObjectFormat::Sha1, &next.to_bytes()).unwrap();
        let page = page(objects, next, count, limit).unwrap();
        assert!(page.versions.len() <= count);
        versions.extend(page.versions);
        cursor = page.next;
    }
    versions
}

fn versions(objects: &Objects, tip: ObjectId, path: &str) -> Vec<(ObjectId, String, Vec<ObjectId>)> {
    let versions = all(objects, tip, path, usize::MAX, usize::MAX).into_iter();
    versions
        .map(|version| {
            (
                version.commit,
                String::from_utf8(version.path).unwrap(),
                version.children,
            )
        })
        .collect()
}

const LINES: &str = "one\ntwo\nthree\nfour\nfive\nsix\n";

#[test]
fn each_line_of_history_has_its_own_name_of_the_file() {
    let mut objects = Objects::default();
    let root = commit(&mut objects, &[("old", LINES)], &[], 1);
    let edited = LINES.replace("one", "1");
    let edit = commit(&mut objects, &[("old", &edited)], &[root], 2);
    let rename = commit(&mut objects, &[("new", LINES)], &[root], 3);
    let merge = commit(&mut objects, &[("new", &edited)], &[rename, edit], 4);
    assert_eq!(
        versions(&objects, merge, "new"),
        [
            (merge, "new".into(), vec![]),
            (rename, "new".into(), vec![merge]),
            (edit, "old".into(), vec![merge]),
            (root, "old".into(), vec![rename, edit]),
        ]
    );
}

#[test]
fn a_branch_that_came_to_nothing_is_left_out() {
    let mut objects = Objects::default();
    let root = commit(&mut objects, &[("f", "a")], &[], 1);
    let edit = commit(&mut objects, &[("f", "b")], &[root], 2);
    let dropped = commit(&mut objects, &[("f", "c")], &[root], 3);
    let merge = commit(&mut objects, &[("f", "b")], &[edit, dropped], 4);
    assert_eq!(
        versions(&objects, merge, "f"),
        [(edit, "f".into(), vec![]), (root, "f".into(), vec![edit])]
    );
}

#[test]
fn removals_are_no_versions_but_older_ones_are_found_behind_them() {
    let mut objects = Objects::default();
    let first = commit(&mut objects, &[("d/f", "a")], &[], 1);
    let removed = commit(&mut objects, &[("x", "x")], &[first], 2);
    let again = commit(&mut objects, &[("d/f", "b"), ("x", "x")], &[removed], 3);
    let expected = [(again, "d/f".to_owned(), vec![]), (first, "d/f".into(), vec![again])];
    assert_eq!(versions(&objects, again, "d/f"), expected);
    assert_eq!(versions(&objects, removed, "d/f"), [(first, "d/f".into(), vec![])]);
    assert!(versions(&objects, again, "d").is_empty());
    assert!(versions(&objects, again, "nothing").is_empty());
}

#[test]
fn of_removed_and_changed_files_the_most_alike_is_followed() {
    let mut objects = Objects::default();
    let near = LINES.replace("six", "6");
    let far = LINES.replace("four\nfive\nsix", "4\n5\n6");
    let other = "nothing of that\n";
    let mut source = |files: &[(&str, &str)], content: &str| {
        let before = commit(&mut objects, files, &[], 1);
        let after = commit(&mut objects, &[("b/f", content)], &[before], 2);
        versions(&objects, after, "b/f").get(1).map(|version| version.1.clone())
    };
    assert_eq!(
        source(&[("a", other), ("n", &near), ("o", &far)], LINES),
        Some("n".into())
    );
    assert_eq!(source(&[("a", LINES), ("n", &near)], LINES), Some("a".into()));
    assert_eq!(source(&[("a", LINES), ("z/f", LINES)], LINES), Some("z/f".into()));
    assert_eq!(source(&[("a", &near), ("z/f", &near)], LINES), Some("z/f".into()));
    assert_eq!(source(&[("a", other)], LINES), None);
    assert_eq!(source(&[("a", "")], LINES), None);
    assert_eq!(source(&[("a", "")], ""), Some("a".into()));

    let before = commit(&mut objects, &[("a", LINES), ("b", other)], &[], 1);
    let after = commit(
        &mut objects,
        &[("a", "replaced"), ("b", other), ("c", &near), ("d", other)],
        &[before],
        2,
    );
    assert_eq!(versions(&objects, after, "c")[1].1, "a");
    assert_eq!(versions(&objects, after, "d").len(), 1);
}

#[test]
fn versions_of_the_same_second_come_before_those_that_led_to_them() {
    let mut objects = Objects::default();
    let root = commit(&mut objects, &[("f", "0")], &[], 5);
    let mut long = root;
    for at in 1..50 {
        long = commit(&mut objects, &[("f", &at.to_string())], &[long], 5);
    }
    let short = commit(&mut objects, &[("f", "short")], &[root], 5);
    let merge = commit(&mut objects, &[("f", "merge")], &[short, long], 5);
    let found = versions(&objects, merge, "f");
    assert_eq!(found.len(), 52);
    assert_eq!(found[51].0, root);
    assert_eq!(found[51].2.len(), 2);
}

#[test]
fn a_page_may_be_short_and_yet_not_the_last() {
    let mut objects = Objects::default();
    let mut tip = commit(&mut objects, &[("f", "a"), ("g", "0")], &[], 1);
    for at in 1..20 {
        tip = commit(
            &mut objects,
            &[("f", "a"), ("g", &at.to_string())],
            &[tip],
            1 + i64::from(at),
        );
    }
    let first = page(&objects, Cursor::start(tip, b"f"), 5, 10).unwrap();
    assert!(first.versions.is_empty());
    let second = page(&objects, first.next.unwrap(), 5, 10).unwrap();
    assert_eq!(second.versions.len(), 1);
    assert!(second.next.is_none());
}

proptest! {
    #[test]
    fn cursors_read_back(
        waiting in prop::collection::vec(
            (any::<i64>(), 0u8.., prop::collection::vec(any::<u8>(), 0..9), prop::collection::vec(0u8.., 0..4)),
            0..4,
        ),
    ) {
        let waiting = waiting.into_iter().map(|(time, commit, path, children)| Waiting {
            time,
            commit: id(commit),
            path,
            children: children.into_iter().map(id).collect(),
        });
        let cursor = Cursor { waiting: waiting.collect() };
        let bytes = cursor.to_bytes();
        prop_assert_eq!(Cursor::parse(ObjectFormat::Sha1, &bytes), Some(cursor.clone()));
        if !bytes.is_empty() {
            prop_assert_ne!(Cursor::parse(ObjectFormat::Sha1, &bytes[..bytes.len() - 1]), Some(cursor));
        }
    }

    #[test]
    fn any_bytes_are_a_cursor_or_refused(bytes in prop::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..120)) {
        if let Some(cursor) = Cursor::parse(ObjectFormat::Sha1, &bytes) {
            prop_assert_eq!(cursor.to_bytes(), bytes);
        }
    }
}
