//! The kinds of events that a rule can ask for, and `ListEventTypes`.

use super::Page;
use super::permission::permit;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::forge::Forge;
use crate::identity::Caller;

/// The service that all of them belong to.
pub const SERVICE: &str = "CodeCommit";
/// What all of them happen to.
pub const RESOURCE_TYPE: &str = "Repository";

macro_rules! event_types {
    ($($name:ident $id:literal $shown:literal,)*) => {
        /// A kind of events.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "`id` and `name` say what each is")]
        pub enum EventType {
            $($name,)*
        }

        impl EventType {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// What rules call it.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => concat!("codecommit-repository-", $id),)* }
            }

            /// What people call it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $shown,)* }
            }
        }
    };
}

event_types! {
    CommentsOnCommits "comments-on-commits" "Comments: On commits",
    CommentsOnPullRequests "comments-on-pull-requests" "Comments: On pull requests",
    ApprovalStatusChanged "approvals-status-changed" "Approvals: Status changed",
    ApprovalRuleOverridden "approvals-rule-override" "Approvals: Rule override",
    PullRequestCreated "pull-request-created" "Pull request: Created",
    PullRequestSourceUpdated "pull-request-source-updated" "Pull request: Source updated",
    PullRequestStatusChanged "pull-request-status-changed" "Pull request: Status changed",
    PullRequestMerged "pull-request-merged" "Pull request: Merged",
    ReferenceCreated "branches-and-tags-created" "Branches and tags: Created",
    ReferenceDeleted "branches-and-tags-deleted" "Branches and tags: Deleted",
    ReferenceUpdated "branches-and-tags-updated" "Branches and tags: Updated",
}

impl EventType {
    /// The one of that id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.id() == id)
    }

    /// What kind an event is; `None` for what no rule can ask for: reactions, templates, changes of approval rules, and merge
    /// commits that no branch points to.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        let name = event.detail.get("event")?.as_str()?;
        Some(match name {
            "referenceCreated" => Self::ReferenceCreated,
            "referenceUpdated" => Self::ReferenceUpdated,
            "referenceDeleted" => Self::ReferenceDeleted,
            "pullRequestCreated" => Self::PullRequestCreated,
            "pullRequestSourceBranchUpdated" => Self::PullRequestSourceUpdated,
            "pullRequestStatusChanged" => Self::PullRequestStatusChanged,
            "pullRequestMergeStatusUpdated" => Self::PullRequestMerged,
            "pullRequestApprovalRuleOverridden" => Self::ApprovalRuleOverridden,
            "pullRequestApprovalStateChanged" => Self::ApprovalStatusChanged,
            "commentOnPullRequestCreated" | "commentOnPullRequestUpdated" => Self::CommentsOnPullRequests,
            "commentOnCommitCreated" | "commentOnCommitUpdated" => Self::CommentsOnCommits,
            _ => return None,
        })
    }
}

/// Which kinds are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventTypeFilter {
    /// Those of this service.
    Service(String),
    /// Those of resources of this type.
    ResourceType(String),
}

/// Lists the kinds of events that a rule can ask for; all of them are one page.
///
/// # Errors
/// [`Error::AccessDenied`], and [`Error::InvalidContinuationToken`] for any token.
pub fn list_event_types(
    forge: &Forge,
    caller: &Caller,
    filters: &[EventTypeFilter],
    token: Option<&str>,
) -> Result<Page<EventType>> {
    permit(forge, caller, "ListEventTypes")?;
    if token.is_some() {
        return Err(Error::InvalidContinuationToken);
    }
    let fits = filters.iter().all(|filter| match filter {
        EventTypeFilter::Service(name) => name.eq_ignore_ascii_case(SERVICE),
        EventTypeFilter::ResourceType(name) => name.eq_ignore_ascii_case(RESOURCE_TYPE),
    });
    let items = if fits { EventType::ALL.to_vec() } else { Vec::new() };
    Ok(Page { items, next: None })
}
