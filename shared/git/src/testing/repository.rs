//! Objects in memory, and the same ones in a repository of git.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use bytes::Bytes;

use super::Objects;
use crate::find::{Find, FindError};
use crate::hash::{ObjectFormat, ObjectId, oid};
use crate::object::Kind;
use crate::tree::Mode;

/// Git by its path: a bare name without the environment is started by a fork, which copies the page tables of this process.
pub(crate) static GIT: LazyLock<PathBuf> = LazyLock::new(|| {
    let path = std::env::var_os("PATH").expect("PATH is set");
    let mut programs = std::env::split_paths(&path).map(|folder| folder.join("git"));
    programs.find(|program| program.is_file()).expect("git is installed")
});

const WHO: &str = "T <t@example.org> 1700000000 +0000";

/// What lies at a path: a mode and the content; for a submodule, the hex of its commit.
pub(crate) type Files = BTreeMap<String, (Mode, Vec<u8>)>;

/// Objects in memory, with the stream by which git makes the same ones.
#[derive(Default)]
pub(crate) struct Memory {
    objects: Objects,
    import: Vec<u8>,
}

impl Find for Memory {
    fn format(&self) -> ObjectFormat {
        self.objects.format()
    }

    fn find(&self, id: &oid) -> Result<Option<(Kind, Bytes)>, FindError> {
        self.objects.find(id)
    }
}

impl Memory {
    /// Adds an object.
    pub(crate) fn put(&mut self, kind: Kind, data: Vec<u8>) -> ObjectId {
        self.objects.add(kind, data)
    }

    /// Adds the tree of these files.
    pub(crate) fn tree(&mut self, files: &Files) -> ObjectId {
        let mut ids = BTreeMap::new();
        for (path, (mode, data)) in files {
            let id = match mode {
                Mode::Gitlink => ObjectId::from_hex(data).unwrap(),
                _ => self.put(Kind::Blob, data.clone()),
            };
            ids.insert(path.clone(), (*mode, id));
        }
        self.objects.tree(&ids)
    }

    /// Adds a commit, which is `refs/heads/c<id>` in git.
    pub(crate) fn commit(&mut self, files: &Files, parents: &[ObjectId], time: u64) -> ObjectId {
        let tree = self.tree(files);
        let who = WHO.replace("1700000000", &(1_700_000_000 + time).to_string());
        let parent_lines: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
        let commit = format!("tree {tree}\n{parent_lines}author {who}\ncommitter {who}\n\n");
        let id = self.put(Kind::Commit, commit.into_bytes());
        let import = &mut self.import;
        write!(
            import,
            "reset refs/heads/x\ncommit refs/heads/x\ncommitter {who}\ndata 0\n"
        )
        .unwrap();
        for (index, parent) in parents.iter().enumerate() {
            let word = if index == 0 { "from" } else { "merge" };
            writeln!(import, "{word} refs/heads/c{parent}").unwrap();
        }
        writeln!(import, "deleteall").unwrap();
        for (path, (mode, data)) in files {
            if *mode == Mode::Gitlink {
                writeln!(import, "M 160000 {} {path}", String::from_utf8_lossy(data)).unwrap();
                continue;
            }
            write!(import, "M {} inline {path}\ndata {}\n", mode.octal(), data.len()).unwrap();
            import.extend_from_slice(data);
            import.push(b'\n');
        }
        write!(import, "reset refs/heads/c{id}\nfrom refs/heads/x\n\n").unwrap();
        id
    }

    /// Makes the same objects in a new repository.
    pub(crate) fn import(&self, folder: &Path) {
        git(folder, &["init", "-q", "--bare", "."], b"");
        git(folder, &["fast-import", "--quiet", "--force"], &self.import);
    }
}

/// Runs git without any setting; a merge with conflicts is no failure.
pub(crate) fn git(folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(&*GIT)
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    // One that fails an assertion does not read on.
    writer.join().unwrap().ok();
    assert!(output.status.success() || arguments[0] == "merge-tree", "{arguments:?}");
    output.stdout
}
