//! The repositories that are measured.

use std::{fs, path::Path};

use anyhow::{Result, ensure};
use packhouse_harness::{Git, random_history};

use crate::operations::{CLIENTS, PUSHES_EACH};

/// How many small commits wait to be pushed.
const SPARE_COMMITS: usize = 200;

/// For how many rounds commits are prepared.
pub(crate) const MOST_ROUNDS: usize = 20;

/// A repository to measure with, and what is prepared from it.
pub(crate) struct Subject {
    /// For the report.
    pub(crate) name: String,
    /// In a bare repository that borrows the objects of the one given.
    pub(crate) source: Git,
    /// The commits of `spare`, each on top of the one before.
    pub(crate) spare: Vec<String>,
    /// Where `HEAD` points and the commits below it, newest first, as far as they are needed.
    pub(crate) first_parents: Vec<String>,
    many_refs: Git,
}

impl Subject {
    /// A repository of this machine, which is not changed.
    pub(crate) fn given(path: &Path) -> Result<Self> {
        let path = fs::canonicalize(path)?;
        let git = Git::newest().with_timeout(3600);
        let cloned = git.run_args([
            "clone",
            "--quiet",
            "--mirror",
            "--shared",
            &path.to_string_lossy(),
            "source",
        ]);
        ensure!(cloned.code == Some(0), "{}: {}", path.display(), cloned.stderr);
        let name = path.file_name().map_or_else(
            || path.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        );
        Ok(Self::prepare(name, &git))
    }

    /// Two repositories from a seed: source code with a long history, and binary files.
    pub(crate) fn stand_ins() -> Vec<Self> {
        let source = Git::newest().with_timeout(3600);
        source.run("init --quiet --bare source").ok();
        random_history::import(&source.in_dir("source"), |stream| {
            random_history::linear(stream, 1, 6_000, 400)
        });
        source.in_dir("source").run("repack -adq").ok();
        let binaries = Git::newest().with_timeout(3600);
        binaries.run("init --quiet --bare source").ok();
        random_history::import(&binaries.in_dir("source"), |stream| {
            random_history::binaries(stream, 2, 150, 400_000)
        });
        let named = [("stand-in: source code", source), ("stand-in: binaries", binaries)];
        named.map(|(name, git)| Self::prepare(name.to_owned(), &git)).into()
    }

    fn prepare(name: String, git: &Git) -> Self {
        let source = git.in_dir("source");
        // Only branches and tags: other refs of a clone are its owner's business.
        let foreign = source.run("for-each-ref --format=%(refname)").ok();
        let foreign = foreign
            .lines()
            .filter(|name| !name.starts_with("refs/heads/") && !name.starts_with("refs/tags/"));
        let deletions: String = foreign.map(|name| format!("delete {name}\n")).collect();
        source
            .run_with_input(["update-ref", "--stdin"], deletions.as_bytes())
            .ok();
        let lines =
            |arguments: &str| -> Vec<String> { source.run(arguments).ok().lines().map(str::to_owned).collect() };
        let first_parents = lines("rev-list --first-parent --max-count=500 HEAD");
        let spare = spare_commits(&source);
        pushers_commits(&source);
        let many_refs = git.init("many-refs");
        let tip = many_refs.commit("file", "x");
        let updates: String = (0..10_000)
            .map(|at| format!("create refs/tags/t{at:05} {tip}\n"))
            .collect();
        many_refs
            .run_with_input(["update-ref", "--stdin"], updates.as_bytes())
            .ok();
        Self {
            name,
            source,
            spare,
            first_parents,
            many_refs,
        }
    }

    /// Name, commits, refs and size.
    pub(crate) fn description(&self) -> String {
        let count = |arguments: &str| self.source.run(arguments).ok().trim().to_owned();
        let refs = count("for-each-ref --format=%(refname) refs/heads refs/tags")
            .lines()
            .count();
        let commits = count("rev-list --count --branches --tags");
        let objects = count("rev-list --objects --no-object-names --disk-usage --branches --tags").parse::<u64>();
        format!(
            "{}: {commits} commits, {refs} refs, {} MB packed",
            self.name,
            objects.unwrap_or(0) / 1_000_000
        )
    }

    /// Pushes all branches and tags.
    pub(crate) fn push_all(&self, client: &Git, url: &str) {
        let from = client.in_dir(self.source.dir());
        from.run(&format!(
            "push --quiet {url} refs/heads/*:refs/heads/* refs/tags/*:refs/tags/*"
        ))
        .ok();
    }

    /// Pushes the repository with 10,000 refs.
    pub(crate) fn push_many_refs(&self, client: &Git, url: &str) {
        client
            .in_dir(self.many_refs.dir())
            .run(&format!("push --quiet --mirror {url}"))
            .ok();
    }

    /// The tip of the branch that `HEAD` names.
    pub(crate) fn tip(&self) -> String {
        self.source.rev("HEAD")
    }
}

/// Adds small commits on top of `HEAD`, which no branch names; answers their ids, oldest first.
fn spare_commits(source: &Git) -> Vec<String> {
    let mut stream = String::new();
    small_commits(&mut stream, "refs/spare", &source.rev("HEAD"), SPARE_COMMITS);
    source
        .run_with_input(["fast-import", "--quiet", "--force"], stream.as_bytes())
        .ok();
    let listed = source.run("rev-list --reverse HEAD..refs/spare").ok();
    listed.lines().map(str::to_owned).collect()
}

/// Adds what each of the concurrent pushers pushes in each round, at `refs/pushers/<round>/<pusher>`.
fn pushers_commits(source: &Git) {
    let mut stream = String::new();
    let base = source.rev("HEAD");
    for round in 0..MOST_ROUNDS {
        for pusher in 0..CLIENTS {
            small_commits(
                &mut stream,
                &format!("refs/pushers/{round}/{pusher}"),
                &base,
                PUSHES_EACH,
            );
        }
    }
    source
        .run_with_input(["fast-import", "--quiet", "--force"], stream.as_bytes())
        .ok();
}

/// Writes commits for `git fast-import`, each with one small change.
fn small_commits(stream: &mut String, name: &str, base: &str, count: usize) {
    for at in 0..count {
        let clock = 1_900_000_000 + at * 60;
        stream.push_str(&format!(
            "commit {name}\ncommitter Ada <ada@example.com> {clock} +0000\ndata 2\n.\n\n"
        ));
        if at == 0 {
            stream.push_str(&format!("from {base}\n"));
        }
        let text = format!("{name}: small change {at}\n");
        stream.push_str(&format!(
            "M 100644 inline packhouse-bench/{}\ndata {}\n{text}\n",
            at % 20,
            text.len()
        ));
    }
}
