//! Real `git`, without configuration, identity or network of the machine.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use bytes::Bytes;
use packhouse_git::hash::{ObjectFormat, ObjectId, parse_hex};
use packhouse_git::ref_name::RefName;
use tempfile::TempDir;

use super::name;

const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Git by its path: a bare name beside another `PATH` is started by a fork, which copies the page tables of this process.
static GIT: LazyLock<PathBuf> = LazyLock::new(|| {
    let mut programs = std::env::split_paths(PATH).map(|folder| folder.join("git"));
    programs.find(|program| program.is_file()).expect("git is installed")
});

/// A bare repository of real git.
pub(crate) struct Git {
    folder: TempDir,
    pub(crate) format: ObjectFormat,
}

impl Git {
    pub(crate) fn new(format: ObjectFormat) -> Self {
        let git = Self {
            folder: tempfile::tempdir().unwrap(),
            format,
        };
        for folder in ["objects/pack", "refs/heads"] {
            std::fs::create_dir_all(git.file(folder)).unwrap();
        }
        std::fs::write(git.file("HEAD"), "ref: refs/heads/main\n").unwrap();
        let config = format!(
            "[core]\n\trepositoryformatversion = 1\n\tbare = true\n\tfsync = none\n[extensions]\n\tobjectformat = {}\n\
             [uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n[gc]\n\tauto = 0\n[pack]\n\tthreads = 1\n",
            crate::manifest::record::format_name(format)
        );
        std::fs::write(git.file("config"), config).unwrap();
        git
    }

    pub(crate) fn sha1() -> Self {
        Self::new(ObjectFormat::Sha1)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn output(&self, args: &[&str], stdin: &[u8]) -> Output {
        let mut child = Command::new(&*GIT)
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", PATH)
            .env("HOME", self.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .env("GIT_AUTHOR_NAME", "A")
            .env("GIT_AUTHOR_EMAIL", "a@example.com")
            .env("GIT_AUTHOR_DATE", "1700000000 +0000")
            .env("GIT_COMMITTER_NAME", "C")
            .env("GIT_COMMITTER_EMAIL", "c@example.com")
            .env("GIT_COMMITTER_DATE", "1700000000 +0000")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            // Git may end before it has read everything.
            scope.spawn(move || drop(pipe.write_all(stdin)));
            child.wait_with_output().unwrap()
        })
    }

