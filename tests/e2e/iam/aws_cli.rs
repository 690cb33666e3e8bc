//! Every operation of IAM by the stock AWS CLI, one story a noun. `tidy/aws_cli.rs` sees to it that none is left out.

mod account;
mod credentials;
mod groups;
mod mfa_devices;
mod oidc_providers;
mod permissions;
mod policies;
mod roles;
mod users;

use std::fmt;
use std::io::Write as _;

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

/// The administrator, who names the server by `--endpoint-url`.
fn administrator() -> Aws {
    let server = Server::shared();
    let credentials = server.credentials();
    let keys = json!({
        "AccessKeyId": credentials.get("AWS_ACCESS_KEY_ID"),
        "SecretAccessKey": credentials.get("AWS_SECRET_ACCESS_KEY"),
    });
    Aws::with_keys(server, &keys)
}

/// What `aws iam …` prints.
#[track_caller]
fn iam(arguments: &str) -> Value {
    administrator().service("iam", arguments)
}

/// Runs `aws iam …`, which must print nothing.
#[track_caller]
fn quiet(arguments: &str) {
    assert_eq!(iam(arguments), Value::Null, "aws iam {arguments}");
}

/// Fails unless `aws iam …` ends with this error of the service.
#[track_caller]
fn refused(arguments: &str, code: &str) {
    let told = administrator().service_refused("iam", arguments);
    let begin = format!("An error occurred ({code}) when calling the ");
    assert!(told.starts_with(&begin), "aws iam {arguments}: {told}");
}

/// The names of an object's members, sorted.
#[track_caller]
fn members(value: &Value) -> Vec<&str> {
    let members = value.as_object().expect("an object").keys();
    let mut names: Vec<&str> = members.map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// A text of the answer, for the next command.
#[track_caller]
fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// A file with an argument in it; shown as the CLI is told to read it. It is deleted when it is dropped.
struct File(NamedTempFile);

impl File {
    fn of(text: &str) -> Self {
        let mut file = NamedTempFile::new().expect("a temporary file");
        file.write_all(text.as_bytes()).expect("the file is writable");
        Self(file)
    }
}

impl fmt::Display for File {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "file://{}", self.0.path().display())
    }
}
