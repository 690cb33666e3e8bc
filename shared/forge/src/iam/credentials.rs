//! What credentials of all kinds have in common: they are active or not, and they go.

#[cfg(test)]
mod tests;

use packhouse_storage::keys;
use packhouse_storage::table::{Expect, Write};

use super::owner;
use crate::directory::credential::{self, Credential};
use crate::directory::{Change, User};
use crate::error::{Error, Result};
use crate::forge::Forge;

/// Whether a credential proves anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Active,
    /// Not for now.
    Inactive,
}

impl Status {
    /// Of a credential that is active, or is not.
    pub(super) const fn of(active: bool) -> Self {
        if active { Self::Active } else { Self::Inactive }
    }

    /// As IAM writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
        }
    }
}

/// Where a credential stands in a list: by age.
pub(super) fn position(created_ms: u64, id: &str) -> String {
    format!("{created_ms:020}#{id}")
}

/// Reads the credential of a user that is stored under `key`.
///
/// # Errors
/// What `missing` says when there is none; the store's.
pub(super) async fn read(forge: &Forge, user: &User, key: &str, missing: impl Fn() -> Error) -> Result<Credential> {
    let found = credential::get(forge, key).await?;
    found.filter(|found| found.user_id == user.id).ok_or_else(missing)
}

/// Sets the status of the credential of a user that is stored under `key`.
///
/// # Errors
/// What `missing` says when there is none; the store's.
pub(super) async fn set_status(
    forge: &Forge,
    user: &User,
    key: &str,
    status: Status,
    missing: impl Fn() -> Error,
) -> Result<()> {
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut credential = read(forge, user, key, &missing).await?;
        credential.active = status == Status::Active;
        if change.write(vec![credential.put(key)]).await? {
            return Ok(());
        }
    }
}

/// Removes a credential from a user. `take` takes it off the user's record and answers what its item is stored under, or
/// `None` when the user has no such credential.
///
/// # Errors
/// What `missing` says when there is none; the store's.
pub(super) async fn delete(
    forge: &Forge,
    user: &User,
    mut take: impl FnMut(&mut User) -> Option<String>,
    missing: impl Fn() -> Error,
) -> Result<()> {
    let mut change = Change::of_identities(forge);
    let mut tried = false;
    loop {
        change.read().await?;
        let mut user = owner::again(forge, user).await?;
        let Some(key) = take(&mut user) else {
            // An earlier try whose outcome was unknown took it away, or somebody else did.
            return if tried { Ok(()) } else { Err(missing()) };
        };
        let writes = vec![
            Write::delete(keys::credential(&key), Expect::Any),
            Write::delete(keys::last_used(&key), Expect::Any),
            owner::stored(forge, &user),
        ];
        if change.write(writes).await? {
            return Ok(());
        }
        tried = true;
    }
}
