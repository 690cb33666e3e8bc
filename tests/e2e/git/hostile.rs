//! Bad input: each is refused with a message that the user of git sees, harms nothing, and costs little.

mod connections;
mod objects;
mod packs;
mod requests;

use std::sync::OnceLock;

use packhouse_harness::{
    Git, Server, bare_twin, process::peak_memory_while, raw_git::RawGit, server::against_reference,
};

/// More anonymous memory than this is never used, whatever is sent, by several attackers at once as tests run.
const MEMORY_LIMIT: u64 = 512 << 20;

/// The server that takes the blows, apart from the one that other tests share.
fn server() -> &'static Server {
    static HOSTILE: OnceLock<Server> = OnceLock::new();
    HOSTILE.get_or_init(Server::start)
}

/// A repository with one commit on `main`, and what it looked like.
struct Victim {
    git: Git,
    url: String,
    name: String,
    before: String,
}

impl Victim {
    fn new(name: &str) -> Self {
        let git = Git::newest();
        git.log_in(server());
        let url = server().create_repository(name);
        let work = git.init("work");
        work.commit("file", "sound\n");
        work.run(&format!("push --quiet {url} main")).ok();
        let before = git.run(&format!("ls-remote {url}")).ok();
        Self {
            git,
            url,
            name: name.to_owned(),
            before,
        }
    }

    fn raw(&self) -> RawGit<'static> {
        RawGit::of(server(), &self.name)
    }

    /// The id of the one commit.
    fn tip(&self) -> String {
        self.before.split('\t').next().expect("a listed ref").to_owned()
    }

    /// Fails unless the repository is what it was, and the server takes and gives as before.
    #[track_caller]
    fn unharmed(&self) {
        assert_eq!(
            self.git.run(&format!("ls-remote {}", self.url)).ok(),
            self.before,
            "refs moved"
        );
        let folder = tempfile::TempDir::new_in(self.git.dir()).expect("a temporary folder");
        let there = self.git.in_dir(folder.path());
        there.run(&format!("clone --quiet --mirror {} copy", self.url)).ok();
        let held = bare_twin::contents(&there.in_dir("copy"));
        assert_eq!(
            held.objects.len(),
            3,
            "objects that no ref reaches came along: {held:?}"
        );
    }
}

/// Runs an attack and fails when the server used too much memory for it.
#[track_caller]
fn bounded<T>(attack: impl FnOnce() -> T) -> T {
    if against_reference() {
        return attack();
    }
    let (done, peak) = peak_memory_while(server().pid(), attack);
    assert!(peak < MEMORY_LIMIT, "used {} MiB", peak >> 20);
    done
}
