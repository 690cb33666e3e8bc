//! What is a conflict, and what is said of it.

use super::{Case, only};
use crate::merge::{Change, Level, Strategy};
use crate::tree::Mode;

const LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8\n";

fn changed(from: &str, to: &str) -> String {
    LINES.replace(from, to)
}

#[test]
fn changes_to_different_lines_of_a_file_conflict_by_file_and_not_by_line() {
    let (ours, theirs) = (changed("1", "one"), changed("8", "eight"));
    let case = Case::new(&[("f", LINES)], &[("f", &ours)], &[("f", &theirs)]);
    let merged = case.merge(Level::Line, Strategy::Nothing);
    assert_eq!(merged.conflicts, []);
    assert_eq!(case.at(&merged, "f"), "one\n2\n3\n4\n5\n6\n7\neight\n");

    let merged = case.merge(Level::File, Strategy::Nothing);
    let conflict = only(&merged);
    assert!(merged.tree.is_none());
    assert!(conflict.is_content_conflict && !conflict.is_file_mode_conflict && !conflict.is_object_type_conflict);
    assert_eq!(conflict.conflicts, 1);
}

#[test]
fn the_same_change_on_both_sides_is_no_conflict() {
    let ours = changed("1", "one");
    let case = Case::new(&[("f", LINES)], &[("f", &ours)], &[("f", &ours)]);
    let merged = case.merge(Level::File, Strategy::Nothing);
    assert_eq!(case.at(&merged, "f"), ours);
}

#[test]
fn a_change_of_the_mode_and_one_of_the_content_go_together_at_both_levels() {
    let theirs = changed("1", "one");
    let executable = format!("x|{LINES}");
    let case = Case::new(&[("f", LINES)], &[("f", &executable)], &[("f", &theirs)]);
    for level in [Level::File, Level::Line] {
        let merged = case.merge(level, Strategy::Nothing);
        assert_eq!(case.at(&merged, "f"), format!("x|{theirs}"));
    }
}

#[test]
fn a_conflict_says_what_each_side_has_and_did() {
    let theirs = format!("{LINES}\0");
    let case = Case::new(&[("f", LINES)], &[], &[("f", &theirs)]);
    let merged = case.merge(Level::Line, Strategy::Nothing);
    let conflict = only(&merged);
    assert_eq!(conflict.path, b"f");
    assert_eq!(
        (conflict.destination_change, conflict.source_change),
        (Some(Change::Deleted), Some(Change::Modified))
    );
    let base = conflict.base.unwrap();
    assert_eq!((base.size, base.is_binary, base.mode), (16, false, Mode::Normal));
    assert!(conflict.destination.is_none());
    let source = conflict.source.unwrap();
    assert_eq!((source.size, source.is_binary), (17, true));
    assert_eq!(conflict.conflicts, 1);
}

#[test]
fn places_in_conflict_are_counted() {
    let (ours, theirs) = (
        changed("1", "one").replace('8', "ours"),
        changed("1", "uno").replace('8', "theirs"),
    );
    let case = Case::new(&[("f", LINES)], &[("f", &ours)], &[("f", &theirs)]);
    assert_eq!(only(&case.merge(Level::Line, Strategy::Nothing)).conflicts, 2);
    assert_eq!(only(&case.merge(Level::File, Strategy::Nothing)).conflicts, 1);
}

#[test]
fn modes_that_both_sides_added_differently_conflict() {
    let executable = format!("x|{LINES}");
    let case = Case::new(&[], &[("f", LINES)], &[("f", &executable)]);
    let merged = case.merge(Level::Line, Strategy::Nothing);
    let conflict = only(&merged);
    assert!(conflict.is_file_mode_conflict && !conflict.is_content_conflict);
    assert_eq!((conflict.conflicts, conflict.source_change), (1, Some(Change::Added)));
}

#[test]
fn a_file_and_a_folder_conflict_by_type() {
    let case = Case::new(
        &[("k", "")],
        &[("k", ""), ("d", "file\n")],
        &[("k", ""), ("d/f", "in folder\n")],
    );
    let merged = case.merge(Level::Line, Strategy::Nothing);
    let conflict = only(&merged);
    assert_eq!(conflict.path, b"d");
    assert!(conflict.is_object_type_conflict && !conflict.is_content_conflict);
    assert_eq!(conflict.destination.unwrap().mode, Mode::Normal);
    assert_eq!(conflict.source.unwrap().mode, Mode::Tree);
}

#[test]
fn changes_follow_a_file_that_the_other_side_renamed() {
    let (ours, theirs) = (changed("1", "one"), changed("8", "eight"));
    let case = Case::new(&[("old", LINES)], &[("old", &ours)], &[("new", &theirs)]);
    let merged = case.merge(Level::Line, Strategy::Nothing);
    assert_eq!(case.at(&merged, "new"), "one\n2\n3\n4\n5\n6\n7\neight\n");
    assert_eq!(case.at(&merged, "old"), "nothing");
    assert_eq!(only(&case.merge(Level::File, Strategy::Nothing)).path, b"new");
}

#[test]
fn changes_follow_a_file_that_was_renamed_to_where_a_folder_was() {
    let (ours, theirs) = (changed("1", "one"), changed("8", "eight"));
    let case = Case::new(
        &[("old", LINES), ("d/f", "")],
        &[("d", &ours)],
        &[("old", &theirs), ("d/f", "")],
    );
    let merged = case.merge(Level::Line, Strategy::Nothing);
    assert_eq!(case.at(&merged, "d"), "one\n2\n3\n4\n5\n6\n7\neight\n");
    assert_eq!(case.at(&merged, "old"), "nothing");
}
