//! IAM's operations, one file for each noun.
//!
//! Seventy small operations share their records, so there is a file for each noun and not one for each operation. Each
//! first asks whether the caller may do it, under the action and the resource that IAM's authorization reference names,
//! and then does it: what it decides on and what it writes are one [`Change`](crate::directory::Change).

pub mod access_keys;
pub mod account;
pub mod attachments;
mod credentials;
pub(crate) mod given;
pub mod groups;
mod holder;
pub mod inline_policies;
pub mod mfa_devices;
pub mod oidc_providers;
mod owner;
pub mod paging;
pub(crate) mod permission;
pub mod policies;
pub mod roles;
pub mod service_credentials;
pub mod simulate;
pub mod ssh_public_keys;
pub mod tags;
#[cfg(test)]
mod tests;
mod trust;
pub mod users;

pub use self::credentials::Status;
pub use self::holder::Holder;

use packhouse_storage::keys::Identity;

use crate::directory::names::IdentityName;
use crate::error::{Error, Result};
use crate::identity::{Caller, Who};

/// Returns when IAM listens to the caller at all: to keys of `GetSessionToken` only if they came with a one-time password,
/// as they could else make keys that outlive them.
///
/// # Errors
/// [`Error::AccessDenied`].
pub fn admit(caller: &Caller) -> Result<()> {
    let session = caller.principal.proven.session();
    if session.is_none_or(|session| session.is_of_role() || session.mfa) {
        return Ok(());
    }
    Err(Error::AccessDenied {
        principal: caller.principal.arn.clone(),
        action: "iam:*".to_owned(),
        resource: "*".to_owned(),
        because: "because temporary keys of a user are for IAM only if they were given for a one-time password"
            .to_owned(),
    })
}

/// The user whom a call is about: the one it names, else the caller.
///
/// # Errors
/// [`Error::InvalidInput`] when it names nobody and the caller is no user.
pub fn user_meant(caller: &Caller, named: Option<IdentityName>) -> Result<IdentityName> {
    if let Some(named) = named {
        return Ok(named);
    }
    let principal = &caller.principal;
    match &principal.proven.who {
        Who::Session(session) if session.is_of_role() => Err(Error::InvalidInput(
            "Must specify userName when calling with non-User credentials".to_owned(),
        )),
        Who::User { .. } | Who::Session(_) => IdentityName::new(Identity::User, &principal.name),
    }
}
