//! The same repository twice: on the server, and as a bare folder that git itself serves. What clients get must be equal.

use std::path::PathBuf;

use crate::{Git, Server};

/// A repository on a server and its twin.
#[derive(Debug)]
pub struct BareTwin {
    git: Git,
    url: String,
    bare: PathBuf,
}

/// What a clone holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Contents {
    /// `HEAD`, symbolic where it is.
    pub head: String,
    /// Every ref with its id and what it peels to.
    pub refs: Vec<String>,
    /// Every object with its kind, those that no ref reaches too.
    pub objects: Vec<String>,
    /// The shallow boundary.
    pub shallow: Vec<String>,
}

impl BareTwin {
    /// Creates `name` on the server, and its twin; `git` is logged in.
    pub fn create(server: &Server, git: &Git, name: &str) -> Self {
        Self::create_of(server, git, name, "sha1")
    }

    /// Creates both with an object format.
    pub fn create_of(server: &Server, git: &Git, name: &str, object_format: &str) -> Self {
        let url = server.create_repository_of(name, object_format);
        git.log_in(server);
        let bare = git.dir().join(format!("{name}-twin.git"));
        let format = format!("--object-format={object_format}");
        git.run_args(["init", "--quiet", "--bare", &format, &bare.to_string_lossy()])
            .ok();
        let twin = git.in_dir(&bare);
        // Not allowRefInWant: git's server then answers shallow requests in an order that its own clients refuse.
        for name in ["allowFilter", "allowAnySHA1InWant"] {
            twin.run_args(["config", &format!("uploadpack.{name}"), "true"]).ok();
        }
        Self {
            git: git.clone(),
            url,
            bare,
        }
    }

    /// The clone URL on the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The folder of the twin.
    pub fn bare(&self) -> &PathBuf {
        &self.bare
    }

    /// The clone URL of the twin, through git's own upload-pack.
    pub fn twin_url(&self) -> String {
        format!("file://{}", self.bare.display())
    }

    /// Pushes from `work` to both with the same arguments after the URL; both must accept.
    pub fn push(&self, work: &Git, arguments: &str) {
        for url in [&self.url, &self.twin_url()] {
            work.run(&format!("push --quiet {url} {arguments}")).ok();
        }
    }

    /// Fails unless refs, objects and `fsck` are equal.
    pub fn assert_same(&self) {
        let refs = |url: &str| self.git.run(&format!("ls-remote {url}")).ok();
        assert_eq!(refs(&self.url), refs(&self.twin_url()), "ls-remote");
        self.assert_same_clone(&self.git, "--mirror");
    }

    /// Clones both as `git` with these options and fails unless the clones hold the same.
    pub fn assert_same_clone(&self, git: &Git, options: &str) {
        let ours = contents_of_clone(git, options, &self.url);
        let theirs = contents_of_clone(git, options, &self.twin_url());
        assert_same(&ours, &theirs, &format!("clone {options} with {}", git.label()));
    }
}

fn contents_of_clone(git: &Git, options: &str, url: &str) -> Contents {
    let folder = tempfile::TempDir::new_in(git.dir()).expect("a temporary folder");
    let target = folder.path().join("clone.git");
    git.run(&format!("clone --quiet --bare {options} {url} {}", target.display()))
        .ok();
    contents(&git.in_dir(&target))
}

/// What the repository of `git` holds; `fsck` must find it sound, as far as it is complete.
pub fn contents(git: &Git) -> Contents {
    let partial = git.run("config --get-regexp remote.*promisor").code == Some(0);
    if !partial {
        let found = git.run("fsck --full --strict --no-dangling");
        assert!(found.code == Some(0), "fsck: {found:?}");
    }
    let refs = git
        .run("for-each-ref --format=%(refname)%20%(objectname)%20%(*objectname)")
        .ok();
    let shallow = std::fs::read_to_string(git.dir().join("shallow")).unwrap_or_default();
    Contents {
        head: git.run("symbolic-ref HEAD").ok(),
        refs: sorted(&refs),
        objects: sorted(&git.run("cat-file --batch-all-objects --batch-check").ok()),
        shallow: sorted(&shallow),
    }
}

/// Fails unless both are equal, and tells the difference, not the whole.
#[track_caller]
pub fn assert_same(ours: &Contents, theirs: &Contents, what: &str) {
    let missing = |from: &[String], others: &[String]| -> Vec<String> {
        from.iter()
            .filter(|line| others.binary_search(line).is_err())
            .take(10)
            .cloned()
            .collect()
    };
    for (name, ours, theirs) in [
        ("refs", &ours.refs, &theirs.refs),
        ("objects", &ours.objects, &theirs.objects),
        ("shallow", &ours.shallow, &theirs.shallow),
    ] {
        let (surplus, lacking) = (missing(ours, theirs), missing(theirs, ours));
        assert!(
            surplus.is_empty() && lacking.is_empty(),
            "{what}: {name}: surplus {surplus:?}, lacking {lacking:?}"
        );
    }
    assert_eq!(ours, theirs, "{what}");
}

fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}
