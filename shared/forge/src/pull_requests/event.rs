//! What happened to a pull request.

use std::time::Duration;

use packhouse_git::hash::ObjectId;
use serde_json::{Map, Value};

use super::{Merged, Status};

/// One thing that happened to a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, since the Unix epoch.
    pub time: Duration,
    /// ARN of who did it.
    pub actor: String,
    /// What others are told of who did it, by tags of theirs. It is not kept.
    pub session_tags: Map<String, Value>,
    /// What.
    pub what: What,
}

/// What can happen to a pull request. Comments are no events, and neither are other titles and descriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It was made.
    Created {
        /// The tip of its source.
        source: ObjectId,
        /// The tip of its destination.
        destination: ObjectId,
        /// Their best common ancestor.
        merge_base: Option<ObjectId>,
    },
    /// It was closed without a merge.
    StatusChanged(Status),
    /// Its source moved.
    SourceReferenceUpdated {
        /// From there.
        before: ObjectId,
        /// To there.
        after: ObjectId,
        /// Which makes this revision.
        revision: String,
        /// The best common ancestor with the destination.
        merge_base: Option<ObjectId>,
    },
    /// It was merged.
    MergeStateChanged(Merged),
    /// An approval rule was added.
    ApprovalRuleCreated(Rule),
    /// An approval rule was changed.
    ApprovalRuleUpdated(Rule),
    /// An approval rule was taken away.
    ApprovalRuleDeleted(Rule),
    /// Its approval rules were overridden, or no longer.
    ApprovalRuleOverridden {
        /// For this revision.
        revision: String,
        /// Whether they are now.
        overridden: bool,
    },
    /// It was approved, or an approval was taken back.
    ApprovalStateChanged {
        /// For this revision.
        revision: String,
        /// Whether it was approved.
        approved: bool,
    },
}

/// An approval rule, as an event tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its content: what it became, or what it was when it was taken away.
    pub content: String,
}

/// The kinds of what can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what `What` has under that name")]
pub enum EventType {
    Created,
    StatusChanged,
    SourceReferenceUpdated,
    MergeStateChanged,
    ApprovalRuleCreated,
    ApprovalRuleUpdated,
    ApprovalRuleDeleted,
    ApprovalRuleOverridden,
    ApprovalStateChanged,
}

impl What {
    /// Of which kind it is.
    #[must_use]
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::Created { .. } => EventType::Created,
            Self::StatusChanged(_) => EventType::StatusChanged,
            Self::SourceReferenceUpdated { .. } => EventType::SourceReferenceUpdated,
            Self::MergeStateChanged(_) => EventType::MergeStateChanged,
            Self::ApprovalRuleCreated(_) => EventType::ApprovalRuleCreated,
            Self::ApprovalRuleUpdated(_) => EventType::ApprovalRuleUpdated,
            Self::ApprovalRuleDeleted(_) => EventType::ApprovalRuleDeleted,
            Self::ApprovalRuleOverridden { .. } => EventType::ApprovalRuleOverridden,
            Self::ApprovalStateChanged { .. } => EventType::ApprovalStateChanged,
        }
    }
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::StatusChanged,
        Self::SourceReferenceUpdated,
        Self::MergeStateChanged,
        Self::ApprovalRuleCreated,
        Self::ApprovalRuleUpdated,
        Self::ApprovalRuleDeleted,
        Self::ApprovalRuleOverridden,
        Self::ApprovalStateChanged,
    ];

    /// The name in the API, which is also the stored one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "PULL_REQUEST_CREATED",
            Self::StatusChanged => "PULL_REQUEST_STATUS_CHANGED",
            Self::SourceReferenceUpdated => "PULL_REQUEST_SOURCE_REFERENCE_UPDATED",
            Self::MergeStateChanged => "PULL_REQUEST_MERGE_STATE_CHANGED",
            Self::ApprovalRuleCreated => "PULL_REQUEST_APPROVAL_RULE_CREATED",
            Self::ApprovalRuleUpdated => "PULL_REQUEST_APPROVAL_RULE_UPDATED",
            Self::ApprovalRuleDeleted => "PULL_REQUEST_APPROVAL_RULE_DELETED",
            Self::ApprovalRuleOverridden => "PULL_REQUEST_APPROVAL_RULE_OVERRIDDEN",
            Self::ApprovalStateChanged => "PULL_REQUEST_APPROVAL_STATE_CHANGED",
        }
    }

    /// The type of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}
