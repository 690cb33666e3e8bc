//! Who calls, and how they prove it.

pub mod access_keys;
pub mod administrator;
mod credentials;
pub(crate) mod described;
pub mod git_credentials;
pub mod last_used;
mod load;
pub(crate) mod memory;
mod principal;
pub mod session;
pub(crate) mod session_tags;
#[cfg(test)]
mod tests;
pub(crate) mod whose;

pub use self::load::principal;
pub(crate) use self::load::{managed_policy, policy};
pub use self::principal::{Caller, Principal, Proven, Source, Who};
