//! The service: repositories, and who may do what with them.
//!
//! Knows `CodeCommit`'s domain: names, limits, permissions, and which facts change together. Must not know HTTP, wire
//! formats or AWS: it is driven through functions such as [`repositories::create`] and speaks to
//! [`packhouse_storage`]. Start at [`forge::Forge`], the context that every operation takes.

pub mod approval_rule_templates;
pub mod approvals;
pub mod audit;
pub mod authorization;
pub mod authorship;
pub mod branches;
mod change;
pub mod comments;
pub mod commits;
pub mod contents;
pub mod dead_letters;
pub mod directory;
mod due;
pub mod encryption_keys;
pub mod error;
pub mod events;
pub mod forge;
pub mod git;
pub mod hex;
pub mod iam;
mod idempotency;
pub mod identity;
pub mod in_process;
pub mod installation;
pub mod iso8601;
pub mod jobs;
pub mod maintenance;
pub mod master_key;
pub mod merges;
pub mod names;
pub mod notifications;
mod page_token;
pub mod policy;
pub mod pull_requests;
pub mod refusal;
pub mod relay;
pub mod repositories;
mod serial;
pub mod sts;
pub mod tags;
#[cfg(test)]
pub(crate) mod testing;
pub mod triggers;
pub mod uploads;
