//! Review of pull requests: approval rules, approvals, and overrides.
//!
//! All of it is items in the pull request's partition, which change in one transaction with the pull request itself
//! ([`Attachment`](super::attachment::Attachment)). So whoever has read the pull request, and then these, and commits on
//! the pull request being the same, has seen them as they were at one instant.

mod create_rule;
mod delete_rule;
mod evaluate;
mod evaluation;
mod from_templates;
mod get_override;
mod get_states;
mod override_rules;
mod record;
mod revision_id;
mod rule;
mod update_rule;
mod update_state;

pub use self::create_rule::create_rule;
pub use self::delete_rule::delete_rule;
pub use self::evaluate::evaluate;
pub(super) use self::evaluate::satisfied;
pub use self::evaluation::Evaluation;
pub(super) use self::from_templates::from_templates;
pub use self::get_override::get_override;
pub use self::get_states::get_states;
pub use self::override_rules::override_rules;
pub(super) use self::record::rules;
pub use self::revision_id::RevisionId;
pub use self::rule::{Origin, Rule};
pub use self::update_rule::update_rule;
pub use self::update_state::update_state;
