//! A server program that is told its port, watched over until it answers, and killed with the test.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::process::Watchdog;

/// How long a server may take to start: generous, as a loaded machine runs the tests too.
const START: Duration = Duration::from_secs(60);

/// How often another port is tried when the chosen one was taken meanwhile.
const ATTEMPTS: u32 = 5;

/// What is started, and how one sees that it is up.
pub(crate) struct Program<'a> {
    /// How failures call it.
    pub(crate) name: &'static str,
    /// The command that serves `127.0.0.1:<port>`; its temporary files go into the folder.
    pub(crate) command: &'a dyn Fn(u16, &Path) -> Command,
    /// What it writes once it listens, given the port. This tells our process from another one on the same port.
    pub(crate) announces: &'a dyn Fn(u16) -> String,
    /// A path, and the status that a GET of it is answered with once it serves.
    pub(crate) ready: (&'static str, u16),
}

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct ServerProcess {
    name: &'static str,
    child: Child,
    watchdog: Option<Watchdog>,
    folder: TempDir,
    address: SocketAddr,
}

impl ServerProcess {
    /// Starts a program on a free port and waits until it answers.
    pub(crate) fn start(program: &Program<'_>) -> Self {
        let mut log = String::new();
        for _ in 0..ATTEMPTS {
            let mut started = Self::spawn(program);
            if started.is_up(program) {
                return started;
            }
            log = started.log();
        }
        panic!("{} does not start:\n{log}", program.name);
    }

    fn spawn(program: &Program<'_>) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let port = free_port();
        let log = File::create(folder.path().join("log")).expect("the folder is new");
        let child = (program.command)(port, folder.path())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the file is open"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.name));
        let watchdog = Some(Watchdog::over(child.id()));
        Self {
            name: program.name,
            child,
            watchdog,
            folder,
            address: (Ipv4Addr::LOCALHOST, port).into(),
        }
    }

    /// False when it ended instead, as it does when somebody else took the port.
    fn is_up(&mut self, program: &Program<'_>) -> bool {
        let deadline = Instant::now() + START;
        let announcement = (program.announces)(self.address.port());
        loop {
            if self.log().contains(&announcement) && answers(self.address, program.ready) {
                return true;
            }
            if self.child.try_wait().expect("the server is our child").is_some() {
                return false;
            }
            assert!(
                Instant::now() < deadline,
                "{} does not answer:\n{}",
                self.name,
                self.log()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has written so far.
    pub(crate) fn log(&self) -> String {
        let log = fs::read(self.folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        self.watchdog.take();
        if thread::panicking() {
            eprint_log(self.name, &self.log());
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the log of a server belongs to the report of the test that failed"
)]
fn eprint_log(name: &str, log: &str) {
    let start = log.len().saturating_sub(8_192);
    let tail = log.get(start..).unwrap_or(log);
    eprintln!("--- log of {name} ---\n{tail}--- end of log ---");
}

/// A port that nobody listens on at this moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

/// True when a GET of this path is answered with this status.
fn answers(server: SocketAddr, (path, expected): (&str, u16)) -> bool {
    let Ok(mut stream) = TcpStream::connect_timeout(&server, Duration::from_secs(1)) else {
        return false;
    };
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n");
    let mut status = [0; 12];
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut status).is_ok()
        && status.ends_with(format!(" {expected}").as_bytes())
}
