//! Notification rules: topics, and people by e-mail, that are told what happens to a repository, as `CodeStar Notifications` does it.
//!
//! All rules of a repository are one item beside it. Of each event, [`take()`] writes down a notification for each target of each
//! rule that asks for it; [`deliver()`] sends those of one [`Lane`], a rule's to one target, and takes away what was sent. So
//! nothing is lost that was taken, and a target that takes nothing keeps no other. [`tell()`] does both for one event.

mod amend;
mod attributes;
mod background;
mod create;
mod delete;
mod delete_target;
mod deliver;
mod describe;
mod event_type;
mod hand_over;
mod letter;
mod list;
mod list_targets;
mod mailer;
mod message;
mod pending;
mod permission;
mod purge;
mod record;
mod resend;
mod rule;
mod subscribe;
mod tags;
mod take;
mod tell;
#[cfg(test)]
mod tests;
mod unsubscribe;
mod update;

pub use self::background::delivering;
pub use self::create::create;
pub use self::delete::delete;
pub use self::delete_target::delete_target;
pub use self::deliver::{Sent, deliver, sweep};
pub use self::describe::{Described, describe};
pub use self::event_type::{EventType, EventTypeFilter, RESOURCE_TYPE, SERVICE, list_event_types};
pub use self::list::{Filter, Listed, list};
pub use self::list_targets::{ListedTarget, TargetFilter, list_targets};
pub use self::mailer::{Mail, Mailer};
pub use self::pending::Lane;
pub(crate) use self::purge::purge;
pub(crate) use self::resend::resend;
pub use self::rule::{Changes, Detail, Given, GivenTarget, Rule, Target};
pub use self::subscribe::subscribe;
pub use self::tags::{tag, tags, untag};
pub use self::take::take;
pub use self::tell::tell;
pub use self::unsubscribe::unsubscribe;
pub use self::update::update;

/// A page of a listing, and the token for the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The token for the next page.
    pub next: Option<String>,
}
