//! Random histories.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Git;

/// A small generator of numbers that a seed repeats.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound
    }

    pub(crate) fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }
}

type Files = BTreeMap<String, String>;

fn lines(rng: &mut Rng, count: usize) -> String {
    (0..count).fold(String::new(), |mut text, _| {
        writeln!(text, "line {} of {}", rng.below(1000), rng.below(1000)).unwrap();
        text
    })
}

/// Changes some files: edits, new ones, removals, renames (which repeat a blob elsewhere), copies of whole folders.
fn edit(rng: &mut Rng, files: &mut Files) {
    for _ in 0..=rng.below(3) {
        let known: Vec<String> = files.keys().cloned().collect();
        let some = (!known.is_empty()).then(|| known[rng.below(known.len())].clone());
        match (rng.below(8), some) {
            (0, Some(path)) if known.len() > 3 => drop(files.remove(&path)),
            (1, Some(path)) => {
                let text = files.remove(&path).unwrap();
                files.insert(format!("moved{}/{}", rng.below(3), path.replace('/', "_")), text);
            }
            (2..=5, Some(path)) => {
                let more = lines(rng, 2);
                files.get_mut(&path).unwrap().push_str(&more);
            }
            (6, Some(path)) => {
                let text = files[&path].clone();
                files.insert(format!("a/b{}/c/copy", rng.below(2)), text);
            }
            _ => {
                let path = format!("d{}/e{}/f{}", rng.below(3), rng.below(2), rng.below(5));
                let count = 20 + rng.below(60);
                let text = lines(rng, count);
                files.insert(path, text);
            }
        }
    }
}

/// Fills `git` with a random history of `commits` commits on branches `main`, `b0` and `b1`, with merges, reverts,
/// submodules, tags of every kind, clocks that stand still and, if asked for, that run backwards. Repeating a seed with
/// more commits continues the same history.
pub(crate) fn history(git: &Git, seed: u64, commits: usize, skew: bool) {
    let mut rng = Rng::new(seed);
    let mut branches: BTreeMap<&str, (usize, Files)> = BTreeMap::new();
    let mut old: Vec<Files> = Vec::new();
    let mut stream = String::new();
    let names = ["main", "b0", "b1"];
    for mark in 1..=commits {
        let branch = if mark == 1 { "main" } else { names[rng.below(3)] };
        let (tip, mut files) = branches
            .get(branch)
            .or_else(|| branches.get("main"))
            .cloned()
            .unwrap_or_default();
        let merged = if rng.one_in(5) && mark > 1 {
            branches.get(names[rng.below(3)]).cloned()
        } else {
            None
        };
        if rng.one_in(7) && !old.is_empty() {
            files = old[rng.below(old.len())].clone();
        } else {
            edit(&mut rng, &mut files);
        }
        let ahead = i64::try_from(mark / 2 * 100).unwrap();
        let skewed = if skew && rng.one_in(4) {
            i64::try_from(rng.below(3000)).unwrap()
        } else {
            0
        };
        let time = 1_700_000_000 + ahead - skewed;
        writeln!(
            stream,
            "commit refs/heads/{branch}\nmark :{mark}\ncommitter C <c@example.com> {time} +0000"
        )
        .unwrap();
        writeln!(stream, "data 2\nc\n").unwrap();
        if tip > 0 {
            writeln!(stream, "from :{tip}").unwrap();
        }
        if let Some((other, _)) = merged.filter(|(other, _)| *other != tip && *other > 0) {
            writeln!(stream, "merge :{other}").unwrap();
        }
        writeln!(stream, "deleteall").unwrap();
        for (path, text) in &files {
            writeln!(stream, "M 100644 inline {path}\ndata {}\n{text}", text.len()).unwrap();
        }
        if rng.one_in(3) {
            writeln!(
                stream,
                "M 160000 {} sub",
                "1234567890"
                    .repeat(git.format.len_in_hex() / 10 + 1)
                    .split_at(git.format.len_in_hex())
                    .0
            )
            .unwrap();
        }
        if rng.one_in(6) {
            writeln!(
                stream,
                "tag t{mark}\nfrom :{mark}\ntagger C <c@example.com> {time} +0000\ndata 2\nt\n"
            )
            .unwrap();
        }
        old.push(files.clone());
        branches.insert(branch, (mark, files));
    }
    git.import(&stream);
    let tip = git.id("refs/heads/main");
    let inner = git.tag(tip, "commit", "inner");
    git.set(&format!("refs/tags/nested{commits}"), git.tag(inner, "tag", "nested"));
    git.set("refs/tags/light", tip);
    git.set(&format!("refs/tags/tree{commits}"), git.id("refs/heads/main^{tree}"));
    let blob = git.blob(format!("only a tag knows {commits}\n").as_bytes());
    git.set(&format!("refs/tags/blob{commits}"), git.tag(blob, "blob", "blob"));
}
