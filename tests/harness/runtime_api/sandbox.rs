//! One process of a function, and the runtime API that it alone talks to.
//!
//! The API is that of "Using the Lambda runtime API" in Lambda's developer guide, version 2018-06-01.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::Instant,
};

use serde_json::json;
use tempfile::TempDir;

use super::{FunctionError, FunctionOptions};
use crate::{
    clock,
    emulators::REGION,
    http_server::{Acceptor, Body, RequestHead},
    process::Watchdog,
};

/// What a function has said about an invocation.
#[derive(Debug)]
pub(super) enum Part {
    Data(Vec<u8>),
    End,
    Failed(FunctionError),
}

/// Parts that may wait for a slow reader before the function has to.
const PARTS: usize = 16;

/// A process. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Sandbox {
    child: Mutex<Child>,
    watchdog: Option<Watchdog>,
    folder: TempDir,
    slot: Arc<Slot>,
    _api: Acceptor,
}

#[derive(Debug)]
struct Slot {
    arn: String,
    timeout_ms: u128,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Option<Work>,
    running: Option<(String, SyncSender<Part>)>,
    handed_out: Option<Instant>,
    ended: bool,
}

#[derive(Debug)]
struct Work {
    id: String,
    event: Vec<u8>,
    parts: SyncSender<Part>,
}

impl Sandbox {
    /// Starts a process.
    pub(super) fn start(options: &FunctionOptions, arn: &str) -> Self {
        let slot = Arc::new(Slot {
            arn: arn.to_owned(),
            timeout_ms: options.timeout.as_millis(),
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let shared = Arc::clone(&slot);
        let api = Acceptor::start(move |stream| shared.serve(stream));
        let folder = TempDir::new().expect("a temporary folder");
        let log = File::create(folder.path().join("log")).expect("the folder is new");
        let child = Command::new(&options.binary)
            .env_clear()
            .envs(environment(options, folder.path()))
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the file is open"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", options.binary.display()));
        Self {
            watchdog: Some(Watchdog::over(child.id())),
            child: Mutex::new(child),
            folder,
            slot,
            _api: api,
        }
    }

    /// Gives the process its next event, when it asks for one; answers the request's id and what the process will say.
    pub(super) fn submit(&self, event: &[u8]) -> (String, Receiver<Part>) {
        let (parts, said) = sync_channel(PARTS);
        let id = clock::request_id();
        let mut state = self.slot.state();
        state.handed_out = None;
        state.waiting = Some(Work {
            id: id.clone(),
            event: event.to_vec(),
            parts,
        });
        drop(state);
        self.slot.changed.notify_all();
        (id, said)
    }

    /// When the process took the current event; none while it still starts.
    pub(super) fn handed_out(&self) -> Option<Instant> {
        self.slot.state().handed_out
    }

    /// How the process ended; none while it runs.
    pub(super) fn ended(&self) -> Option<String> {
        let mut child = self.child.lock().expect("nothing panics while it holds the process");
        child
            .try_wait()
            .expect("the process is our child")
            .map(|status| status.to_string())
    }

    pub(super) fn kill(&self) {
        let mut child = self.child.lock().expect("nothing panics while it holds the process");
        child.kill().ok();
        child.wait().ok();
    }

