//! What happened, as it is told to others: `CodeCommit`'s events for `EventBridge`.
//!
//! Changes of refs are told from the repository's log ([`of_entry`]). What no log has is told by a [`Note`](note::Note),
//! which lies in the outbox from the transaction of the change on.

mod body;
mod comments;
mod date;
pub(crate) mod note;
mod pull_requests;
mod references;
mod templates;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use self::comments::{Reacted, Said, of_comment, of_reaction};
pub(crate) use self::pull_requests::of_pull_request;
pub(crate) use self::references::of_entry;
pub(crate) use self::templates::{TemplateChange, of_template};

/// One event, as a bus takes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Names it among all events of the installation, the same each time it is sent. Consumers tell repetitions by it.
    pub id: String,
    /// When it happened, since the Unix epoch.
    pub time: Duration,
    /// What kind it is.
    pub detail_type: DetailType,
    /// The ARNs of the repositories that it concerns.
    pub resources: Vec<String>,
    /// What happened, as `CodeCommit` words it.
    pub detail: Map<String, Value>,
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "`as_str` says what each is")]
pub enum DetailType {
    Repository,
    PullRequest,
    CommentOnPullRequest,
    CommentOnCommit,
    Reaction,
    Template,
}

impl DetailType {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Repository,
        Self::PullRequest,
        Self::CommentOnPullRequest,
        Self::CommentOnCommit,
        Self::Reaction,
        Self::Template,
    ];

    /// The one that `EventBridge` calls so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What `EventBridge` calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Repository => "CodeCommit Repository State Change",
            Self::PullRequest => "CodeCommit Pull Request State Change",
            Self::CommentOnPullRequest => "CodeCommit Comment on Pull Request",
            Self::CommentOnCommit => "CodeCommit Comment on Commit",
            Self::Reaction => "CodeCommit Comment Reaction Change",
            Self::Template => "CodeCommit Approval Rule Template Change",
        }
    }
}

/// Why events did not get onto the bus. They may be sent again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event bus did not take an event: {0}")]
pub struct BusError(pub String);

/// An event that the bus will never take, however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The event's id.
    pub id: String,
    /// What the bus says against it.
    pub why: String,
}

/// Where events go. It may deliver one twice, and in another order.
#[async_trait]
pub trait EventBus: Send + Sync + fmt::Debug {
    /// Hands over events. When it returns `Ok`, the bus has every one of them but the refused; otherwise it may have some.
    async fn publish(&self, events: &[Event]) -> Result<Vec<Refused>, BusError>;
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
