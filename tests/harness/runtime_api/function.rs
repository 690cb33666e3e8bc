//! A function: its settings, its processes, and invocations of it.

use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::sandbox::{Part, Sandbox};
use crate::emulators::{ACCOUNT, REGION};

/// How long a process may take until it asks for its first event: generous, as a loaded machine runs the tests too.
const START: Duration = Duration::from_secs(60);

/// How often a silent process is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What a function is deployed with.
#[derive(Debug, Clone)]
pub struct FunctionOptions {
    /// The function's name.
    pub name: String,
    /// The program that Lambda would call `bootstrap`.
    pub binary: PathBuf,
    /// Its environment, besides what Lambda sets.
    pub variables: Vec<(String, String)>,
    /// What it is told to have; nothing enforces it.
    pub memory_mb: u32,
    /// When an invocation is killed.
    pub timeout: Duration,
    /// How many processes there may be at once; an invocation above that is throttled.
    pub concurrency: usize,
}

impl FunctionOptions {
    /// A function with a time-out of a minute and at most eight processes.
    pub fn new(name: &str, binary: impl Into<PathBuf>, variables: Vec<(String, String)>) -> Self {
        Self {
            name: name.to_owned(),
            binary: binary.into(),
            variables,
            memory_mb: 1_769,
            timeout: Duration::from_secs(60),
            concurrency: 8,
        }
    }
}

/// A deployed function. It has no process until it is invoked. Dropping it kills those that it has.
#[derive(Debug, Clone)]
pub struct Function(Arc<Deployed>);

#[derive(Debug)]
struct Deployed {
    options: FunctionOptions,
    arn: String,
    sandboxes: Mutex<Sandboxes>,
    cold_starts: AtomicU64,
}

#[derive(Debug, Default)]
struct Sandboxes {
    idle: Vec<Arc<Sandbox>>,
    all: Vec<Arc<Sandbox>>,
    /// Of processes that are gone.
    log: String,
}

/// How an invocation failed, as Lambda tells its caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// Such as `Runtime.ExitError`, `Sandbox.Timedout`, or what the function called it.
    pub kind: String,
    /// The JSON that the caller gets.
    pub payload: String,
}

impl FunctionError {
    pub(super) fn told(kind: &str, payload: &[u8]) -> Self {
        Self {
            kind: kind.to_owned(),
            payload: String::from_utf8_lossy(payload).into_owned(),
        }
    }

    pub(super) fn exited(how: &str) -> Self {
        Self::lambda("Runtime.ExitError", &format!("Error: Runtime exited with error: {how}"))
    }

    fn lambda(kind: &str, message: &str) -> Self {
        let payload = json!({ "errorType": kind, "errorMessage": message });
        Self {
            kind: kind.to_owned(),
            payload: payload.to_string(),
        }
    }

    /// The field `errorMessage` of the payload, which for Rust functions is the error's text.
    pub fn message(&self) -> String {
        let payload: Value = serde_json::from_str(&self.payload).unwrap_or_default();
        payload["errorMessage"].as_str().unwrap_or_default().to_owned()
    }
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.payload)
    }
}

impl Function {
    /// Makes a function known; starts nothing.
    pub fn deploy(options: FunctionOptions) -> Self {
        let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", options.name);
        Self(Arc::new(Deployed {
            options,
            arn,
            sandboxes: Mutex::default(),
            cold_starts: AtomicU64::new(0),
        }))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.options.name
    }

    /// `arn:aws:lambda:…:function:NAME`.
    pub fn arn(&self) -> &str {
        &self.0.arn
    }

    /// Invokes it and answers all that it says, however it says it.
    ///
    /// # Errors
    /// When it fails, dies, takes longer than its time-out, or has no process left to start.
    pub fn invoke(&self, event: &[u8]) -> Result<Vec<u8>, FunctionError> {
        let mut invocation = self.start(event)?;
        let mut answer = Vec::new();
        while let Some(data) = invocation.next_data()? {
            answer.extend(data);
        }
        Ok(answer)
    }

    /// Begins an invocation whose answer is read as it comes.
    ///
    /// # Errors
    /// When there are as many processes at work as there may be.
    pub fn start(&self, event: &[u8]) -> Result<Invocation, FunctionError> {
        let sandbox = self.0.take_sandbox()?;
        let (id, parts) = sandbox.submit(event);
        Ok(Invocation {
            id,
            began: Instant::now(),
            running: Some(Running {
                function: Arc::clone(&self.0),
                sandbox,
                parts,
            }),
        })
    }

    /// Kills all its processes (`kill -9`), those at work too; the next invocation starts a new one.
    pub fn kill(&self) {
        for sandbox in &self.0.sandboxes().all {
            sandbox.kill();
        }
    }

    /// The ids of its processes.
    pub fn pids(&self) -> Vec<u32> {
        self.0.sandboxes().all.iter().map(|sandbox| sandbox.pid()).collect()
    }

    /// How many processes were started by now.
    pub fn cold_starts(&self) -> u64 {
        self.0.cold_starts.load(Ordering::SeqCst)
    }

