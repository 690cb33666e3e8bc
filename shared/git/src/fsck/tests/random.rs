//! Pseudo-random objects out of pieces that matter to the rules.

use super::corpus::{Case, fill, target, target_of_mode, tree};
use crate::hash::{ObjectFormat, ObjectId};
use crate::object::Kind;

/// A stream of numbers that is the same in each run.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

pub(super) fn random_tree(random: &mut Random, format: ObjectFormat) -> Case {
    const NAMES: [&str; 30] = [
        "a",
        "a",
        "a-",
        "a.b",
        "a.b.c",
        "a0",
        "aa",
        "b",
        "foo",
        "foo.bar",
        "foo-bar",
        "foo0",
        ".git",
        ".GIT",
        "git~1",
        ".",
        "..",
        ".git ",
        ".gitmodules",
        "GITMOD~1",
        ".gitattributes",
        "gitatt~2",
        "x\\.git",
        "x/y",
        "\u{feff}.git",
        "z",
        "~1234567",
        ".git:",
        ".gitignore",
        "Gi7eBa~1",
    ];
    const MODES: [&str; 10] = [
        "100644", "100644", "100644", "40000", "40000", "40000", "100755", "120000", "160000", "0100664",
    ];
    let harmless = random.below(3) > 0;
    let mut entries: Vec<(&str, &str)> = (0..random.below(7))
        .map(|_| {
            (
                random.pick(&MODES),
                random.pick(if harmless { &NAMES[..12] } else { &NAMES }),
            )
        })
        .collect();
    if random.below(4) > 0 {
        entries.sort_by_key(|(mode, name)| {
            if *mode == "40000" {
                format!("{name}/")
            } else {
                (*name).into()
            }
        });
    }
    let mut id = |mode| {
        if random.below(30) == 0 {
            fill(format, 0)
        } else {
            target_of_mode(format, mode)
        }
    };
    let ids: Vec<ObjectId> = entries.iter().map(|(mode, _)| id(mode)).collect();
    let entries: Vec<_> = entries
        .iter()
        .zip(&ids)
        .map(|((mode, name), id)| (*mode, name.as_bytes(), id.as_bytes()))
        .collect();
    let mut data = tree(format, &entries);
    if random.below(12) == 0 {
        data.truncate(random.below(data.len() + 1));
    }
    Case {
        kind: Kind::Tree,
        data,
        expect: None,
        named: None,
    }
}

pub(super) fn headers(random: &mut Random, format: ObjectFormat) -> Case {
    const GOOD: &str = "A U <a@b> 1700000000 +0100";
    const BAD: [&str; 12] = [
        "<a> 1 +0000",
        "A<a> 1 +0000",
        "A <a>1 +0000",
        "A <a> 1",
        "A <a> 01 +0000",
        "A",
        "A> <b> 1 +0000",
        "A <a 1 +0",
        "A <a> 99999999999999999999 +0000",
        "A <a> 1 +00000",
        "A <a>  7 -0100",
        "A <> 0 +0000",
    ];
    let (tree, commit) = (target(format, Kind::Tree), target(format, Kind::Commit));
    let kind = random.pick(&[Kind::Commit, Kind::Tag]);
    let mut who = || if random.below(4) == 0 { random.pick(&BAD) } else { GOOD }.to_owned();
    let mut lines = match kind {
        Kind::Commit => vec![
            format!("tree {tree}"),
            format!("parent {commit}"),
            format!("author {}", who()),
            format!("committer {}", who()),
        ],
        _ => vec![
            format!("object {commit}"),
            "type commit".into(),
            "tag x".into(),
            format!("tagger {}", who()),
        ],
    };
    if random.below(3) == 0 {
        let (from, to) = (random.below(lines.len()), random.below(lines.len()));
        match random.below(4) {
            0 => drop(lines.remove(from)),
            1 => lines.swap(from, to),
            2 => lines.insert(to, lines[from].clone()),
            _ => lines[from].truncate(random.below(12)),
        }
    }
    lines.extend(
        random
            .pick(&[&["", "message"][..], &[""], &["gpgsig x", " y", "", "m"], &[]])
            .iter()
            .map(|&line| line.into()),
    );
    let mut data = lines.join("\n").into_bytes();
    if random.below(10) == 0 {
        let at = random.below(data.len());
        data[at] = random.pick(b"\0\n <>");
    }
    Case {
        kind,
        data,
        expect: None,
        named: None,
    }
}

pub(super) fn gitmodules(random: &mut Random) -> Case {
    const PIECES: [&str; 34] = [
        "[submodule \"a\"]\n",
        "[submodule \"a\"]\n",
        "[submodule \"b/..\"]\n",
        "[submodule]\n",
        "[submodule.x]\n",
        "\n",
        "\"",
        "\\",
        "#",
        " ",
        "\t",
        "\r\n",
        "path",
        "url",
        "update",
        " = ",
        "=",
        "-x",
        "!x",
        "../",
        "./",
        ":",
        "/",
        "https://",
        "git://",
        "host",
        "%0a",
        "%2e",
        "..",
        "\\n",
        "@",
        "?",
        "x",
        "http::",
    ];
    let mut text = String::new();
    for _ in 0..random.below(3) {
        text.push_str("[submodule \"a\"]\n\t");
        text.push_str(random.pick(&["path = ", "url = ", "update = "]));
        for _ in 0..random.below(6) {
            text.push_str(PIECES[17 + random.below(17)]);
        }
        text.push('\n');
    }
    for _ in 0..random.below(12) {
        text.push_str(random.pick(&PIECES));
    }
    Case {
        kind: Kind::Blob,
        data: text.into_bytes(),
        expect: None,
        named: Some(b".gitmodules"),
    }
}
