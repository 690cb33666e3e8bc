//! Real `git diff` compares the same files.

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::*;

/// What git says, from the first hunk on, without the names of functions.
fn git(folder: &Path, before: &str, after: &str, context: usize, ignore_whitespace: bool) -> String {
    fs::write(folder.join("a"), before).unwrap();
    fs::write(folder.join("b"), after).unwrap();
    let output = Command::new("git")
        .args(["diff", "--no-index", "--no-color", "--text", &format!("-U{context}")])
        .args(ignore_whitespace.then_some("-w"))
        .args(["a", "b"])
        .current_dir(folder)
        .env("HOME", folder)
        .env("GIT_CONFIG_GLOBAL", folder.join("none"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CEILING_DIRECTORIES", folder)
        .env("LC_ALL", "C")
        .output()
        .expect("git runs");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.split_inclusive('\n').skip_while(|line| !line.starts_with("@@"));
    lines
        .map(
            |line| match line.strip_prefix("@@").and_then(|line| line.split_once(" @@")) {
                Some((ranges, _)) => format!("@@{ranges} @@\n"),
                None => line.to_owned(),
            },
        )
        .collect()
}

#[test]
fn hunks_are_those_of_git() {
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let pairs = (any_pair(), 0usize..5, any::<bool>());
    for _ in 0..300 {
        let ((before, after), context, ignore_whitespace) = pairs.new_tree(&mut runner).unwrap().current();
        let expected = git(folder.path(), &before, &after, context, ignore_whitespace);
        let got = patch(&diff(&before, &after, ignore_whitespace), context);
        assert_eq!(
            got, expected,
            "-U{context} -w={ignore_whitespace}\n{before:?}\n{after:?}"
        );
    }
}
