//! Starts, kills and restarts `packhouse serve`.

mod place;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex, OnceLock, mpsc},
    thread,
    time::Duration,
};

pub(crate) use self::place::Place;
use crate::{
    Boto3, Credentials, Git, binary,
    cgi_host::{self, CgiHost},
    emulators::AwsStore,
    git::percent_encode,
    process::{self, Watchdog},
};

/// How long a server may take to start: generous, as a loaded machine runs the tests too.
const START: Duration = Duration::from_secs(60);

/// A running server on a port of its own, with data of its own. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    place: Arc<Place>,
    flags: Vec<String>,
    variables: Vec<(String, String)>,
    host: Host,
    url: String,
    credentials: Credentials,
    boto3: OnceLock<Boto3>,
}

/// What answers: Packhouse, or (to try the tests themselves) git's own server.
#[derive(Debug)]
enum Host {
    Packhouse(Running),
    Reference { repositories: PathBuf },
}

#[derive(Debug)]
struct Running {
    child: Child,
    log: Arc<Mutex<String>>,
    watchdog: Option<Watchdog>,
}

/// A server that ended; its data can be served again.
#[derive(Debug)]
pub struct Stopped {
    place: Arc<Place>,
    flags: Vec<String>,
    variables: Vec<(String, String)>,
    /// How it ended.
    pub status: ExitStatus,
    /// All that it wrote to standard output and standard error.
    pub log: String,
}

impl Server {
    /// The server that all tests of this process share. Isolation is by repository name.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts a server with new data and no extra flags.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a server with new data and extra flags of `packhouse serve`: on the embedded store, or where
    /// `PACKHOUSE_TEST_STORE` says.
    pub fn start_with(flags: &[&str]) -> Self {
        if on_aws() {
            return Self::start_on(AwsStore::fresh(), flags);
        }
        Self::start_embedded(flags)
    }

    /// Starts a server with a new data folder, for tests of that folder.
    pub fn start_embedded(flags: &[&str]) -> Self {
        Self::start_in(Arc::new(Place::folder()), owned(flags))
    }

