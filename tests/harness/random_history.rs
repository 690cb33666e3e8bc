//! Histories from a seed, written for `git fast-import`: any size, in any of several shapes, the same on every machine.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    io::{self, BufWriter, Write},
    process::Stdio,
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::Git;

/// The first commit of each history: 2026-01-01T00:00:00Z. Each further one is an hour younger.
const FIRST_COMMIT: u64 = 1_767_225_600;

const WORDS: [&str; 24] = [
    "let", "return", "match", "offset", "object", "length", "if", "else", "buffer", "pack", "index", "while", "commit",
    "tree", "error", "(", ")", "{", "}", "=", "=>", "+ 1", "self.", "none",
];

/// Runs `git fast-import` in the repository of `git` on what `write` writes.
pub fn import(git: &Git, write: impl FnOnce(&mut Stream<'_>) -> io::Result<()>) {
    let mut command = git.command(["fast-import", "--quiet", "--force"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git runs");
    let mut stdin = BufWriter::with_capacity(1 << 20, child.stdin.take().expect("stdin is piped"));
    let written = write(&mut Stream {
        out: &mut stdin,
        mark: 0,
        clock: FIRST_COMMIT,
    });
    drop(stdin);
    let output = child.wait_with_output().expect("git is our child");
    assert!(
        output.status.success(),
        "git fast-import: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    written.expect("git fast-import reads all that is written");
}

/// A history of `commits` commits over several branches with all that Git knows: merges, annotated and nested tags,
/// renames, deletions, links, executables, submodules, binary files.
///
/// # Errors
/// When the stream takes no more.
pub fn mixed(stream: &mut Stream<'_>, seed: u64, commits: usize) -> io::Result<()> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut branches = vec![Branch::new("main")];
    let mut last_tag = None;
    for step in 0..commits {
        if step > 2 && branches.len() < 6 && rng.random_bool(0.1) {
            let mut branch = branches[rng.random_range(0..branches.len())].clone();
            branch.name = format!("topic/{step}");
            branches.push(branch);
        }
        let at = rng.random_range(0..branches.len());
        let other = rng.random_range(0..branches.len());
        let merged = (other != at && rng.random_bool(0.15)).then(|| branches[other].clone());
        mixed_commit(stream, &mut rng, &mut branches[at], merged)?;
        if rng.random_bool(0.1) {
            let target = last_tag.filter(|_| rng.random_bool(0.3)).or(branches[at].tip);
            last_tag = Some(stream.tag(&format!("v{step}"), target.expect("the branch has a commit"))?);
        }
    }
    Ok(())
}

/// One branch of `commits` commits; each rewrites a few lines in one of `files` source files.
///
/// # Errors
/// When the stream takes no more.
pub fn linear(stream: &mut Stream<'_>, seed: u64, commits: usize, files: usize) -> io::Result<()> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut branch = Branch::new("main");
    let mut texts: Vec<Vec<String>> = (0..files).map(|_| lines(&mut rng, 120)).collect();
    stream.commit(&mut branch, None)?;
    for (at, text) in texts.iter().enumerate() {
        stream.modify("100644", &source_path(at), text.concat().as_bytes())?;
    }
    for _ in 1..commits {
        let at = rng.random_range(0..files);
        edit(&mut rng, &mut texts[at]);
        stream.commit(&mut branch, None)?;
        stream.modify("100644", &source_path(at), texts[at].concat().as_bytes())?;
    }
    Ok(())
}

/// One commit of `files` small files in many folders.
///
/// # Errors
/// When the stream takes no more.
pub fn wide(stream: &mut Stream<'_>, seed: u64, files: usize) -> io::Result<()> {
    let mut rng = StdRng::seed_from_u64(seed);
    stream.commit(&mut Branch::new("main"), None)?;
    for at in 0..files {
        stream.modify("100644", &source_path(at), lines(&mut rng, 3).concat().as_bytes())?;
    }
    Ok(())
}

/// `count` commits, each with one file of `bytes` random bytes, which nothing compresses.
///
/// # Errors
/// When the stream takes no more.
pub fn binaries(stream: &mut Stream<'_>, seed: u64, count: usize, bytes: usize) -> io::Result<()> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut branch = Branch::new("main");
    for at in 0..count {
        let mut content = vec![0; bytes];
        rng.fill(content.as_mut_slice());
        stream.commit(&mut branch, None)?;
        stream.modify("100644", &format!("assets/{at}.bin"), &content)?;
    }
    Ok(())
}

/// The branch `main` of one commit of `files` files, fifteen of them text and the others of `bytes` random bytes, and the branches
/// `left` and `right` on top of it with ten files changed each: five are theirs alone, in the other five both edit lines of their own.
/// All files lie in one folder, or fifty in each folder of a tree three levels deep.
///
/// # Errors
/// When the stream takes no more.
pub fn two_sides(stream: &mut Stream<'_>, seed: u64, files: usize, bytes: usize, flat: bool) -> io::Result<()> {
    let mut rng = StdRng::seed_from_u64(seed);
    let path = |at: usize| match flat {
        true => format!("file{at:06}"),
        false => format!("area{}/part{}/file{at}", at / 2500, at / 50 % 50),
    };
    // Spread over the tree, as changes are.
    let text_at = |index: usize| index * (files / 15) + 7;
    let texts: Vec<Vec<String>> = (0..15)
        .map(|_| std::iter::repeat_with(|| line(&mut rng)).take(200).collect())
        .collect();
    let mut main = Branch::new("main");
    stream.commit(&mut main, None)?;
    let mut content = vec![0; bytes];
    for at in 0..files {
        rng.fill(content.as_mut_slice());
        stream.modify("100644", &path(at), &content)?;
    }
    for (index, text) in texts.iter().enumerate() {
        stream.modify("100644", &path(text_at(index)), text.concat().as_bytes())?;
    }
    for (name, changed, edited) in [("left", 0..10, 20), ("right", 5..15, 150)] {
        let mut side = Branch {
            name: name.to_owned(),
            ..main.clone()
        };
        stream.commit(&mut side, None)?;
        for index in changed {
            let mut text = texts[index].clone();
            text[edited] = format!("edited by {name}\n");
            stream.modify("100644", &path(text_at(index)), text.concat().as_bytes())?;
        }
    }
    Ok(())
}

/// `count` branches `refs/heads/many/<n>` and one commit each below a common one.
///
/// # Errors
/// When the stream takes no more.
pub fn many_refs(stream: &mut Stream<'_>, count: usize) -> io::Result<()> {
    let mut main = Branch::new("main");
    stream.commit(&mut main, None)?;
    stream.modify("100644", "README", b"many refs\n")?;
    for at in 0..count {
        let mut branch = Branch {
            name: format!("many/{at:05}"),
            ..main.clone()
        };
        stream.commit(&mut branch, None)?;
    }
    Ok(())
}

/// A branch while it is written.
#[derive(Debug, Clone)]
struct Branch {
    name: String,
    tip: Option<usize>,
    files: BTreeMap<String, Vec<String>>,
}

impl Branch {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            tip: None,
            files: BTreeMap::new(),
        }
    }
}

/// The input of `git fast-import`.
pub struct Stream<'a> {
    out: &'a mut dyn Write,
    mark: usize,
    clock: u64,
}

impl std::fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream")
            .field("mark", &self.mark)
            .finish_non_exhaustive()
    }
}

