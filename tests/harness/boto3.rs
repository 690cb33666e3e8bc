//! boto3's clients, each in one long-lived Python process: a call costs milliseconds.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Mutex,
};

use serde_json::{Value, json};

use crate::{Credentials, python};

/// The variable that names a folder where the exceptions that come of calls are noted.
const REFUSALS: &str = "PACKHOUSE_REFUSALS";

/// A client of one service at one server.
#[derive(Debug)]
pub struct Boto3(Mutex<Worker>);

/// What the service answered instead of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// The exception, such as `RepositoryDoesNotExistException`.
    pub code: String,
    /// The text for people.
    pub message: String,
    /// The HTTP status.
    pub status: u64,
}

#[derive(Debug)]
struct Worker {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Boto3 {
    /// Starts a client of CodeCommit that finds its endpoint and keys as every AWS tool does.
    pub fn start(credentials: &Credentials) -> Self {
        let variables = credentials
            .variables()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self::start_with_env(variables.collect())
    }

    /// Starts a client of CodeCommit with this environment.
    pub fn start_with_env(variables: Vec<(String, String)>) -> Self {
        Self::of("codecommit", variables)
    }

    /// Starts a client of a service, by boto3's name for it, with this environment.
    pub fn of(service: &str, variables: Vec<(String, String)>) -> Self {
        let mut child = Command::new(python::program("python"))
            .args(["-u", "-c", include_str!("boto3_worker.py"), service])
            .env_clear()
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .envs(variables)
            .envs(std::env::var_os(REFUSALS).map(|folder| (REFUSALS, folder)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the pinned python runs");
        let requests = child.stdin.take().expect("stdin is piped");
        let answers = BufReader::new(child.stdout.take().expect("stdout is piped"));
        Self(Mutex::new(Worker {
            child,
            requests,
            answers,
        }))
    }

    /// Calls an operation by its API name with its parameters. Bytes are `{"base64": "…"}`, in parameters and answers.
    ///
    /// # Errors
    /// When the service answers with an exception. Whatever else goes wrong fails the test.
    pub fn call(&self, operation: &str, parameters: &Value) -> Result<Value, ServiceError> {
        let mut answer = self.ask(operation, parameters);
        if let Some(error) = answer.get("error") {
            let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            return Err(ServiceError {
                code: text("code"),
                message: text("message"),
                status: error["status"].as_u64().unwrap_or_default(),
            });
        }
        assert!(answer.get("failure").is_none(), "{operation}: {}", answer["failure"]);
        Ok(answer["answer"].take())
    }

    /// Calls an operation and answers how the call itself failed, such as by a connection that broke; none when the service
    /// answered.
    pub fn failure(&self, operation: &str, parameters: &Value) -> Option<String> {
        let answer = self.ask(operation, parameters);
        answer["failure"].as_str().map(str::to_owned)
    }

    fn ask(&self, operation: &str, parameters: &Value) -> Value {
        let mut worker = self.0.lock().expect("an earlier call failed");
        let request = json!({ "operation": operation, "parameters": parameters });
        writeln!(worker.requests, "{request}").expect("the worker lives");
        let mut line = String::new();
        worker.answers.read_line(&mut line).expect("the worker answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{operation}: {line:?}: {error}"))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
