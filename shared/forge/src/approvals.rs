//! Approval rules: what they say, and whether approvals satisfy them.

pub mod content;
pub mod name;

pub use self::content::Content;
pub use self::name::RuleName;
