//! The port to what triggers tell.

use std::fmt;

use async_trait::async_trait;

/// Topics and functions.
#[async_trait]
pub trait TriggerTargets: Send + Sync + fmt::Debug {
    /// Hands a message to a topic, which is named by its ARN, with or without a subject. When it returns `Ok`, the topic has it.
    ///
    /// # Errors
    /// [`Undelivered`]. It may have the message all the same.
    async fn notify(&self, topic: &str, subject: Option<&str>, message: &str) -> Result<(), Undelivered>;

    /// Hands a payload to a function, which is named by its ARN. When it returns `Ok`, the function will run; what comes of
    /// it nobody hears.
    ///
    /// # Errors
    /// [`Undelivered`]. It may run all the same.
    async fn invoke(&self, function: &str, payload: &str) -> Result<(), Undelivered>;
}

/// What is posted to a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Where: `https`, or `http` where that is allowed.
    pub url: String,
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`, in seconds since the Unix epoch.
    pub timestamp: u64,
    /// `webhook-signature`.
    pub signature: String,
    /// JSON.
    pub body: String,
}

/// Who posts to webhooks.
#[async_trait]
pub trait Webhooks: Send + Sync + fmt::Debug {
    /// Posts. When it returns `Ok`, the receiver answered that it has it.
    ///
    /// # Errors
    /// [`Undelivered`]. The receiver may have it all the same.
    async fn post(&self, post: Post) -> Result<(), Undelivered>;
}

/// Why a target did not get something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// The target does not take it; the text is for whoever chose the target.
    #[error("{0}")]
    Refused(String),
    /// It could not be reached; the text is for the log.
    #[error("{0}")]
    Unreachable(String),
}

impl Undelivered {
    /// What whoever chose the target is told.
    #[must_use]
    pub fn told(&self) -> &str {
        match self {
            Self::Refused(why) => why,
            Self::Unreachable(_) => "The target could not be reached. Try again.",
        }
    }
}

/// The targets of a server that can deliver nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoTargets {
    /// Why, and what to do about it.
    pub why: &'static str,
}

impl NoTargets {
    pub(crate) fn refused(self) -> Result<(), Undelivered> {
        Err(Undelivered::Refused(self.why.to_owned()))
    }
}

#[async_trait]
impl Webhooks for NoTargets {
    async fn post(&self, _post: Post) -> Result<(), Undelivered> {
        self.refused()
    }
}

#[async_trait]
impl TriggerTargets for NoTargets {
    async fn notify(&self, _topic: &str, _subject: Option<&str>, _message: &str) -> Result<(), Undelivered> {
        self.refused()
    }

    async fn invoke(&self, _function: &str, _payload: &str) -> Result<(), Undelivered> {
        self.refused()
    }
}
