//! Real `git`, run hermetically.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt, fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use tempfile::TempDir;

use crate::{Credentials, Server, transcript::mask};

/// A command that runs longer than this hangs.
const TIMEOUT_SECONDS: u32 = 300;

const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The first instant of an actor's clock: 2026-01-02T03:04:05Z.
const FIRST_INSTANT: u64 = 1_767_323_045;

/// A user of one version of git, with a home and a clock of its own.
///
/// The clock advances by a minute with each command, so the ids of what a test makes never vary.
#[derive(Debug, Clone)]
pub struct Git {
    program: PathBuf,
    version: String,
    home: Arc<TempDir>,
    dir: PathBuf,
    clock: Arc<AtomicU64>,
    timeout: u32,
    env: BTreeMap<String, OsString>,
}

/// What a command answered.
#[derive(Clone)]
pub struct Output {
    command: String,
    home: PathBuf,
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
}

/// The versions of git on this machine, oldest first: `(version, program)`.
///
/// Fails when there are fewer than two, as the tests must meet an old and a new client.
pub fn installed() -> &'static [(String, PathBuf)] {
    static INSTALLED: OnceLock<Vec<(String, PathBuf)>> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let usual = ["/usr/local/bin", "/usr/bin", "/opt/git/bin"].map(PathBuf::from);
        let mut found: Vec<(Vec<u32>, String, PathBuf)> = Vec::new();
        for folder in std::env::split_paths(&path).chain(usual) {
            let program = folder.join("git");
            let Some(version) = version_of(&program) else { continue };
            let order: Vec<u32> = version.split('.').filter_map(|part| part.parse::<u32>().ok()).collect();
            if found.iter().all(|(_, known, _)| *known != version) {
                found.push((order, version, program));
            }
        }
        found.sort();
        let found: Vec<_> = found
            .into_iter()
            .map(|(_, version, program)| (version, program))
            .collect();
        assert!(
            found.len() >= 2,
            "the end-to-end tests need two versions of git and found {found:?}; `.ci/run` installs what is missing: \
             Debian's with `apt-get install git` (in /usr/bin), a newer one in /usr/local/bin or on PATH"
        );
        found
    })
}

/// `timeout` by its path: a bare name beside another `PATH` is started by a fork, which copies the page tables of this process.
fn timeout() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut programs = std::env::split_paths(PATH).map(|folder| folder.join("timeout"));
        programs
            .find(|program| program.is_file())
            .expect("`timeout` is installed")
    })
}

fn version_of(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").env_clear().output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().strip_prefix("git version ")?.split(' ').next()?.to_owned())
}

impl Git {
    /// The newest git of this machine.
    pub fn newest() -> Self {
        let (version, program) = installed().last().expect("two versions or a failed test");
        Self::of(version, program)
    }

    /// An actor for every version of git on this machine, oldest first.
    pub fn every() -> Vec<Self> {
        installed()
            .iter()
            .map(|(version, program)| Self::of(version, program))
            .collect()
    }

    /// An actor for every version of git and every version of the protocol, each with a home of its own.
    pub fn every_protocol() -> Vec<Self> {
        Self::every()
            .iter()
            .flat_map(|git| ["0", "1", "2"].map(|protocol| git.stranger().speaking(protocol)))
            .collect()
    }

    fn of(version: &str, program: &Path) -> Self {
        let home = TempDir::new().expect("a temporary folder");
        let dir = home.path().join("work");
        fs::create_dir(&dir).expect("the home is new");
        // Every pack that a server sends goes through `git index-pack --strict`.
        let config = "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n\
                      [maintenance]\n\tauto = false\n[advice]\n\tdetachedHead = false\n[core]\n\tpager = cat\n\
                      [fetch]\n\tfsckObjects = true\n\tunpackLimit = 1\n\
                      [protocol \"file\"]\n\tallow = always\n[safe]\n\tdirectory = *\n\
                      [credential]\n\thelper = store\n\tuseHttpPath = false\n";
        fs::write(home.path().join(".gitconfig"), config).expect("the home is writable");
        let clock = Arc::new(AtomicU64::new(FIRST_INSTANT));
        let program = program.to_path_buf();
        let home = Arc::new(home);
        let env = BTreeMap::new();
        Self {
            program,
            version: version.to_owned(),
            home,
            dir,
            clock,
            timeout: TIMEOUT_SECONDS,
            env,
        }
    }

