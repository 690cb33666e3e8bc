//! An OpenID Connect issuer that signs whatever a test wants.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use crate::python;

/// A running issuer. Dropping it kills it.
#[derive(Debug)]
pub struct OidcIssuer {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    url: String,
}

impl OidcIssuer {
    /// Starts one that speaks HTTPS with this certificate and key, files in PEM.
    pub fn start(certificate: &str, key: &str) -> Self {
        let mut child = Command::new(python::program("python"))
            .args(["-u", "-c", include_str!("oidc_issuer.py"), certificate, key])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the pinned python runs");
        let orders = child.stdin.take().expect("stdin is piped");
        let mut answers = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut url = String::new();
        answers.read_line(&mut url).expect("the issuer tells its URL");
        let url = url.trim().to_owned();
        assert!(url.starts_with("https://"), "the issuer does not start: {url:?}");
        Self {
            child,
            orders,
            answers,
            url,
        }
    }

    /// The issuer's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A token with these claims, signed with the present key. What `header` has comes in place of the usual header's.
    pub fn token(&mut self, header: &Value, claims: &Value) -> String {
        let token = self.order(&json!({ "token": { "header": header, "claims": claims } }));
        token.as_str().expect("a token is a text").to_owned()
    }

    /// Takes another key, and forgets the present one.
    pub fn rotate(&mut self) {
        self.order(&json!({ "rotate": null }));
    }

    /// How often its keys were fetched.
    pub fn asked(&mut self) -> u64 {
        self.order(&json!({ "asked": null })).as_u64().expect("a count")
    }

    /// Answers something else at a path.
    pub fn say(&mut self, path: &str, body: &str) {
        self.order(&json!({ "say": { "path": path, "body": body } }));
    }

    /// Leads elsewhere at a path.
    pub fn redirect(&mut self, path: &str, to: &str) {
        self.order(&json!({ "redirect": { "path": path, "to": to } }));
    }

    fn order(&mut self, order: &Value) -> Value {
        writeln!(self.orders, "{order}").expect("the issuer lives");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the issuer answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{order}: {line:?}: {error}"))
    }
}

impl Drop for OidcIssuer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