impl Stream<'_> {
    /// Begins a commit on the tip of a branch; `modify` and `raw` fill it.
    fn commit(&mut self, branch: &mut Branch, merged: Option<usize>) -> io::Result<()> {
        self.mark += 1;
        self.clock += 3600;
        let (mark, clock) = (self.mark, self.clock);
        writeln!(self.out, "commit refs/heads/{}\nmark :{mark}", branch.name)?;
        writeln!(self.out, "author Ada <ada@example.com> {clock} +0000")?;
        writeln!(self.out, "committer Ada <ada@example.com> {clock} +0000")?;
        self.data(format!("commit {mark}\n").as_bytes())?;
        if let Some(tip) = branch.tip {
            writeln!(self.out, "from :{tip}")?;
        }
        if let Some(merged) = merged {
            writeln!(self.out, "merge :{merged}")?;
        }
        branch.tip = Some(mark);
        Ok(())
    }

    fn modify(&mut self, mode: &str, path: &str, content: &[u8]) -> io::Result<()> {
        writeln!(self.out, "M {mode} inline {path}")?;
        self.data(content)
    }

    fn raw(&mut self, command: &str) -> io::Result<()> {
        writeln!(self.out, "{command}")
    }

    fn tag(&mut self, name: &str, target: usize) -> io::Result<usize> {
        self.mark += 1;
        writeln!(self.out, "tag {name}\nmark :{}\nfrom :{target}", self.mark)?;
        writeln!(self.out, "tagger Ada <ada@example.com> {} +0000", self.clock)?;
        self.data(name.as_bytes())?;
        Ok(self.mark)
    }

    fn data(&mut self, content: &[u8]) -> io::Result<()> {
        writeln!(self.out, "data {}", content.len())?;
        self.out.write_all(content)?;
        writeln!(self.out)
    }
}