    /// Starts a server with a new data folder, and with variables of the environment.
    pub fn start_embedded_with_env(flags: &[&str], variables: &[(&str, &str)]) -> Self {
        let variables = variables
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()));
        Self::start_in_env(Arc::new(Place::folder()), owned(flags), variables.collect())
    }

    /// Starts a server on a new installation in `store`.
    pub fn start_on(store: AwsStore, flags: &[&str]) -> Self {
        Self::start_in(Arc::new(Place::on_aws(store)), owned(flags))
    }

    /// Starts another server on the same installation, which is on AWS, beside this one.
    pub fn start_beside(&self, flags: &[&str]) -> Self {
        Self::start_in(Arc::clone(&self.place), owned(flags))
    }

    fn start_in(place: Arc<Place>, flags: Vec<String>) -> Self {
        Self::start_in_env(place, flags, Vec::new())
    }

    fn start_in_env(place: Arc<Place>, flags: Vec<String>, variables: Vec<(String, String)>) -> Self {
        if against_reference() {
            return Self::start_reference(place, flags);
        }
        let mut command = command(&place, &flags, &variables);
        place.name_to(&mut command);
        Self::listening(&mut command, place, flags, variables)
    }

    /// Starts a server on the installation of `place` as a container is started: with these variables and no others.
    pub(crate) fn start_as_container(place: Arc<Place>, variables: Vec<(String, String)>) -> Self {
        let mut command = command(&place, &[], &variables);
        command.arg("--spool").arg(place.folder_of());
        Self::listening(&mut command, place, Vec::new(), variables)
    }

    /// Runs `command`, a `packhouse serve`, until it listens.
    fn listening(
        command: &mut Command,
        place: Arc<Place>,
        flags: Vec<String>,
        variables: Vec<(String, String)>,
    ) -> Self {
        let mut child = command.spawn().expect("packhouse starts");
        let watchdog = Some(Watchdog::over(child.id()));
        let log = Arc::new(Mutex::new(String::new()));
        let (found, listening) = mpsc::channel();
        let stdout = child.stdout.take().expect("stdout is piped");
        let stderr = child.stderr.take().expect("stderr is piped");
        follow(stdout, Arc::clone(&log), Some(found));
        follow(stderr, Arc::clone(&log), None);
        let running = Running { child, log, watchdog };
        let Ok(url) = listening.recv_timeout(START) else {
            panic!("the server did not tell where it listens:\n{}", running.log());
        };
        let credentials = place.credentials(&url);
        Self {
            place,
            flags,
            variables,
            host: Host::Packhouse(running),
            url,
            credentials,
            boto3: OnceLock::new(),
        }
    }

    fn start_reference(place: Arc<Place>, flags: Vec<String>) -> Self {
        let repositories = place.folder_of().join("v1/repos");
        fs::create_dir_all(&repositories).expect("the folder is new");
        let git = Git::newest();
        let host = CgiHost {
            root: place.folder_of().to_path_buf(),
            http_backend: git.http_backend(),
            credentials: Some(("admin".to_owned(), "secret".to_owned())),
        };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!(
            "http://{}",
            listener.local_addr().expect("a bound listener has an address")
        );
        let credentials = Credentials::git_only(&url, "admin", "secret");
        thread::spawn(move || cgi_host::serve(&listener, host));
        Self {
            place,
            flags,
            variables: Vec::new(),
            host: Host::Reference { repositories },
            url,
            credentials,
            boto3: OnceLock::new(),
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn base_url(&self) -> &str {
        &self.url
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        let (_, address) = self.url.split_once("://").expect("an URL");
        address.parse().expect("an address and a port")
    }

    /// The clone URL of a repository; credentials come from git's credential helper ([`Git::log_in`]).
    pub fn url(&self, repository: &str) -> String {
        format!("{}/v1/repos/{repository}", self.url)
    }

    /// The clone URL with the credentials in it.
    pub fn url_with_credentials(&self, repository: &str) -> String {
        let user = percent_encode(self.credentials.get("PACKHOUSE_GIT_USERNAME"));
        let password = percent_encode(self.credentials.get("PACKHOUSE_GIT_PASSWORD"));
        self.url(repository)
            .replacen("://", &format!("://{user}:{password}@"), 1)
    }

    /// What `packhouse env` hands out.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The folder given to `--data`.
    pub fn data(&self) -> PathBuf {
        self.place.data()
    }

    /// Copies every pack and index out of the store into the folder `to`; answers the number of packs.
    pub fn copy_packs(&self, to: &Path) -> usize {
        self.place.copy_packs(to)
    }

    /// The process id; fails for the reference host, which has none of its own.
    pub fn pid(&self) -> u32 {
        let Host::Packhouse(running) = &self.host else {
            panic!("the reference host is no process")
        };
        running.child.id()
    }

    /// Anonymous memory of the server in bytes.
    pub fn anonymous_memory(&self) -> u64 {
        process::anonymous_memory(self.pid())
    }

    /// What the server has written so far.
    pub fn log(&self) -> String {
        let Host::Packhouse(running) = &self.host else {
            return String::new();
        };
        running.log()
    }

    /// boto3's CodeCommit client, started once a server.
    pub fn boto3(&self) -> &Boto3 {
        self.boto3.get_or_init(|| Boto3::start(&self.credentials))
    }

    /// Creates a repository and answers its clone URL.
    pub fn create_repository(&self, name: &str) -> String {
        self.create_repository_of(name, "sha1")
    }

    /// Creates a repository of an object format (`sha1`, `sha256`) and answers its clone URL.
    pub fn create_repository_of(&self, name: &str, object_format: &str) -> String {
        if let Host::Reference { repositories } = &self.host {
            create_reference_repository(&repositories.join(name), object_format);
            return self.url(name);
        }
        let mut parameters = serde_json::json!({ "repositoryName": name });
        if object_format != "sha1" {
            parameters["tags"] = serde_json::json!({ "packhouse:object-format": object_format });
        }
        self.boto3()
            .call("CreateRepository", &parameters)
            .expect("the name is free");
        self.url(name)
    }

    /// Runs a command of `packhouse` for this server; answers standard output, fails the test when it fails.
    pub fn packhouse(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self
            .place
            .command(arguments, &self.url)
            .output()
            .expect("packhouse runs");
        assert!(
            status.success(),
            "packhouse {arguments:?}: {}",
            String::from_utf8_lossy(&stderr)
        );
        String::from_utf8(stdout).expect("output is UTF-8")
    }

    /// Ends the server with `kill -9`, as a power cut would end it.
    pub fn kill(self) -> Stopped {
        process::signal(self.pid(), "KILL");
        self.wait()
    }

    /// Asks the server to end (SIGTERM) and waits until it has.
    pub fn stop(self) -> Stopped {
        process::signal(self.pid(), "TERM");
        self.wait()
    }

    /// Waits until a server ends that was already asked to.
    pub fn wait(self) -> Stopped {
        let Host::Packhouse(mut running) = self.host else {
            panic!("the reference host is not stopped")
        };
        let status = running.child.wait().expect("the server is our child");
        let log = running.log();
        Stopped {
            place: self.place,
            flags: self.flags,
            variables: self.variables,
            status,
            log,
        }
    }
}

impl Stopped {
    /// Starts a server on the same data with the same flags, on another port.
    pub fn start(self) -> Server {
        Server::start_in_env(self.place, self.flags, self.variables)
    }

    /// The folder given to `--data`.
    pub fn data(&self) -> PathBuf {
        self.place.data()
    }
}

impl Running {
    fn log(&self) -> String {
        self.log.lock().expect("no reader of logs panics").clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        self.watchdog.take();
        if thread::panicking() {
            eprint_log(&self.log());
        }
    }
}

/// True when the tests shall run against git's own server: `PACKHOUSE_TEST_AGAINST=http-backend cargo test git::`.
///
/// This shows which expectations are git's own behaviour and which are Packhouse's, and finds errors in tests.
pub fn against_reference() -> bool {
    std::env::var_os("PACKHOUSE_TEST_AGAINST").is_some_and(|against| against == "http-backend")
}

/// True when the tests shall run on DynamoDB and S3, as emulators have them: `PACKHOUSE_TEST_STORE=aws cargo test`.
///
/// Tests of the data folder run on a data folder all the same ([`Server::start_embedded`]).
pub fn on_aws() -> bool {
    std::env::var_os("PACKHOUSE_TEST_STORE").is_some_and(|store| store == "aws")
}

fn owned(flags: &[&str]) -> Vec<String> {
    flags.iter().map(|&flag| flag.to_owned()).collect()
}

#[expect(
    clippy::print_stderr,
    reason = "the log of a server belongs to the report of the test that failed"
)]
fn eprint_log(log: &str) {
    eprintln!("--- log of the server ---\n{log}--- end of log ---");
}

