//! Pull requests: asked for, followed, and closed.
//!
//! A pull request is one item, `META`, that whoever changes it compares; `writes.rs` is the one way to do so. What becomes
//! of its branches is not written by whoever pushes: everybody who looks at a pull request first calls [`follow`], which
//! applies what the repository's log has had since.

mod amend;
mod attachment;
mod authorised;
mod background;
mod create;
mod describe_events;
mod event;
mod follow;
mod get;
mod id;
mod list;
mod load;
mod merge;
mod pull_request;
mod purge;
mod record;
pub mod review;
mod scan;
mod shown;
#[cfg(test)]
mod tests;
mod texts;
mod update_description;
mod update_status;
mod update_title;
mod writes;

pub(crate) use self::authorised::{authorised_pull_request, check_repository};
pub use self::background::follow_pushes;
pub use self::create::{New, create};
pub use self::describe_events::{Events, Filter as EventFilter, describe_events};
pub use self::event::{Event, EventType, Rule, What};
pub use self::follow::follow;
pub use self::get::get;
pub use self::id::PullRequestId;
pub use self::list::{Filter, Page, list};
pub(crate) use self::load::load;
pub use self::merge::{Asked, merge};
pub use self::pull_request::{Merged, PullRequest, Revision, Status};
pub(crate) use self::purge::purge;
pub use self::shown::Shown;
pub use self::texts::{Description, Title};
pub use self::update_description::update_description;
pub use self::update_status::update_status;
pub use self::update_title::update_title;

pub use crate::merges::MergeOption;
