//! A mail server that takes mails by STARTTLS from who knows its password.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use crate::python;

/// A running mail server. Dropping it kills it.
#[derive(Debug)]
pub struct SmtpServer {
    child: Child,
    lines: BufReader<ChildStdout>,
    port: u16,
}

/// A mail as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Who sends it, as told to the server.
    pub from: String,
    /// Who gets it, as told to the server.
    pub to: Vec<String>,
    /// Headers and text, lines ended by `\r\n`.
    pub text: String,
}

impl SmtpServer {
    /// Starts one with this certificate for `localhost` and its key, files in PEM. Mails to `full@…` are refused.
    pub fn start(certificate: &str, key: &str) -> Self {
        let mut child = Command::new(python::program("python"))
            .args(["-u", "-c", include_str!("smtp_server.py"), certificate, key])
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the pinned python runs");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut port = String::new();
        lines.read_line(&mut port).expect("the mail server tells its port");
        let port = port.trim().parse().expect("the mail server starts");
        Self { child, lines, port }
    }

    /// Its URL for those who know the password.
    pub fn url(&self) -> String {
        format!("smtp://packhouse:sesame@localhost:{}?tls=required", self.port)
    }

    /// Waits for the next mail.
    pub fn next_mail(&mut self) -> Mail {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("the mail server lives");
        let mail: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Mail {
            from: text(&mail["from"]),
            to: mail["to"].as_array().expect("a list").iter().map(text).collect(),
            text: text(&mail["mail"]),
        }
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
