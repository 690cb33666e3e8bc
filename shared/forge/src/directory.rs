//! Identities as they are stored: users, groups, roles, policies, devices, credentials.
//!
//! Knows items and their records, and nothing of callers and permissions. Every change of them goes through [`Change`],
//! which also makes a new *generation*: whoever has read that item knows whether anything that was remembered of
//! identities still holds, so that a request costs one read for that and a revocation counts from the next request on.

mod change;
pub(crate) mod credential;
pub(crate) mod generation;
pub(crate) mod ids;
pub mod names;
pub(crate) mod record;

pub(crate) use self::change::Change;
pub(crate) use self::generation::Generation;
pub(crate) use self::record::{
    Group, ManagedPolicy, MfaDevice, OidcProvider, PolicyVersion, Role, ServiceCredential, User, get, put,
};

use packhouse_storage::keys;

use crate::error::Result;
use crate::forge::Forge;

/// The newest generation.
///
/// # Errors
/// The store's.
pub(crate) async fn generation(forge: &Forge) -> Result<Generation> {
    let item = forge.store().table().get(&keys::generation(account(forge))).await?;
    Ok(Generation(item.map_or(0, |item| item.version)))
}

/// The account whose identities an installation has.
pub(crate) fn account(forge: &Forge) -> &str {
    forge.installation().account.as_str()
}
