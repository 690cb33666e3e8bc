//! The AWS CLI.

use std::{
    collections::BTreeMap,
    process::{Command, Output},
};

use serde_json::Value;

use crate::{Credentials, Server, python};

/// The status that the pinned AWS CLI, of version 1, ends with when a service refuses a call.
const REFUSED: i32 = 255;

/// A user of the stock AWS CLI.
#[derive(Debug, Clone)]
pub struct Aws {
    variables: BTreeMap<String, String>,
    options: Vec<String>,
}

impl Aws {
    /// The administrator of this server, whose environment is what `packhouse env` prints.
    pub fn of(server: &Server) -> Self {
        Self::by(server.credentials())
    }

    /// Whoever has these credentials.
    pub fn by(credentials: &Credentials) -> Self {
        let variables = credentials.variables();
        Self {
            variables: variables
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            options: Vec::new(),
        }
    }

    /// Somebody with these keys, as IAM and STS hand them out (null for nobody's), who names the server by `--endpoint-url`.
    pub fn with_keys(server: &Server, keys: &Value) -> Self {
        let rows = [
            ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
            ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
            ("AWS_SESSION_TOKEN", "SessionToken"),
        ];
        let given = rows
            .into_iter()
            .filter_map(|(name, field)| Some((name.to_owned(), keys[field].as_str()?.to_owned())));
        let options = ["--endpoint-url", server.base_url(), "--region", "us-east-1"];
        Self {
            variables: given.collect(),
            options: options.map(str::to_owned).into(),
        }
    }

    /// The same with one more variable of the environment.
    #[must_use]
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Runs `aws codecommit …` with arguments split at blanks, which must succeed; answers its JSON, null when empty.
    #[track_caller]
    pub fn codecommit(&self, arguments: &str) -> Value {
        self.service("codecommit", arguments)
    }

    /// The same of another service, such as `iam`.
    #[track_caller]
    pub fn service(&self, service: &str, arguments: &str) -> Value {
        let ran = self.run(service, arguments);
        let (stdout, stderr) = (text(ran.stdout), text(ran.stderr));
        assert!(ran.status.success(), "aws {service} {arguments}: {stderr}");
        if stdout.trim().is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("aws {service} {arguments}: {stdout:?}: {error}"))
    }

    /// Runs `aws codecommit …`, which the service must refuse; answers what it told its user.
    #[track_caller]
    pub fn codecommit_refused(&self, arguments: &str) -> String {
        self.service_refused("codecommit", arguments)
    }

    /// The same of another service.
    #[track_caller]
    pub fn service_refused(&self, service: &str, arguments: &str) -> String {
        let ran = self.run(service, arguments);
        let (stdout, stderr) = (text(ran.stdout), text(ran.stderr));
        assert_eq!(
            ran.status.code(),
            Some(REFUSED),
            "aws {service} {arguments}: must be refused, answered {stdout}{stderr}"
        );
        assert!(
            stdout.is_empty(),
            "aws {service} {arguments}: refused, and answered {stdout}"
        );
        stderr.trim().to_owned()
    }

    /// Runs a script in a shell that knows `aws`; answers what it printed, errors among it.
    #[track_caller]
    pub fn shell(&self, script: &str) -> String {
        let home = tempfile::TempDir::new().expect("a temporary folder");
        let aws = python::program("aws");
        let folder = aws.parent().expect("a program lies in a folder").display();
        let ran = Command::new("bash")
            .args(["-c", &format!("exec 2>&1\n{script}")])
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", format!("{folder}:/usr/bin:/bin"))
            .env("AWS_PAGER", "")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(&self.variables)
            .output()
            .expect("bash runs");
        text(ran.stdout)
    }

    fn run(&self, service: &str, arguments: &str) -> Output {
        let home = tempfile::TempDir::new().expect("a temporary folder");
        Command::new(python::program("aws"))
            .args([service, "--output", "json"])
            .args(&self.options)
            .args(arguments.split_whitespace())
            .env_clear()
            .env("HOME", home.path())
            .env("PATH", "/usr/bin:/bin")
            .env("AWS_PAGER", "")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(&self.variables)
            .output()
            .expect("the pinned AWS CLI runs")
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("the AWS CLI writes UTF-8")
}
