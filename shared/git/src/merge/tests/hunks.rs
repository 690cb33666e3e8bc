//! The places at which versions differ.

use crate::merge::{Hunk, HunkSide, Level, hunks};

fn side(start: usize, end: usize, content: &str) -> HunkSide {
    HunkSide {
        start,
        end,
        content: content.as_bytes().to_vec(),
    }
}

const BASE: &[u8] = b"1\n2\n3\n4\n5\n6\n";

#[test]
fn hunks_say_which_lines_of_each_version_differ_and_whether_they_conflict() {
    let ours = b"one\n2\n3\n4\n5\nsix\nseven\n";
    let theirs = b"1\n2\nthree\n4\n5\nVI\n";
    let expected = [
        Hunk {
            is_conflict: false,
            base: side(0, 1, "1\n"),
            destination: side(0, 1, "one\n"),
            source: side(0, 1, "1\n"),
        },
        Hunk {
            is_conflict: false,
            base: side(2, 3, "3\n"),
            destination: side(2, 3, "3\n"),
            source: side(2, 3, "three\n"),
        },
        Hunk {
            is_conflict: true,
            base: side(5, 6, "6\n"),
            destination: side(5, 7, "six\nseven\n"),
            source: side(5, 6, "VI\n"),
        },
    ];
    assert_eq!(hunks(BASE, ours, theirs, Level::Line), expected);
}

#[test]
fn a_file_that_both_sides_changed_is_one_hunk_by_file() {
    let expected = [Hunk {
        is_conflict: true,
        base: side(0, 2, "1\n2\n"),
        destination: side(0, 2, "one\n2\n"),
        source: side(0, 3, "1\n2\n3\n"),
    }];
    assert_eq!(hunks(b"1\n2\n", b"one\n2\n", b"1\n2\n3\n", Level::File), expected);
}

#[test]
fn a_version_that_is_missing_has_no_lines() {
    let hunks = hunks(b"", b"a\n", b"b\n", Level::Line);
    assert_eq!((&hunks[0].base, hunks[0].is_conflict), (&side(0, 0, ""), true));
}

#[test]
fn binary_files_have_no_hunks() {
    assert_eq!(hunks(BASE, b"1\0", b"2", Level::Line), []);
}
