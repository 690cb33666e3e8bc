//! The server's side of direct uploads: `POST …/uploads`, `…/parts`, and the request that finishes a push.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use packhouse_git::pkt_line::printable;
use serde::Deserialize;
use serde_json::{Value, json};
use ureq::Body;
use ureq::http::Response;

use crate::config;
use crate::credential::Credential;
use crate::http::Agents;
use crate::remote::Remote;

/// The longest answer that is read, in bytes: a hundred long URLs.
const MAX_ANSWER: u64 = 4 << 20;
/// How long to wait before each further attempt.
pub(crate) const PAUSES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(8),
];

/// A server, with what it takes to be known to it.
pub(crate) struct Api<'a> {
    remote: &'a Remote,
    pub(crate) agents: Agents,
    /// `http.extraHeader`
    extra: Option<(String, String)>,
    credential: Mutex<Option<Credential>>,
}

/// Why the server did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was not reached, broke off, or is too busy: trying again may help.
    Away(String),
    /// It says no.
    Refused { status: u16, message: String },
    /// There is no use in going on.
    Fatal(anyhow::Error),
}

impl From<Failure> for anyhow::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Away(why) => anyhow!("{why}"),
            Failure::Refused { status, message } => anyhow!("the server refuses: {message} (HTTP {status})"),
            Failure::Fatal(error) => error,
        }
    }
}

/// An upload that the server has begun.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Begun {
    pub(crate) upload: String,
    pub(crate) part_bytes: u64,
    pub(crate) parts: u32,
}

/// One part, as the server sees it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Part {
    pub(crate) part: u32,
    pub(crate) bytes: u64,
    pub(crate) stored: bool,
    #[serde(default)]
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Parts {
    parts: Vec<Part>,
}

impl<'a> Api<'a> {
    pub(crate) fn new(remote: &'a Remote) -> Result<Self> {
        let settings = config::http(&remote.bare)?;
        let extra = settings.get("extraheader").and_then(|header| header.split_once(':'));
        Ok(Self {
            remote,
            agents: Agents::default(),
            extra: extra.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())),
            credential: Mutex::new(Credential::of(remote)),
        })
    }

    pub(crate) const fn remote(&self) -> &Remote {
        self.remote
    }

    /// Begins an upload.
    pub(crate) fn begin(&self, bytes: u64) -> Result<Begun, Failure> {
        let begun: Begun = self.ask("uploads", &json!({ "bytes": bytes }))?;
        let is_id = begun.upload.len() <= 64 && begun.upload.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let parts = bytes
            .checked_div(begun.part_bytes)
            .map(|_| bytes.div_ceil(begun.part_bytes));
        if !is_id || parts != Some(begun.parts.into()) {
            return Err(Failure::Fatal(anyhow!("the server's answer makes no sense: {begun:?}")));
        }
        Ok(begun)
    }

    /// Where to put parts, and which of them are there.
    pub(crate) fn parts(&self, upload: &str, bytes: u64, numbers: &[u32]) -> Result<Vec<Part>, Failure> {
        let asked = json!({ "bytes": bytes, "parts": numbers });
        let answered: Parts = self.ask(&format!("uploads/{upload}/parts"), &asked)?;
        let told: Vec<u32> = answered.parts.iter().map(|part| part.part).collect();
        if told != numbers {
            return Err(Failure::Fatal(anyhow!(
                "the server tells of other parts than it was asked for"
            )));
        }
        Ok(answered.parts)
    }

    /// Asks again where the server was away.
    fn ask<T: for<'de> Deserialize<'de>>(&self, path: &str, question: &Value) -> Result<T, Failure> {
        let body = question.to_string();
        let mut pauses = PAUSES.iter();
        loop {
            let answer = self
                .post(path, "application/json", body.as_bytes())
                .and_then(|mut answer| {
                    let read = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
                    read.map_err(|error| Failure::Away(format!("the server's answer broke off: {error}")))
                });
            match (answer, pauses.next()) {
                (Err(Failure::Away(_)), Some(pause)) => std::thread::sleep(*pause),
                (answer, _) => {
                    let read = serde_json::from_slice(&answer?).context("the server's answer cannot be read");
                    return read.map_err(Failure::Fatal);
                }
            }
        }
    }

    /// Sends a request below the repository's URL; its answer if that is a success.
    pub(crate) fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Result<Response<Body>, Failure> {
        let url = format!("{}/{path}", self.remote.bare);
        let agent = self.agents.of(&url).map_err(Failure::Fatal)?;
        let mut attempt = 0;
        loop {
            let credential = self.credential(attempt).map_err(Failure::Fatal)?;
            let mut request = agent.post(&url).header("Content-Type", content_type);
            if let Some((name, value)) = &self.extra {
                request = request.header(name, value);
            }
            if let Some(credential) = &credential {
                request = request.header("Authorization", credential.header());
            }
            let answer = request
                .send(body)
                .map_err(|error| Failure::Away(format!("cannot reach the server: {error}")))?;
            let status = answer.status().as_u16();
            if status == 401 {
                self.reject(attempt, credential).map_err(Failure::Fatal)?;
                attempt += 1;
                continue;
            }
            if let Some(credential) = credential {
                self.approve(&credential);
            }
            return if answer.status().is_success() {
                Ok(answer)
            } else {
                Err(failure(answer))
            };
        }
    }

    /// The credentials to send; none at first where a configured header may do.
    fn credential(&self, attempt: u32) -> Result<Option<Credential>> {
        let mut known = self.credential.lock().unwrap_or_else(PoisonError::into_inner);
        let has_header = self
            .extra
            .as_ref()
            .is_some_and(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        if known.is_none() && !(has_header && attempt == 0) {
            let filled = Credential::fill(self.remote);
            *known = Some(filled.with_context(|| format!("Authentication failed for '{}'", self.remote.bare))?);
        }
        Ok(known.clone())
    }

    /// Takes note that credentials are wrong. Git asks its user for others once.
    fn reject(&self, attempt: u32, wrong: Option<Credential>) -> Result<()> {
        if let Some(wrong) = wrong {
            wrong.reject();
            if attempt > 0 {
                bail!("Authentication failed for '{}'", self.remote.bare);
            }
        }
        *self.credential.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    /// Takes note that credentials are right: git's helpers are told once.
    fn approve(&self, credential: &Credential) {
        let mut known = self.credential.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_mut().is_some_and(Credential::take_news) {
            credential.approve();
        }
    }
}

/// Why an answer is no success.
fn failure(mut answer: Response<Body>) -> Failure {
    let status = answer.status();
    let mut text = Vec::new();
    // What cannot be read of a refusal is not told.
    drop(answer.body_mut().as_reader().take(16 << 10).read_to_end(&mut text));
    let message = serde_json::from_slice::<Value>(&text)
        .ok()
        .and_then(|answer| answer["message"].as_str().map(ToOwned::to_owned))
        .unwrap_or_else(|| {
            String::from_utf8_lossy(&text)
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned()
        });
    let message = printable(&message);
    let message = match message.trim() {
        "" => status.canonical_reason().unwrap_or("no reason given").to_owned(),
        message => message.to_owned(),
    };
    if status.is_server_error() || matches!(status.as_u16(), 408 | 429) {
        return Failure::Away(format!("the server says: {message} (HTTP {})", status.as_u16()));
    }
    Failure::Refused {
        status: status.as_u16(),
        message,
    }
}
