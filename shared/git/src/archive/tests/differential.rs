//! Archives of random trees, compared with those of `git archive`.

use sirocco::Format as Compressed;

use super::unzip;
use crate::archive::{Archive, Format, write};
use crate::hash::ObjectId;
use crate::testing::random::Random;
use crate::testing::repository::{Files, Memory, git};
use crate::tree::Mode;

/// How many trees are compared.
const TREES: u64 = 40;
const TIME: u64 = 1_700_000_000;

/// A name whose length is about what headers of tar can just hold, or not.
fn name(random: &mut Random) -> String {
    let length = *random.pick(&[1, 2, 30, 97, 98, 99, 100, 101, 120, 153, 154, 155, 156, 200]);
    let letter = *random.pick(&["a", "b", "é", " ", "-", "~"]);
    let mut name = letter.repeat(length);
    // Where it is too long by then, it is still a name.
    while name.len() > 250 {
        name.pop();
    }
    format!("{}{name}", random.below(4))
}

fn content(random: &mut Random) -> Vec<u8> {
    match random.below(6) {
        0 => Vec::new(),
        1 => vec![b'z'; *random.pick(&[1, 511, 512, 513, 10_239, 10_240, 10_241])],
        // Larger than what a zip compresses at once, and not to be compressed.
        2 if random.is(10) => (0..1_500_000)
            .map(|_| u8::try_from(random.below(256)).unwrap())
            .collect(),
        _ => b"a line\n".repeat(random.below(3000)),
    }
}

fn files(random: &mut Random) -> Files {
    let mut files = Files::new();
    let folders: Vec<String> = (0..4).map(|_| name(random)).collect();
    for _ in 0..random.below(14) + 1 {
        let mut path = String::new();
        for _ in 0..random.below(4) {
            path.push_str(random.pick::<String>(&folders));
            path.push('/');
        }
        path.push_str(&name(random));
        path.push_str(".f");
        let file = match random.below(8) {
            0 => (Mode::Gitlink, "1".repeat(40).into_bytes()),
            1 | 2 => (Mode::Symlink, vec![b't'; *random.pick(&[1, 99, 100, 101, 300])]),
            3 => (Mode::Executable, content(random)),
            _ => (Mode::Normal, content(random)),
        };
        files.insert(path, file);
    }
    files
}

fn made(memory: &Memory, archive: &Archive<'_>, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    write(memory, archive, format, &mut out).unwrap();
    out
}

fn compare(memory: &Memory, folder: &std::path::Path, archive: &Archive<'_>, treeish: &str) {
    let prefix = format!("--prefix={}", archive.prefix);
    let by_git = |format: &str| {
        let zone = ["-c", "tar.umask=0002", "archive"];
        git(
            folder,
            &[&zone[..], &[&format!("--format={format}"), &prefix, treeish]].concat(),
            b"",
        )
    };
    let tar = made(memory, archive, Format::Tar);
    assert!(tar == by_git("tar"), "tar of {treeish}");
    let gzip = made(memory, archive, Format::TarGz);
    assert!(sirocco::decompress(Compressed::Gzip, &gzip, tar.len()).unwrap() == tar);
    let (ours, theirs) = (made(memory, archive, Format::Zip), by_git("zip"));
    assert_eq!(unzip::end(&ours).comment, unzip::end(&theirs).comment);
    assert!(unzip::entries(&ours) == unzip::entries(&theirs), "zip of {treeish}");
}

#[test]
fn archives_are_those_of_git() {
    let folder = tempfile::tempdir().unwrap();
    let mut memory = Memory::default();
    let mut random = Random::new(7);
    let mut cases: Vec<(ObjectId, ObjectId, u64)> = Vec::new();
    for time in 0..TREES {
        let files = if time == 0 { Files::new() } else { files(&mut random) };
        let commit = memory.commit(&files, &[], time);
        cases.push((commit, memory.tree(&files), TIME + time));
    }
    memory.import(folder.path());
    let long = format!("{}/{}/", "p".repeat(120), "q".repeat(120));
    for (index, &(commit, tree, seconds)) in cases.iter().enumerate() {
        let archive = Archive {
            commit,
            seconds,
            tree,
            prefix: ["", "p/", &long][index % 3],
        };
        compare(&memory, folder.path(), &archive, &commit.to_string());
    }
}
