//! STS's operations: who somebody is, and temporary keys.
//!
//! Whoever gets temporary keys has shown one of four things: their own keys ([`session_token`]), that the role's trust
//! policy lets them in ([`assume_role`]), an ID token of an issuer that the account knows ([`web_identity`]), or who AWS says
//! that they are ([`aws_identity`]).

pub mod assume_role;
pub mod aws_identity;
pub mod federation;
mod role_session;
pub mod session_token;
#[cfg(test)]
mod tests;
pub mod web_identity;
mod web_keys;

pub(crate) use self::federation::Federation;
pub use self::role_session::{AssumedRole, RoleRequest};

/// A device, by its serial number, and the password that it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// The device's ARN.
    pub serial: String,
    /// The one-time password.
    pub password: String,
}
