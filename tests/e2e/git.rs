//! Git over HTTP.

mod archive;
mod auth;
mod aws_credentials;
mod clone;
mod differential;
mod fetch;
mod filter;
mod hostile;
mod kill;
mod push;
mod refs;
mod sha256;
mod shallow;
mod unreachable;
mod wire;

use std::sync::OnceLock;

use packhouse_harness::{Git, Server, bare_twin::BareTwin, random_history};

pub(crate) use self::aws_credentials::{with_helper, with_keys};

/// Creates a repository on the shared server, lets `git` know its credentials, and answers the clone URL.
fn new_repository(git: &Git, name: &str) -> String {
    let server = Server::shared();
    git.log_in(server);
    server.create_repository(name)
}

/// A repository of 80 commits with all that Git knows, on the shared server and as a bare twin. For reading only.
fn mixed() -> &'static BareTwin {
    static MIXED: OnceLock<BareTwin> = OnceLock::new();
    MIXED.get_or_init(|| {
        let git = Git::newest();
        let twin = BareTwin::create(Server::shared(), &git, "mixed");
        let source = git.init("source");
        random_history::import(&source, |stream| random_history::mixed(stream, 7, 80));
        twin.push(&source, "--mirror");
        twin
    })
}

/// A straight line of 40 commits, `c1` to `c40` by tags, on the shared server and as a bare twin. For reading only.
fn linear() -> &'static BareTwin {
    static LINEAR: OnceLock<BareTwin> = OnceLock::new();
    LINEAR.get_or_init(|| {
        let git = Git::newest();
        let twin = BareTwin::create(Server::shared(), &git, "linear");
        let source = git.init("source");
        random_history::import(&source, |stream| random_history::linear(stream, 3, 40, 5));
        let ids = source.run("rev-list --reverse main").ok();
        for (at, id) in ids.lines().enumerate() {
            source.run(&format!("tag c{} {id}", at + 1)).ok();
        }
        twin.push(&source, "--mirror");
        twin
    })
}

/// The ids of the objects that `git rev-list --objects` reaches, sorted.
pub(crate) fn reachable(git: &Git, revisions: &str) -> Vec<String> {
    let listed = git
        .run(&format!("rev-list --objects --no-object-names {revisions}"))
        .ok();
    let mut ids: Vec<_> = listed.lines().map(str::to_owned).collect();
    ids.sort();
    ids
}
