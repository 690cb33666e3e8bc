//! Random merges, compared with those of `git merge-tree`.

use std::collections::HashSet;
use std::ops::Range;

use super::history::{Expected, merge_tree};
use crate::find::Find;
use crate::hash::ObjectId;
use crate::merge::{Conflict, Level, Merged, Options, Strategy, merge_commits};
use crate::merge_base::merge_bases;
use crate::testing::random::Random;
use crate::testing::repository::{Files, Memory};
use crate::tree::{Mode, read_tree};

/// How many merges are compared; enough to meet each kind of conflict, and few enough for every run of the tests.
const MERGES: u64 = 400;

const FOLDERS: [&str; 6] = ["", "a/", "a/b/", "c/", "d/", "d/e/"];
const LINK: &str = "1111111111111111111111111111111111111111";

fn text(random: &mut Random, tag: usize) -> Vec<u8> {
    let lines = 3 + random.below(24);
    let has_repeats = random.is(30);
    let end = if random.is(10) { "\r\n" } else { "\n" };
    let mut out = Vec::new();
    for line in 0..lines {
        let text = if has_repeats && random.is(50) {
            "}".to_owned()
        } else {
            format!("line {line} of {tag}")
        };
        out.extend_from_slice(format!("{text}{end}").as_bytes());
    }
    if random.is(10) {
        out.pop();
    }
    if random.is(4) {
        out.insert(0, 0);
    }
    out
}

fn changed(random: &mut Random, data: &[u8], tag: usize) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = data
        .split_inclusive(|&byte| byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    for _ in 0..=random.below(3) {
        let at = random.below(lines.len() + 1);
        let new = format!("new {} by {tag}\n", random.below(3)).into_bytes();
        match random.below(5) {
            0 => lines.insert(at, new),
            1 if at < lines.len() => drop(lines.remove(at)),
            2 if at < lines.len() => lines[at] = b"}\n".to_vec(),
            3 if at < lines.len() && lines[at].ends_with(b"\n") && at + 1 == lines.len() => drop(lines[at].pop()),
            _ if at < lines.len() => lines[at] = new,
            _ => lines.push(new),
        }
    }
    lines.concat()
}

fn random_path(random: &mut Random) -> String {
    let folder = random.pick(&FOLDERS);
    format!("{folder}f{}", random.below(7))
}

fn is_free(files: &Files, path: &str) -> bool {
    let below = format!("{path}/");
    let is_above = |other: &String| path.starts_with(&format!("{other}/"));
    !files.contains_key(path) && !files.keys().any(|other| other.starts_with(&below) || is_above(other))
}

fn put(files: &mut Files, path: &str, file: (Mode, Vec<u8>)) {
    let below = format!("{path}/");
    files.retain(|other, _| !other.starts_with(&below) && !path.starts_with(&format!("{other}/")));
    files.insert(path.to_owned(), file);
}

fn base(random: &mut Random) -> Files {
    let mut files = Files::new();
    for tag in 0..3 + random.below(10) {
        let path = random_path(random);
        let file = match random.below(20) {
            0 => (Mode::Symlink, format!("to{}", random.below(3)).into_bytes()),
            1 => (Mode::Gitlink, LINK.into()),
            2 => (Mode::Executable, text(random, tag)),
            3 => (Mode::Normal, Vec::new()),
            _ => (Mode::Normal, text(random, tag)),
        };
        put(&mut files, &path, file);
    }
    files
}

