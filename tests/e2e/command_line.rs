//! The commands of `packhouse` that its users run, against a server.

mod audit;
mod credential;
mod login;
mod policy;

use std::{
    fs,
    io::{Write as _, pipe},
    path::Path,
    process::{Command, Output, Stdio},
};

use packhouse_harness::{Boto3, Credentials, Server, binary, server::against_reference};
use tempfile::TempDir;

/// Runs `packhouse` in a home of its own with these variables and standard input.
pub(super) fn packhouse(home: &Path, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut child = Command::new(binary::packhouse())
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("packhouse runs");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    // A command that does not read it may end before.
    stdin.write_all(input.as_bytes()).ok();
    drop(stdin);
    child.wait_with_output().expect("packhouse is our child")
}

pub(super) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("output is UTF-8")
}

/// A home with a file `~/.aws/config`.
pub(super) fn home(config: &str) -> TempDir {
    let home = TempDir::new().expect("a temporary folder");
    fs::create_dir(home.path().join(".aws")).expect("the home is new");
    fs::write(home.path().join(".aws/config"), config).expect("the home is writable");
    home
}

/// The variables of an administrator, but for those that name the server.
fn keys(credentials: &Credentials) -> [(&'static str, &str); 3] {
    let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"];
    names.map(|name| (name, credentials.get(name)))
}

/// IAM as the administrator of a server uses it.
fn iam(server: &Server) -> Boto3 {
    let variables = server.credentials().variables();
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Boto3::of("iam", variables.collect())
}

#[test]
fn an_output_that_nobody_reads_is_no_failure() {
    if against_reference() {
        return;
    }
    let server = Server::start_embedded(&[]);
    server.create_repository("shown");
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    let ran = Command::new(binary::packhouse())
        .args(["admin", "--data"])
        .arg(server.data())
        .args(["show", "shown"])
        .stdout(writer)
        .output()
        .expect("packhouse runs");
    assert!(ran.status.success() && ran.stderr.is_empty(), "{ran:?}");
}
