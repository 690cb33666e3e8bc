//! The AWS CLI.

use std::process::Command;

use serde_json::Value;

use crate::{Server, python};

/// A user of the stock AWS CLI whose environment is what `packhouse env` prints.
#[derive(Debug)]
pub struct Aws<'a>(&'a Server);

impl<'a> Aws<'a> {
    /// A user of this server.
    pub fn of(server: &'a Server) -> Self {
        Self(server)
    }

    /// Runs `aws codecommit …` with arguments split at blanks, which must succeed; answers its JSON, null when empty.
    pub fn codecommit(&self, arguments: &str) -> Value {
        self.service("codecommit", arguments)
    }

    /// The same of another service, such as `iam`.
    pub fn service(&self, service: &str, arguments: &str) -> Value {
        let (success, stdout, stderr) = self.run(service, arguments);
        assert!(success, "aws {service} {arguments}: {stderr}");
        if stdout.trim().is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("aws {service} {arguments}: {stdout:?}: {error}"))
    }

    /// Runs `aws codecommit …`, which must fail; answers what it told its user.
    pub fn codecommit_refused(&self, arguments: &str) -> String {
        let (success, stdout, stderr) = self.run("codecommit", arguments);
        assert!(
            !success,
            "aws codecommit {arguments}: must be refused, answered {stdout}"
        );
        stderr.trim().to_owned()
    }

    fn run(&self, service: &str, arguments: &str) -> (bool, String, String) {
        let home = tempfile::TempDir::new().expect("a temporary folder");
        let ran = Command::new(python::program("aws"))
            .args([service, "--output", "json"])
            .args(arguments.split_whitespace())
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", "/usr/bin:/bin")
            .env("AWS_PAGER", "")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.0.credentials().variables())
            .output()
            .expect("the pinned AWS CLI runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the AWS CLI writes UTF-8");
        (ran.status.success(), text(ran.stdout), text(ran.stderr))
    }
}
