//! The servers.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use packhouse_harness::{Git, Server, bare_twin, basic, process::Watchdog};
use tempfile::TempDir;

use crate::{raw::RawClient, subject::Subject};

/// The one user of the reference.
pub(crate) const USER: &str = "admin";
/// Its password.
pub(crate) const PASSWORD: &str = "secret";

/// The repository that most operations use.
pub(crate) const MAIN: &str = "main";
/// The repository with 10,000 refs.
pub(crate) const MANY_REFS: &str = "many-refs";

/// http-backend at its best and as it is without care, and Packhouse, in this order.
pub(crate) struct Peers {
    pub(crate) all: [Peer; 3],
}

/// A server under measurement.
pub(crate) struct Peer {
    /// A client that is logged in.
    pub(crate) git: Git,
    /// How many times something new was made here, for names that are new.
    pub(crate) made: u32,
    host: Host,
}

enum Host {
    Reference {
        child: Child,
        _watchdog: Watchdog,
        address: SocketAddr,
        root: TempDir,
        /// Whether repositories are repacked, with bitmaps and a commit graph, once they are filled.
        packed: bool,
    },
    Packhouse(Box<Server>),
}

impl Peers {
    /// Starts all.
    pub(crate) fn start() -> Self {
        let packhouse = Host::Packhouse(Box::new(Server::start()));
        Self {
            all: [start_reference(true), start_reference(false), packhouse].map(Peer::new),
        }
    }

    /// Pushes the subject to all.
    pub(crate) fn set_up(&mut self, subject: &Subject, many_refs: bool) {
        for peer in &mut self.all {
            let url = peer.create(MAIN);
            subject.push_all(&peer.git, &url);
            // The client takes half a minute for these, so they are pushed only where needed.
            if many_refs {
                let url = peer.create(MANY_REFS);
                subject.push_many_refs(&peer.git, &url);
            }
            peer.pack(if many_refs { &[MAIN, MANY_REFS] } else { &[MAIN] });
        }
    }

    /// Fails unless all hold the same in the main repository and `git fsck` finds it sound.
    pub(crate) fn validate(&mut self, subject: &Subject) {
        let held = self.all.each_mut().map(|peer| {
            let folder = TempDir::new_in(peer.git.dir()).expect("a temporary folder");
            let there = peer.git.in_dir(folder.path());
            there
                .run(&format!("clone --quiet --mirror {} copy", peer.url(MAIN)))
                .ok();
            bare_twin::contents(&there.in_dir("copy"))
        });
        let [packed, pushed, packhouse] = held;
        for mut reference in [packed, pushed] {
            // git's own server leaves HEAD where `init` put it; Packhouse points it to a branch of the first push.
            reference.head.clone_from(&packhouse.head);
            bare_twin::assert_same(&packhouse, &reference, &subject.name);
        }
    }
}

impl Peer {
    fn new(host: Host) -> Self {
        let git = Git::newest().with_timeout(3600);
        // What a client checks on its own account is none of the server's work.
        git.run("config --global --unset fetch.fsckObjects").ok();
        git.run("config --global --unset fetch.unpackLimit").ok();
        match &host {
            Host::Reference { address, .. } => git.store_credentials(&format!("http://{address}"), USER, PASSWORD),
            Host::Packhouse(server) => git.log_in(server),
        };
        Self { git, made: 0, host }
    }

    /// The process whose children are the server's work too.
    pub(crate) fn pid(&self) -> u32 {
        match &self.host {
            Host::Reference { child, .. } => child.id(),
            Host::Packhouse(server) => server.pid(),
        }
    }

    /// A number that is new.
    pub(crate) fn next(&mut self) -> u32 {
        self.made += 1;
        self.made
    }

    /// The clone URL of a repository.
    pub(crate) fn url(&self, name: &str) -> String {
        match &self.host {
            Host::Reference { address, .. } => format!("http://{address}/v1/repos/{name}"),
            Host::Packhouse(server) => server.url(name),
        }
    }

    /// A client of a repository that throws away what it gets.
    pub(crate) fn raw(&self, name: &str) -> RawClient {
        let path = format!("/v1/repos/{name}");
        match &self.host {
            Host::Reference { address, .. } => RawClient::open(*address, path, basic(USER, PASSWORD)),
            Host::Packhouse(server) => RawClient::open(server.address(), path, server.credentials().basic()),
        }
    }

    /// Lets a reference that is at its best have what git's documentation advises for a server, and Packhouse what it does by itself
    /// when more has been pushed.
    fn pack(&self, repositories: &[&str]) {
        let root = match &self.host {
            Host::Reference { packed: false, .. } => return,
            Host::Reference { root, .. } => root,
            Host::Packhouse(server) => {
                for name in repositories {
                    server.packhouse(&["admin", "repack", name]);
                    self.settle(name);
                }
                return;
            }
        };
        for folder in fs::read_dir(root.path().join("v1/repos")).expect("the folder was made here") {
            let there = self.git.in_dir(folder.expect("it can be listed").path());
            there.run("repack -adb --quiet").ok();
            there.run("commit-graph write --reachable --changed-paths").ok();
        }
    }

    /// Waits for the housekeeping of a repository, which is no part of any operation.
    pub(crate) fn settle(&self, name: &str) {
        if let Host::Packhouse(server) = &self.host {
            while server.packhouse(&["admin", "show", name]).contains("repackPending") {
                thread::sleep(Duration::from_millis(100));
            }
        }
    }

    /// Creates a repository and answers its clone URL.
    pub(crate) fn create(&mut self, name: &str) -> String {
        match &self.host {
            Host::Packhouse(server) => server.create_repository(name),
            Host::Reference { root, .. } => {
                let path = root.path().join("v1/repos").join(name);
                self.git
                    .run_args(["init", "--quiet", "--bare", &path.to_string_lossy()])
                    .ok();
                let there = self.git.in_dir(path);
                // Both answer for what a push costs, not for what housekeeping happens to begin.
                for config in [
                    "http.receivepack true",
                    "uploadpack.allowFilter true",
                    "uploadpack.allowAnySHA1InWant true",
                    "receive.autogc false",
                    "gc.auto 0",
                ] {
                    there.run(&format!("config {config}")).ok();
                }
                self.url(name)
            }
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Self::Reference { child, .. } = self {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

fn start_reference(packed: bool) -> Host {
    let root = TempDir::new().expect("a temporary folder");
    fs::create_dir_all(root.path().join("v1/repos")).expect("the folder is new");
    let mut child = Command::new(std::env::current_exe().expect("this program knows its path"))
        .arg("--cgi-host")
        .arg(root.path())
        .arg(Git::newest().http_backend())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program starts itself");
    let watchdog = Watchdog::over(child.id());
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("stdout is piped"))
        .read_line(&mut line)
        .expect("the host tells its address");
    let address = line
        .trim()
        .strip_prefix("listening on http://")
        .and_then(|address| address.parse().ok())
        .expect("the host tells its address");
    Host::Reference {
        child,
        _watchdog: watchdog,
        address,
        root,
        packed,
    }
}