    /// What its processes have written.
    pub fn log(&self) -> String {
        let sandboxes = self.0.sandboxes();
        let living = sandboxes.all.iter().map(|sandbox| sandbox.log());
        living.fold(sandboxes.log.clone(), |log, more| log + &more)
    }
}

impl Deployed {
    fn sandboxes(&self) -> MutexGuard<'_, Sandboxes> {
        self.sandboxes.lock().expect("nothing panics while it holds the list")
    }

    /// An idle process, or a new one.
    fn take_sandbox(&self) -> Result<Arc<Sandbox>, FunctionError> {
        let mut sandboxes = self.sandboxes();
        while let Some(idle) = sandboxes.idle.pop() {
            if idle.ended().is_none() {
                return Ok(idle);
            }
            sandboxes.bury(&idle);
        }
        if sandboxes.all.len() >= self.options.concurrency {
            return Err(FunctionError::lambda("TooManyRequestsException", "Rate Exceeded."));
        }
        let sandbox = Arc::new(Sandbox::start(&self.options, &self.arn));
        self.cold_starts.fetch_add(1, Ordering::SeqCst);
        sandboxes.all.push(Arc::clone(&sandbox));
        Ok(sandbox)
    }
}

impl Sandboxes {
    fn bury(&mut self, sandbox: &Arc<Sandbox>) {
        self.log.push_str(&sandbox.log());
        self.all.retain(|known| !Arc::ptr_eq(known, sandbox));
    }
}

/// An invocation whose answer is read as it comes. When it is dropped before its end, the function still runs to its end.
#[derive(Debug)]
pub struct Invocation {
    id: String,
    began: Instant,
    running: Option<Running>,
}

/// What came of waiting for an answer.
#[derive(Debug)]
pub(crate) enum Next {
    Data(Vec<u8>),
    End,
    NotYet,
}

#[derive(Debug)]
struct Running {
    function: Arc<Deployed>,
    sandbox: Arc<Sandbox>,
    parts: Receiver<Part>,
}

impl Invocation {
    /// The id that the function is told.
    pub fn request_id(&self) -> &str {
        &self.id
    }

    /// The next bytes of the answer, raw: of one that streams to a gateway first the prelude; none at its end.
    ///
    /// # Errors
    /// When the function fails, dies, or takes longer than its time-out. What was read before is then incomplete.
    pub fn next_data(&mut self) -> Result<Option<Vec<u8>>, FunctionError> {
        match self.next_data_until(None)? {
            Next::Data(data) => Ok(Some(data)),
            Next::End | Next::NotYet => Ok(None),
        }
    }

    /// The same, but waits no longer than until then.
    pub(crate) fn next_data_until(&mut self, until: Option<Instant>) -> Result<Next, FunctionError> {
        let Some(running) = &self.running else {
            return Ok(Next::End);
        };
        match running.next_part(self.began, &self.id, until) {
            None => Ok(Next::NotYet),
            Some(Part::Data(data)) => Ok(Next::Data(data)),
            Some(Part::End) => {
                self.finish(true);
                Ok(Next::End)
            }
            Some(Part::Failed(error)) => {
                self.finish(!error.kind.starts_with("Sandbox.") && !error.kind.starts_with("Runtime.Exit"));
                Err(error)
            }
        }
    }

    fn finish(&mut self, reusable: bool) {
        if let Some(running) = self.running.take() {
            running.finish(reusable);
        }
    }
}

impl Running {
    fn next_part(&self, began: Instant, id: &str, until: Option<Instant>) -> Option<Part> {
        loop {
            match self.parts.recv_timeout(LOOK) {
                Ok(part) => return Some(part),
                Err(RecvTimeoutError::Disconnected) => {
                    return Some(Part::Failed(FunctionError::exited("no answer")));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return None;
            }
            if let Some(how) = self.sandbox.ended() {
                // What it said before it died may have come since.
                let last = self.parts.try_recv();
                return Some(last.unwrap_or_else(|_| Part::Failed(FunctionError::exited(&how))));
            }
            let timeout = self.function.options.timeout;
            let late = match self.sandbox.handed_out() {
                Some(handed_out) => handed_out.elapsed() > timeout,
                None => began.elapsed() > START,
            };
            if late {
                self.sandbox.kill();
                let text = format!(
                    "RequestId: {id} Error: Task timed out after {:.2} seconds",
                    timeout.as_secs_f64()
                );
                return Some(Part::Failed(FunctionError::lambda("Sandbox.Timedout", &text)));
            }
        }
    }

    fn finish(self, reusable: bool) {
        let mut sandboxes = self.function.sandboxes();
        if reusable && self.sandbox.ended().is_none() {
            sandboxes.idle.push(self.sandbox);
        } else {
            self.sandbox.kill();
            sandboxes.bury(&self.sandbox);
        }
    }
}

impl Drop for Invocation {
    fn drop(&mut self) {
        let Some(running) = self.running.take() else {
            return;
        };
        let mut rest = Self {
            id: self.id.clone(),
            began: self.began,
            running: Some(running),
        };
        thread::spawn(move || while matches!(rest.next_data(), Ok(Some(_))) {});
    }
}