fn change(random: &mut Random, files: &mut Files, tag: usize) {
    let all: Vec<String> = files.keys().cloned().collect();
    if all.is_empty() {
        files.insert("f0".to_owned(), (Mode::Normal, text(random, tag)));
        return;
    }
    let path = random.pick(&all).clone();
    let file = files[&path].clone();
    let edited = |random: &mut Random| match file.0 {
        Mode::Normal | Mode::Executable => (file.0, changed(random, &file.1, tag)),
        Mode::Symlink => (file.0, format!("to{}", random.below(5)).into_bytes()),
        mode => (mode, LINK.replace('1', &(1 + random.below(3)).to_string()).into_bytes()),
    };
    match random.below(24) {
        0..=6 => drop(files.insert(path, edited(random))),
        7 | 8 => drop(files.remove(&path)),
        9..=12 => {
            let target = random_path(random);
            let moved = if random.is(50) { edited(random) } else { file };
            if is_free(files, &target) || random.is(20) {
                files.remove(&path);
                put(files, &target, moved);
            }
        }
        13..=15 => {
            let from = *random.pick(&FOLDERS[1..]);
            let to = ["g/", "c/", "h/i/", "a/", ""][random.below(5)];
            let moved: Vec<String> = files.keys().filter(|path| path.starts_with(from)).cloned().collect();
            for path in moved {
                let mut file = files.remove(&path).unwrap();
                if file.0 == Mode::Normal && random.is(20) {
                    file.1 = changed(random, &file.1, tag);
                }
                let target = format!("{to}{}", &path[from.len()..]);
                put(files, &target, file);
            }
        }
        16..=18 => {
            let target = random_path(random);
            let new = if random.is(30) { file.1 } else { text(random, 100 + tag) };
            if file.0 != Mode::Gitlink && (is_free(files, &target) || random.is(10)) {
                put(files, &target, (Mode::Normal, new));
            }
        }
        19 => match file.0 {
            Mode::Normal => drop(files.insert(path, (Mode::Executable, file.1))),
            Mode::Executable => drop(files.insert(path, (Mode::Normal, file.1))),
            _ => {}
        },
        20 => drop(files.insert(path, (Mode::Symlink, b"else".to_vec()))),
        21 => drop(files.insert(path, (Mode::Gitlink, LINK.into()))),
        22 => {
            files.remove(&path);
            let inner = format!("{path}/x{}", random.below(2));
            files.insert(inner, (Mode::Normal, text(random, tag)));
        }
        _ => {
            let folder = random.pick(&FOLDERS[1..]).trim_end_matches('/');
            put(files, folder, (Mode::Normal, text(random, tag)));
        }
    }
}

fn changed_files(random: &mut Random, files: &Files, tag: usize) -> Files {
    let mut files = files.clone();
    for _ in 0..=random.below(4) {
        change(random, &mut files, tag);
    }
    files
}

/// Two commits to be merged.
fn history(memory: &mut Memory, random: &mut Random) -> (ObjectId, ObjectId) {
    let files = base(random);
    let root = memory.commit(&files, &[], 0);
    let shared = changed_files(random, &files, 9);
    let files = if random.is(20) { &shared } else { &files };
    let (ours, theirs) = (changed_files(random, files, 1), changed_files(random, files, 2));
    let a = memory.commit(&ours, &[root], 1);
    let b = memory.commit(&theirs, &[root], 2);
    if random.is(80) {
        return (a, b);
    }
    let mut sides = (ours, theirs, a, b);
    for round in 0..=u64::try_from(random.below(2)).unwrap() {
        let (ours, theirs, a, b) = sides;
        let mixed = |random: &mut Random| {
            let (first, second) = if random.is(50) {
                (&ours, &theirs)
            } else {
                (&theirs, &ours)
            };
            let mut mixed = first.clone();
            for (path, file) in second {
                if random.is(50) && is_free(&mixed, path) || mixed.contains_key(path) && random.is(50) {
                    mixed.insert(path.clone(), file.clone());
                }
            }
            mixed
        };
        let (our_mix, their_mix) = (mixed(random), mixed(random));
        let next = changed_files(random, &our_mix, 3);
        let other = changed_files(random, &their_mix, 4);
        let c = memory.commit(&next, &[a, b], 3 + 2 * round);
        let d = memory.commit(&other, &[b, a], 4 + 2 * round);
        sides = (next, other, c, d);
    }
    (sides.2, sides.3)
}