    /// What the process has written.
    pub(super) fn log(&self) -> String {
        let log = fs::read(self.folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    pub(super) fn pid(&self) -> u32 {
        self.child
            .lock()
            .expect("nothing panics while it holds the process")
            .id()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.kill();
        self.watchdog.take();
        self.slot.state().ended = true;
        self.slot.changed.notify_all();
    }
}

/// What Lambda sets for `provided.al2023`, and the function's own variables.
fn environment(options: &FunctionOptions, folder: &Path) -> Vec<(String, String)> {
    let folder = folder.to_string_lossy().into_owned();
    let memory = options.memory_mb.to_string();
    let group = format!("/aws/lambda/{}", options.name);
    let pairs = [
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
        ("TMPDIR", folder.as_str()),
        ("LAMBDA_TASK_ROOT", folder.as_str()),
        ("_HANDLER", "bootstrap"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
        ("AWS_LAMBDA_FUNCTION_NAME", options.name.as_str()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory.as_str()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", group.as_str()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "harness"),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
    ];
    let own = options.variables.iter().cloned();
    let lambda = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    lambda.into_iter().chain(own).collect()
}

impl Slot {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the state")
    }

    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut output = stream.try_clone()?;
        let mut input = BufReader::with_capacity(65_536, stream);
        while let Some(head) = RequestHead::read(&mut input)? {
            if head.expects_continue() {
                output.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
            let mut body = match head.body(&mut input) {
                Ok(body) => body,
                Err(error) => return self.broke_off(error),
            };
            let call = head.path.strip_prefix("/2018-06-01/runtime/").unwrap_or_default();
            match (head.method.as_str(), call.rsplit_once('/')) {
                ("GET", Some(("invocation", "next"))) => self.next(&mut output)?,
                ("POST", Some((invocation, "response"))) => {
                    self.respond(invocation, &mut body)?;
                    accept(&mut output)?;
                }
                ("POST", Some(("init", "error"))) => {
                    // There is no invocation yet that this one could belong to: it is the one that waits.
                    let failed = failure(&head, &mut body)?;
                    if let Some(work) = self.state().waiting.take() {
                        work.parts.send(Part::Failed(failed)).ok();
                    }
                    accept(&mut output)?;
                }
                ("POST", Some((invocation, "error"))) => {
                    let failed = failure(&head, &mut body)?;
                    if let Some(parts) = self.parts(invocation) {
                        parts.send(Part::Failed(failed)).ok();
                    }
                    accept(&mut output)?;
                }
                _ => output.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")?,
            }
        }
        Ok(())
    }

    /// Waits for an event and hands it out.
    fn next(&self, output: &mut TcpStream) -> io::Result<()> {
        let mut state = self.state();
        let work = loop {
            if state.ended {
                return Ok(());
            }
            if let Some(work) = state.waiting.take() {
                break work;
            }
            state = self
                .changed
                .wait(state)
                .expect("nothing panics while it holds the state");
        };
        state.running = Some((work.id.clone(), work.parts));
        state.handed_out = Some(Instant::now());
        drop(state);
        let deadline = clock::now().as_millis() + self.timeout_ms;
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nlambda-runtime-aws-request-id: {}\r\n\
             lambda-runtime-deadline-ms: {deadline}\r\nlambda-runtime-invoked-function-arn: {}\r\n\
             lambda-runtime-trace-id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n\
             content-length: {}\r\n\r\n",
            work.id,
            self.arn,
            work.event.len()
        );
        output.write_all(&[head.as_bytes(), &work.event].concat())
    }

    /// Passes an answer on as it comes.
    fn respond(&self, invocation: &str, body: &mut Body<'_, impl io::BufRead>) -> io::Result<()> {
        let parts = self.parts(invocation);
        // When nobody listens any more the function still runs to its end, as it does on AWS.
        let say = |part| parts.as_ref().map(|parts| parts.send(part));
        let mut buffer = vec![0; 65_536];
        loop {
            match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => drop(say(Part::Data(buffer[..count].to_vec()))),
                Err(error) => {
                    drop(say(Part::Failed(FunctionError::exited("the answer broke off"))));
                    return Err(error);
                }
            }
        }
        let failed = body.trailer("lambda-runtime-function-error-type");
        let part = failed.map_or(Part::End, |kind| {
            let told = body.trailer("lambda-runtime-function-error-body").unwrap_or_default();
            Part::Failed(FunctionError::told(kind, told.as_bytes()))
        });
        drop(say(part));
        Ok(())
    }

    /// Where the answer to an invocation goes; none when it was answered already.
    fn parts(&self, invocation: &str) -> Option<SyncSender<Part>> {
        let mut state = self.state();
        let (id, parts) = state.running.take()?;
        if invocation.strip_prefix("invocation/") == Some(id.as_str()) {
            return Some(parts);
        }
        state.running = Some((id, parts));
        None
    }

    fn broke_off(&self, error: io::Error) -> io::Result<()> {
        if let Some((_, parts)) = self.state().running.take() {
            parts
                .send(Part::Failed(FunctionError::exited("an answer that is no HTTP")))
                .ok();
        }
        Err(error)
    }
}

fn failure(head: &RequestHead, body: &mut Body<'_, impl io::BufRead>) -> io::Result<FunctionError> {
    let mut told = Vec::new();
    body.read_to_end(&mut told)?;
    let kind = head.header("lambda-runtime-function-error-type").unwrap_or("Unhandled");
    Ok(FunctionError::told(kind, &told))
}

fn accept(output: &mut TcpStream) -> io::Result<()> {
    let body = json!({ "status": "OK" }).to_string();
    let head = format!(
        "HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    output.write_all(head.as_bytes())
}