    /// Runs git, which must succeed; its output.
    pub(crate) fn run(&self, args: &[&str], stdin: &[u8]) -> Vec<u8> {
        let output = self.output(args, stdin);
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    /// Runs git, which must succeed; its output as trimmed text.
    pub(crate) fn text(&self, args: &[&str], stdin: &[u8]) -> String {
        String::from_utf8(self.run(args, stdin)).unwrap().trim_end().to_owned()
    }

    pub(crate) fn import(&self, stream: &str) {
        self.run(&["fast-import", "--quiet", "--force"], stream.as_bytes());
    }

    pub(crate) fn id(&self, revision: &str) -> ObjectId {
        self.hex(&self.text(&["rev-parse", "--verify", "-q", revision], b""))
    }

    pub(crate) fn hex(&self, hex: &str) -> ObjectId {
        parse_hex(self.format, hex.as_bytes()).unwrap()
    }

    /// Writes a blob.
    pub(crate) fn blob(&self, data: &[u8]) -> ObjectId {
        self.hex(&self.text(&["hash-object", "-w", "--stdin"], data))
    }

    /// Writes a tree of blobs.
    pub(crate) fn tree(&self, entries: &[(&str, ObjectId)]) -> ObjectId {
        let lines: String = entries
            .iter()
            .map(|(name, id)| format!("100644 blob {id}\t{name}\n"))
            .collect();
        self.hex(&self.text(&["mktree"], lines.as_bytes()))
    }

    /// Writes a commit.
    pub(crate) fn commit(&self, tree: ObjectId, parents: &[ObjectId], message: &str) -> ObjectId {
        let tree = tree.to_string();
        let parents: Vec<String> = parents.iter().map(ToString::to_string).collect();
        let mut args = vec!["commit-tree", "-m", message, tree.as_str()];
        for parent in &parents {
            args.extend(["-p", parent.as_str()]);
        }
        self.hex(&self.text(&args, b""))
    }

    /// Writes an annotated tag.
    pub(crate) fn tag(&self, target: ObjectId, kind: &str, name: &str) -> ObjectId {
        let body =
            format!("object {target}\ntype {kind}\ntag {name}\ntagger C <c@example.com> 1700000000 +0000\n\nm\n");
        self.hex(&self.text(&["mktag"], body.as_bytes()))
    }

    pub(crate) fn set(&self, reference: &str, id: ObjectId) {
        self.run(&["update-ref", reference, &id.to_string()], b"");
    }

    pub(crate) fn refs(&self) -> BTreeMap<RefName, ObjectId> {
        let lines = self.text(&["for-each-ref", "--format=%(refname) %(objectname)"], b"");
        let pair = |line: &str| {
            let (reference, id) = line.split_once(' ').unwrap();
            (name(reference), self.hex(id))
        };
        lines.lines().map(pair).collect()
    }

    /// A pack of what `want` reach and `have` do not; thin where it can be.
    pub(crate) fn pack(&self, want: &[ObjectId], have: &[ObjectId]) -> Bytes {
        let mut list: String = want.iter().map(|id| format!("{id}\n")).collect();
        list.extend(have.iter().map(|id| format!("^{id}\n")));
        self.run(
            &[
                "pack-objects",
                "-q",
                "--revs",
                "--thin",
                "--stdout",
                "--delta-base-offset",
            ],
            list.as_bytes(),
        )
        .into()
    }

    /// A pack of exactly these objects.
    pub(crate) fn pack_of(&self, objects: &[ObjectId]) -> Bytes {
        let list: String = objects.iter().map(|id| format!("{id}\n")).collect();
        self.run(&["pack-objects", "-q", "--stdout"], list.as_bytes()).into()
    }

    /// The bytes of an object.
    pub(crate) fn data(&self, kind: &str, id: ObjectId) -> Vec<u8> {
        self.run(&["cat-file", kind, &id.to_string()], b"")
    }

    /// What the arguments reach, sorted.
    pub(crate) fn objects(&self, arguments: &[&str]) -> Vec<String> {
        let all = [&["rev-list", "--objects", "--no-object-names"], arguments].concat();
        let mut ids: Vec<String> = self.text(&all, b"").lines().map(str::to_owned).collect();
        ids.sort_unstable();
        ids
    }

    /// Takes a pack that may be thin; the ids of what it brought, without the bases that git added, sorted.
    pub(crate) fn receive(&self, pack: &[u8], count: u32, strict: bool) -> Vec<String> {
        let mut args = vec!["index-pack", "--stdin", "--fix-thin"];
        args.extend(strict.then_some("--strict"));
        let said = self.text(&args, pack);
        let file = format!(
            "objects/pack/pack-{}.idx",
            said.split_ascii_whitespace().last().unwrap()
        );
        let list = self.text(&["show-index"], &std::fs::read(self.file(&file)).unwrap());
        let mut entries: Vec<(u64, String)> = list
            .lines()
            .map(|line| {
                let mut words = line.split(' ');
                (words.next().unwrap().parse().unwrap(), words.next().unwrap().to_owned())
            })
            .collect();
        entries.sort_unstable();
        entries.truncate(usize::try_from(count).unwrap());
        assert_eq!(entries.len(), usize::try_from(count).unwrap(), "no object comes twice");
        let mut ids: Vec<String> = entries.into_iter().map(|(_, id)| id).collect();
        ids.sort_unstable();
        ids
    }
}