    /// Another actor of the same version with a home of its own, so it knows no credentials.
    pub fn stranger(&self) -> Self {
        Self::of(&self.version, &self.program)
    }

    /// The same actor with a fixed version of the protocol: `0`, `1`, `2`.
    pub fn speaking(&self, protocol: &str) -> Self {
        let mut speaking = self.with_env("GIT_CONFIG_COUNT", "1");
        speaking = speaking.with_env("GIT_CONFIG_KEY_0", "protocol.version");
        speaking.with_env("GIT_CONFIG_VALUE_0", protocol)
    }

    /// The same actor with one more environment variable.
    pub fn with_env(&self, name: &str, value: impl Into<OsString>) -> Self {
        let mut with = self.clone();
        with.env.insert(name.to_owned(), value.into());
        with
    }

    /// The same actor, whose commands may take this many seconds.
    pub fn with_timeout(&self, seconds: u32) -> Self {
        Self {
            timeout: seconds,
            ..self.clone()
        }
    }

    /// The same actor in another folder, relative to its present one.
    pub fn in_dir(&self, dir: impl AsRef<Path>) -> Self {
        let mut there = self.clone();
        there.dir = self.dir.join(dir);
        there
    }

    /// The folder in which commands run.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The version, such as `2.47.3`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A name for tables and repositories: version and protocol.
    pub fn label(&self) -> String {
        let protocol = self
            .env
            .get("GIT_CONFIG_VALUE_0")
            .map(|value| value.to_string_lossy().into_owned());
        format!(
            "git-{}-v{}",
            self.version,
            protocol.unwrap_or_else(|| "default".to_owned())
        )
    }

    /// The program `git-http-backend` of this version.
    pub fn http_backend(&self) -> PathBuf {
        PathBuf::from(self.run("--exec-path").ok().trim()).join("git-http-backend")
    }

    /// Puts the credentials of a server into this actor's credential store.
    pub fn log_in(&self, server: &Server) -> &Self {
        self.log_in_at(server.base_url(), server.credentials())
    }

    /// Lets this actor know the administrator's credentials for the host of `url`.
    pub fn log_in_at(&self, url: &str, credentials: &Credentials) -> &Self {
        let user = credentials.get("PACKHOUSE_GIT_USERNAME");
        self.store_credentials(url, user, credentials.get("PACKHOUSE_GIT_PASSWORD"))
    }

    /// Puts credentials for the host of `url` into this actor's credential store.
    pub fn store_credentials(&self, url: &str, user: &str, password: &str) -> &Self {
        let url = url.replacen(
            "://",
            &format!("://{}:{}@", percent_encode(user), percent_encode(password)),
            1,
        );
        let path = self.home.path().join(".git-credentials");
        let mut store = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .expect("the home is writable");
        writeln!(store, "{url}").expect("the home is writable");
        self
    }

    /// Makes a repository with a work tree in `dir` and answers the actor in it.
    pub fn init(&self, dir: &str) -> Self {
        self.run_args(["init", "--quiet", dir]).ok();
        self.in_dir(dir)
    }

    /// Writes a file in the present folder and commits it; answers the commit's id.
    pub fn commit(&self, path: &str, content: impl AsRef<[u8]>) -> String {
        let file = self.dir.join(path);
        fs::create_dir_all(file.parent().expect("a file has a folder")).expect("the folder can be made");
        fs::write(file, content).expect("the work tree is writable");
        self.run_args(["add", "--", path]).ok();
        self.run_args(["commit", "--quiet", "-m", &format!("change {path}")])
            .ok();
        self.rev("HEAD")
    }