fn mixed_commit(
    stream: &mut Stream<'_>,
    rng: &mut StdRng,
    branch: &mut Branch,
    merged: Option<Branch>,
) -> io::Result<()> {
    stream.commit(branch, merged.as_ref().and_then(|merged| merged.tip))?;
    for (path, text) in merged.into_iter().flat_map(|merged| merged.files) {
        if let Entry::Vacant(free) = branch.files.entry(path) {
            stream.modify("100644", free.key(), text.concat().as_bytes())?;
            free.insert(text);
        }
    }
    for _ in 0..rng.random_range(1..5) {
        mixed_change(stream, rng, branch)?;
    }
    Ok(())
}

/// One change of a work tree, of any kind.
fn mixed_change(stream: &mut Stream<'_>, rng: &mut StdRng, branch: &mut Branch) -> io::Result<()> {
    let count = branch.files.len();
    let picked = (count > 4)
        .then(|| branch.files.keys().nth(rng.random_range(0..count)).cloned())
        .flatten();
    match (rng.random_range(0..20), picked) {
        (0, _) => stream.modify("120000", &format!("links/{}", rng.random_range(0..9)), b"../README"),
        (1, _) => stream.modify(
            "100755",
            &format!("bin/tool{}", rng.random_range(0..9)),
            b"#!/bin/sh\nexit 0\n",
        ),
        (2, _) => {
            let commit = format!("{:040x}", rng.random_range(1..u128::MAX));
            stream.raw(&format!("M 160000 {commit} modules/{}", rng.random_range(0..5)))
        }
        (3, _) => {
            let mut content = vec![0; rng.random_range(1..20_000)];
            rng.fill(content.as_mut_slice());
            stream.modify("100644", &format!("assets/{}.bin", rng.random_range(0..9)), &content)
        }
        (4, Some(path)) => {
            branch.files.remove(&path);
            stream.raw(&format!("D {path}"))
        }
        (5, Some(path)) => {
            let moved = format!(
                "moved/{}-{}",
                rng.random_range(0..1000),
                path.rsplit('/').next().unwrap_or_default()
            );
            let text = branch.files.remove(&path).unwrap_or_default();
            branch.files.insert(moved.clone(), text);
            stream.raw(&format!("R {path} {moved}"))
        }
        (6..16, Some(path)) => {
            let text = branch.files.entry(path.clone()).or_default();
            edit(rng, text);
            stream.modify("100644", &path, text.concat().as_bytes())
        }
        _ => {
            let path = source_path(rng.random_range(0..500));
            let text = lines(rng, 40);
            stream.modify("100644", &path, text.concat().as_bytes())?;
            branch.files.insert(path, text);
            Ok(())
        }
    }
}

fn source_path(at: usize) -> String {
    format!("src/area{}/part{}/file{at}.rs", at % 7, at / 7 % 40)
}

/// Lines that compress and differ as source code does.
fn lines(rng: &mut StdRng, most: usize) -> Vec<String> {
    let count = rng.random_range(1..=most);
    (0..count).map(|_| line(rng)).collect()
}

fn line(rng: &mut StdRng) -> String {
    let mut line = "    ".repeat(rng.random_range(0..4));
    for _ in 0..rng.random_range(2..9) {
        line.push_str(WORDS[rng.random_range(0..WORDS.len())]);
        line.push(' ');
    }
    line.push_str(&format!("x{}\n", rng.random_range(0..5000)));
    line
}

fn edit(rng: &mut StdRng, text: &mut Vec<String>) {
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..=text.len());
        match text.get_mut(at) {
            Some(old) if rng.random_bool(0.6) => *old = line(rng),
            _ => text.insert(at, line(rng)),
        }
    }
}
