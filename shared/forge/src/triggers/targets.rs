//! The port to what triggers tell.

use std::fmt;

use async_trait::async_trait;
use packhouse_storage::blobs::ByteStream;

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

/// What an object says of itself: of what it is the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The repository's id.
    pub repository: String,
    /// The short name of the branch.
    pub branch: String,
    /// The version of the repository's log at which the branch was so.
    pub version: u64,
}

/// An object that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundObject {
    /// What it says of itself; none where a trigger has not written it.
    pub label: Option<Label>,
    /// What names its content.
    pub etag: String,
}

/// An object that is to be written.
pub struct NewObject {
    /// Where: `arn:<partition>:s3:::<bucket>/<key>`.
    pub arn: String,
    /// The `ETag` of the object that it replaces; none where none is there.
    pub replaces: Option<String>,
    /// What it says of itself.
    pub label: Label,
    /// What `CodePipeline` shows of it, in ASCII.
    pub summary: String,
    /// Its content.
    pub bytes: ByteStream,
}

/// Where archives are written to.
#[async_trait]
pub trait ArchiveTargets: Send + Sync + fmt::Debug {
    /// The object at an ARN; `None` where there is none, or where nobody lets us see whether there is.
    ///
    /// # Errors
    /// [`Undelivered`].
    async fn find(&self, arn: &str) -> Result<Option<FoundObject>, Undelivered>;

    /// Writes an object, whole or not at all; `false` when what it was to replace is not there any more, or something is there
    /// that it was not to replace.
    ///
    /// # Errors
    /// [`Undelivered`]. It may be written all the same.
    async fn put(&self, object: NewObject) -> Result<bool, Undelivered>;
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
    pub(crate) fn refused<T>(self) -> Result<T, Undelivered> {
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

#[async_trait]
impl ArchiveTargets for NoTargets {
    async fn find(&self, _arn: &str) -> Result<Option<FoundObject>, Undelivered> {
        self.refused()
    }

    async fn put(&self, _object: NewObject) -> Result<bool, Undelivered> {
        self.refused()
    }
}