    /// The id that a revision names.
    pub fn rev(&self, revision: &str) -> String {
        self.run_args(["rev-parse", "--verify", revision])
            .ok()
            .trim()
            .to_owned()
    }

    /// Runs `git` with arguments split at blanks.
    pub fn run(&self, arguments: &str) -> Output {
        self.run_args(arguments.split_whitespace())
    }

    /// Runs `git` with these arguments.
    pub fn run_args<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        self.run_with_input(arguments, b"")
    }

    /// Runs `git` with these arguments and standard input.
    pub fn run_with_input<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>, input: &[u8]) -> Output {
        let mut command = self.command(arguments);
        let shown = shown(&command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git");
        let mut stdin = child.stdin.take().expect("stdin is piped");
        let output = std::thread::scope(|scope| {
            // A command that ends early breaks the pipe, which its exit code tells better.
            scope.spawn(move || stdin.write_all(input).ok());
            child.wait_with_output().expect("git is our child")
        });
        let code = output.status.code();
        assert!(
            !matches!(code, None | Some(124 | 137)),
            "`{shown}` ran longer than {} s",
            self.timeout
        );
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Output {
            command: shown,
            home: self.home.path().to_path_buf(),
            code,
            stdout: output.stdout,
            stderr,
        }
    }

    /// The command without its standard streams, bounded in time. For callers that feed or measure it themselves.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let now = FIRST_INSTANT.max(self.clock.fetch_add(60, Ordering::Relaxed));
        let mut command = Command::new(timeout());
        command
            .args(["--signal=KILL", &self.timeout.to_string()])
            .arg(&self.program)
            .args(arguments);
        command.current_dir(&self.dir).env_clear();
        command
            .env("PATH", PATH)
            .env("HOME", self.home.path())
            .env("LC_ALL", "C.UTF-8");
        command
            .env("TZ", "UTC")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0");
        command
            .env("GIT_CONFIG_GLOBAL", self.home.path().join(".gitconfig"))
            .env("GIT_EDITOR", "true");
        command
            .env("GIT_AUTHOR_DATE", format!("{now} +0000"))
            .env("GIT_COMMITTER_DATE", format!("{now} +0000"));
        command.envs(&self.env);
        command
    }
}

/// The command as a user would type it.
fn shown(command: &Command) -> String {
    let arguments = command.get_args().skip(3).map(|argument| argument.to_string_lossy());
    std::iter::once("git".into())
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}

impl Output {
    /// Standard output of a command that must succeed.
    #[track_caller]
    pub fn ok(self) -> String {
        assert!(self.code == Some(0), "must succeed: {self:?}");
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error of a command that must fail.
    #[track_caller]
    pub fn refused(self) -> String {
        assert!(self.code != Some(0), "must be refused: {self:?}");
        self.stderr
    }

    /// Fails unless the command failed and told its user `message`.
    #[track_caller]
    pub fn refused_with(self, message: &str) -> String {
        let shown = format!("{self:?}");
        let stderr = self.refused();
        assert!(stderr.contains(message), "must tell {message:?}: {shown}");
        stderr
    }

    /// The command and its answer as a reader would see them, with ids, ports and folders masked.
    pub fn transcript(&self) -> String {
        let code = self
            .code
            .filter(|&code| code != 0)
            .map(|code| format!("[exit {code}]\n"))
            .unwrap_or_default();
        let stdout = String::from_utf8_lossy(&self.stdout);
        let text = format!("$ {}\n{stdout}{}{code}", self.command, self.stderr);
        mask(&text.replace(&*self.home.to_string_lossy(), "~"))
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stdout = String::from_utf8_lossy(&self.stdout);
        write!(f, "$ {}\n{stdout}{}[exit {:?}]", self.command, self.stderr, self.code)
    }
}

/// Encodes user information for an URL: everything but letters and digits.
pub(crate) fn percent_encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}
