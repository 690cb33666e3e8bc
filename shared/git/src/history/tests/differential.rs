//! Real `git log` tells the same histories.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::*;
use crate::hash::parse_hex;

type Files = BTreeMap<String, (bool, String)>;

/// A commit to be made: the places of its parents, its time, its files.
struct Planned {
    parents: Vec<usize>,
    time: i64,
    files: Files,
}

fn git(folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("git")
        .args(["-c", "core.fsync=none"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_DIR", folder)
        .env("HOME", folder)
        .env("GIT_CONFIG_GLOBAL", folder.join("none"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    output.stdout
}

/// Makes the commits with git in a fresh repository; all objects, and the ids of the commits.
fn repository(folder: &Path, commits: &[Planned]) -> (Objects, Vec<ObjectId>) {
    let mut stream = String::new();
    for (at, commit) in commits.iter().enumerate() {
        writeln!(stream, "commit refs/heads/c{at}\nmark :{}", at + 1).unwrap();
        writeln!(stream, "committer C <c@example.com> {} +0000\ndata 1\nm", commit.time).unwrap();
        for (nth, parent) in commit.parents.iter().enumerate() {
            let word = if nth == 0 { "from" } else { "merge" };
            writeln!(stream, "{word} :{}", parent + 1).unwrap();
        }
        writeln!(stream, "deleteall").unwrap();
        for (path, (executable, content)) in &commit.files {
            let mode = if *executable { "100755" } else { "100644" };
            writeln!(stream, "M {mode} inline {path}\ndata {}\n{content}", content.len()).unwrap();
        }
    }
    git(folder, &["init", "-q", "--bare"], b"");
    git(
        folder,
        &["fast-import", "--quiet", "--export-marks=marks"],
        stream.as_bytes(),
    );
    let marks = std::fs::read_to_string(folder.join("marks")).unwrap();
    let mut ids = vec![id(0); commits.len()];
    for line in marks.lines() {
        let (mark, hex) = line.strip_prefix(':').unwrap().split_once(' ').unwrap();
        ids[mark.parse::<usize>().unwrap() - 1] = parse_hex(ObjectFormat::Sha1, hex.as_bytes()).unwrap();
    }

    let mut objects = Objects::default();
    let all = git(folder, &["cat-file", "--batch-all-objects", "--batch"], b"");
    let mut rest = &all[..];
    while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
        let header: Vec<&str> = std::str::from_utf8(&rest[..end]).unwrap().split(' ').collect();
        let size: usize = header[2].parse().unwrap();
        let kind = Kind::from_name(header[1].as_bytes()).unwrap();
        objects.add(kind, rest[end + 1..end + 1 + size].to_vec());
        rest = &rest[end + 2 + size..];
    }
    (objects, ids)
}

/// Lines of ids.
fn log(folder: &Path, arguments: &[&str]) -> Vec<Vec<ObjectId>> {
    let output = String::from_utf8(git(folder, &[&["log"], arguments].concat(), b"")).unwrap();
    let id = |hex: &str| parse_hex(ObjectFormat::Sha1, hex.as_bytes()).unwrap();
    output
        .lines()
        .map(|line| line.split_whitespace().map(id).collect())
        .collect()
}

const PATHS: [&str; 5] = ["a", "b", "d/a", "d/b", "d/e/a"];

/// What a commit does to the files: edits, renames with or without an edit, removes, makes, makes executable.
fn change(files: &mut Files, born: &mut usize, (what, path, to): (u8, usize, usize)) {
    let (path, to) = (PATHS[path], PATHS[to]);
    *born += 1;
    let edited = |content: &str| {
        let mut lines: Vec<String> = content.lines().map(Into::into).collect();
        let at = *born % lines.len();
        lines[at] = format!("line made by edit {born}");
        lines.join("\n") + "\n"
    };
    match (what, files.get(path).cloned()) {
        (_, None) => {
            let lines = (0..12).map(|line| format!("line {line} of the file that was made by {born}\n"));
            files.insert(path.into(), (false, lines.collect()));
        }
        (0 | 1, Some((mode, content))) => drop(files.insert(path.into(), (mode, edited(&content)))),
        (2 | 3, Some((mode, content))) if !files.contains_key(to) => {
            files.remove(path);
            files.insert(to.into(), (mode, if what == 2 { content } else { edited(&content) }));
        }
        (4, Some(_)) => drop(files.remove(path)),
        (5, Some((mode, content))) => drop(files.insert(path.into(), (!mode, content))),
        _ => {}
    }
}

#[test]
fn files_are_followed_through_renames_as_by_git() {
    let mut runner = TestRunner::deterministic();
    let step = prop::collection::vec((0u8..6, 0usize..5, 0usize..5), 1..3);
    let steps = prop::collection::vec(step, 1..30);
    let mut renames = 0;
    for _ in 0..25 {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::new();
        let mut born = 0;
        let mut commits: Vec<Planned> = Vec::new();
        for (at, changes) in steps.new_tree(&mut runner).unwrap().current().into_iter().enumerate() {
            changes.into_iter().for_each(|it| change(&mut files, &mut born, it));
            commits.push(Planned {
                parents: at.checked_sub(1).into_iter().collect(),
                time: i64::try_from(at / 3).unwrap(),
                files: files.clone(),
            });
        }
        let (objects, ids) = repository(folder.path(), &commits);
        let tip = *ids.last().unwrap();
        for path in PATHS {
            let hex = tip.to_string();
            let follow = ["--follow", "--diff-filter=d", "--format=%H", &hex, "--", path];
            let expected: Vec<ObjectId> = log(folder.path(), &follow).concat();
            let got = all(&objects, tip, path, usize::MAX, usize::MAX);
            renames += got.windows(2).filter(|pair| pair[0].path != pair[1].path).count();
            let got: Vec<ObjectId> = got.iter().map(|version| version.commit).collect();
            assert_eq!(got, expected, "{path}");
        }
    }
    assert!(renames > 20, "{renames}");
}

#[test]
fn branches_are_simplified_as_by_git() {
    let mut runner = TestRunner::deterministic();
    // How far back the parents lie, what the commit does to its file, and how much time passed.
    let step = (prop::collection::vec(0usize..4, 1..3), 0u8..5, 0i64..2);
    let steps = prop::collection::vec(step, 2..40);
    let mut merges = 0;
    for _ in 0..40 {
        let folder = tempfile::tempdir().unwrap();
        let mut commits: Vec<Planned> = Vec::new();
        let mut time = 0;
        for (at, (back, what, passed)) in steps.new_tree(&mut runner).unwrap().current().into_iter().enumerate() {
            let mut parents: Vec<usize> = Vec::new();
            for back in back.iter().filter(|_| at > 0) {
                let parent = at - 1 - back.min(&(at - 1));
                if !parents.contains(&parent) {
                    parents.push(parent);
                }
            }
            let mut files = Files::new();
            for parent in &parents {
                files.extend(commits[*parent].files.clone());
            }
            match what {
                0 | 1 => {}
                // Branches that come to the same are simplified.
                2 => drop(files.insert("f".into(), (false, "same\n".into()))),
                _ => drop(files.insert("f".into(), (false, format!("{at}\n")))),
            }
            files.insert("other".into(), (false, format!("{at}\n")));
            time += passed;
            commits.push(Planned { parents, time, files });
        }
        let (objects, ids) = repository(folder.path(), &commits);
        let tip = *ids.last().unwrap();
        let lines = log(
            folder.path(),
            &["--parents", "--format=%H %P", &tip.to_string(), "--", "f"],
        );
        let mut children: BTreeMap<ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
        for line in &lines {
            children.entry(line[0]).or_default();
            for parent in &line[1..] {
                children.entry(*parent).or_default().insert(line[0]);
            }
        }
        let got = all(&objects, tip, "f", usize::MAX, usize::MAX);
        let as_sets = got
            .iter()
            .map(|version| (version.commit, version.children.iter().copied().collect()));
        assert_eq!(as_sets.collect::<BTreeMap<_, BTreeSet<_>>>(), children);
        assert_eq!(got.len(), children.len());
        merges += got.iter().filter(|version| version.children.len() > 1).count();
        for (at, version) in got.iter().enumerate() {
            assert!(
                version
                    .children
                    .iter()
                    .all(|child| got[..at].iter().any(|newer| newer.commit == *child))
            );
        }
        for (count, limit) in [(1, usize::MAX), (2, 3), (usize::MAX, 1)] {
            assert_eq!(all(&objects, tip, "f", count, limit), got);
        }
    }
    assert!(merges > 20, "{merges}");
}