/// `packhouse serve` on a free port, with these variables and no others.
fn command(place: &Place, flags: &[String], variables: &[(String, String)]) -> Command {
    let mut command = Command::new(binary::packhouse());
    command
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(flags)
        .current_dir(place.folder_of())
        .env_clear()
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Collects what the server writes, and finds the line that tells where it listens.
fn follow(
    stream: impl std::io::Read + Send + 'static,
    log: Arc<Mutex<String>>,
    mut found: Option<mpsc::Sender<String>>,
) {
    thread::spawn(move || {
        let mut lines = BufReader::new(stream);
        let mut line = Vec::new();
        while lines.by_ref().read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line);
            log.lock().expect("no reader of logs panics").push_str(&text);
            if let Some(url) = text.trim().strip_prefix("listening on ")
                && let Some(found) = found.take()
            {
                found.send(url.to_owned()).ok();
            }
            line.clear();
        }
    });
}

fn create_reference_repository(path: &Path, object_format: &str) {
    let git = Git::newest();
    git.run_args([
        "init",
        "--quiet",
        "--bare",
        &format!("--object-format={object_format}"),
        &path.to_string_lossy(),
    ])
    .ok();
    let config = [
        ("http.receivepack", "true"),
        ("uploadpack.allowFilter", "true"),
        ("uploadpack.allowAnySHA1InWant", "true"),
        ("receive.advertiseAtomic", "true"),
        ("receive.advertisePushOptions", "true"),
        ("receive.fsckObjects", "true"),
        ("gc.auto", "0"),
    ];
    for (name, value) in config {
        git.in_dir(path).run_args(["config", name, value]).ok();
    }
}
