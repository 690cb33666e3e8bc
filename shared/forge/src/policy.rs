//! What policies say: IAM's documents, evaluated as AWS evaluates them.
//!
//! Pure: knows no store, no caller and no clock. [`decide`] is the one place that says who may do what; what a request is
//! about is put together in [`crate::authorization`].

mod action;
mod condition;
mod context;
mod decision;
mod document;
mod invalid;
pub mod managed;
mod pattern;
mod variables;

pub use self::action::{Action, Target};
pub use self::context::Context;
pub use self::decision::{
    Decision, Layer, Outcome, Permissions, Policy, Question, Reason, Trusted, decide, decide_trust,
};
pub use self::document::{Document, InvalidDocument, Kind};
pub(crate) use self::pattern::Pattern;