/// What differs from git's merge.
fn difference(merged: &Merged, expected: &Expected) -> Option<String> {
    let path = |conflict: &Conflict| String::from_utf8_lossy(&conflict.path).into_owned();
    let mut conflicts: Vec<String> = merged.conflicts.iter().map(path).collect();
    conflicts.sort();
    if conflicts != expected.conflicts {
        return Some(format!(
            "conflicts {conflicts:?} instead of {:?}: {:?}",
            expected.conflicts, expected.messages
        ));
    }
    let tree = merged.tree.as_ref().map(|tree| tree.id);
    if expected.is_clean && tree != Some(expected.tree) {
        return Some(format!("tree {tree:?} instead of {}", expected.tree));
    }
    None
}

/// Whether git's merge may differ, as `docs/merges.md` says.
fn may_differ(memory: &Memory, commits: &[ObjectId], expected: &Expected) -> bool {
    let kinds = [
        "directory rename split",
        "implicit dir rename",
        "rename involved in collision",
    ];
    kinds
        .iter()
        .any(|kind| expected.messages.iter().any(|message| message.contains(kind)))
        || commits.iter().any(|commit| has_equal_files(memory, *commit))
}

/// Whether a commit has two files that are equal, each of which might be the one that was renamed.
fn has_equal_files(memory: &Memory, commit: ObjectId) -> bool {
    let mut folders = vec![Find::commit(memory, &commit).unwrap().tree];
    let mut blobs = HashSet::new();
    while let Some(folder) = folders.pop() {
        for entry in read_tree(memory, &folder).unwrap() {
            match entry.mode {
                Mode::Tree => folders.push(entry.id),
                _ if !blobs.insert(entry.id) => return true,
                _ => {}
            }
        }
    }
    false
}

/// Compares random merges with git's; returns what differs that may not, and how many differ that may.
fn compare(seeds: Range<u64>, strategy: &Strategy, flags: &[&str]) -> (Vec<String>, usize) {
    let mut memory = Memory::default();
    let pairs: Vec<_> = seeds
        .clone()
        .map(|seed| history(&mut memory, &mut Random::new(seed)))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    memory.import(folder.path());
    let expected = merge_tree(folder.path(), &pairs, flags);
    let options = Options {
        level: Level::Line,
        strategy: strategy.clone(),
        ..Options::default()
    };
    let (mut wrong, mut tolerated, mut clean) = (Vec::new(), 0, 0);
    for ((&(ours, theirs), expected), seed) in pairs.iter().zip(&expected).zip(seeds) {
        let bases = merge_bases(&memory, &ours, &theirs, 1000).unwrap();
        let merged = merge_commits(&memory, &bases, &ours, &theirs, &options).unwrap();
        let Some(expected) = expected else {
            tolerated += 1;
            continue;
        };
        clean += usize::from(expected.is_clean);
        let difference = if flags.is_empty() {
            difference(&merged, expected)
        } else {
            // What git leaves open although told which side to take is resolved here.
            (expected.is_clean && merged.tree.as_ref().is_none_or(|tree| tree.id != expected.tree))
                .then(|| "another tree".to_owned())
        };
        match difference {
            Some(_) if may_differ(&memory, &[&[ours, theirs], bases.as_slice()].concat(), expected) => tolerated += 1,
            Some(difference) => wrong.push(format!("{seed}: {ours} {theirs} {difference}")),
            None => {}
        }
    }
    println!("{clean} clean, {tolerated} tolerated, {} wrong", wrong.len());
    (wrong, tolerated)
}

#[test]
fn merges_come_out_as_those_of_git() {
    let (wrong, tolerated) = compare(0..MERGES, &Strategy::Nothing, &[]);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tolerated * 20 < usize::try_from(MERGES).unwrap(), "{tolerated} differ");
}

#[test]
fn conflicting_lines_take_the_side_that_git_takes() {
    for (strategy, flag) in [
        (Strategy::AcceptDestination, "-Xours"),
        (Strategy::AcceptSource, "-Xtheirs"),
    ] {
        let (wrong, _) = compare(0..MERGES / 2, &strategy, &[flag]);
        assert!(wrong.is_empty(), "{flag}: {}", wrong.join("\n"));
    }
}
