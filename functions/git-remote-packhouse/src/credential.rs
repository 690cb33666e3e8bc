//! Git's credentials (`git-credential(1)`).

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::git;
use crate::remote::Remote;

/// User and password, and what else git's helpers said.
#[derive(Clone)]
pub(crate) struct Credential {
    user: String,
    password: String,
    /// What git is to be told again when they proved right or wrong; none where they came in the URL.
    filled: Option<Vec<u8>>,
    /// Whether git does not know yet that they are right.
    is_news: bool,
}

impl Credential {
    /// Those in the URL.
    pub(crate) fn of(remote: &Remote) -> Option<Self> {
        Some(Self {
            user: remote.user.clone()?,
            password: remote.password.clone()?,
            filled: None,
            is_news: false,
        })
    }

    /// Asks git's credential helpers, or the user.
    pub(crate) fn fill(remote: &Remote) -> Result<Self> {
        let user = remote.user.as_ref().map(|user| format!("username={user}\n"));
        let question = format!("url={}\n{}\n", remote.bare, user.unwrap_or_default());
        let answer = git::output(["credential", "fill"], question.into_bytes()).context("there are no credentials")?;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let field = |name: &str| {
            let mut fields = text.lines().filter_map(|line| line.split_once('='));
            fields.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
        };
        Ok(Self {
            user: field("username").context("git knows no user")?,
            password: field("password").context("git knows no password")?,
            filled: Some(answer),
            is_news: true,
        })
    }

    /// The value of a header `Authorization`.
    pub(crate) fn header(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.user, self.password)))
    }

    /// Whether they were not told of as right before.
    pub(crate) const fn take_news(&mut self) -> bool {
        std::mem::replace(&mut self.is_news, false)
    }

    /// Tells git's helpers that they were right. Where that fails the push is none the worse.
    pub(crate) fn approve(&self) {
        self.tell("approve");
    }

    /// Tells git's helpers that they were wrong.
    pub(crate) fn reject(&self) {
        self.tell("reject");
    }

    fn tell(&self, what: &str) {
        if let Some(filled) = &self.filled {
            drop(git::run(["credential", what], filled.clone()));
        }
    }
}
