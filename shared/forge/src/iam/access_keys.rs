//! Access keys: two a user, so that one can take over from the other.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::credentials::{self, Status};
use super::holder::Deed;
use super::owner::{self, permitted};
use super::paging::{self, Page, Paging};
use super::permission::Ask;
use crate::directory::ids::fresh_key_id;
use crate::directory::names::IdentityName;
use crate::directory::{Change, User, credential};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::{Caller, access_keys, last_used};

/// How many a user may have.
const MAX: usize = 2;
/// The longest id that is looked up.
const MAX_ID: usize = 128;

/// What everybody who may see it sees of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// Whose it is.
    pub user: String,
    /// `AKIA…`.
    pub id: String,
    /// Whether requests may be signed with it.
    pub status: Status,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_ms: u64,
}

/// A key that was just made: the only time that its secret is told.
#[derive(Clone)]
pub struct NewAccessKey {
    /// The key.
    pub key: AccessKey,
    /// Its secret.
    pub secret: String,
}

impl fmt::Debug for NewAccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccessKey")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// When and for what a key was used last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUsed {
    /// Whose it is.
    pub user: String,
    /// When and for what; none if never.
    pub used: Option<last_used::LastUsed>,
}

/// Makes a key for a user (`CreateAccessKey`).
///
/// # Errors
/// [`Error::LimitExceeded`] when they have two; [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn create(forge: &Forge, caller: &Caller, user: &IdentityName) -> Result<NewAccessKey> {
    let owner = permitted(forge, caller, Deed::plain("CreateAccessKey"), user).await?;
    let id = fresh_key_id("AKIA");
    let secret = STANDARD.encode(rand::random::<[u8; 30]>());
    let credential = access_keys::stored(&forge.key().await?, (&owner.name, &owner.id), &id, &secret);
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut user = owner::again(forge, &owner).await?;
        if !user.access_keys.contains(&id) {
            if user.access_keys.len() >= MAX {
                return Err(Error::LimitExceeded {
                    what: "AccessKeysPerUser",
                    limit: MAX,
                });
            }
            user.access_keys.push(id.clone());
            if !change
                .write(vec![credential.put(&id), owner::stored(forge, &user)])
                .await?
            {
                continue;
            }
        }
        let key = AccessKey {
            user: user.name,
            id,
            status: Status::Active,
            created_ms: credential.created_ms,
        };
        return Ok(NewAccessKey { key, secret });
    }
}

/// Sets the status of a key (`UpdateAccessKey`). It holds from the next request on.
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn update(forge: &Forge, caller: &Caller, user: &IdentityName, id: &str, status: Status) -> Result<()> {
    let user = permitted(forge, caller, Deed::plain("UpdateAccessKey"), user).await?;
    known(&user, id)?;
    credentials::set_status(forge, &user, id, status, || missing(id)).await
}

/// Removes a key (`DeleteAccessKey`).
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn delete(forge: &Forge, caller: &Caller, user: &IdentityName, id: &str) -> Result<()> {
    let user = permitted(forge, caller, Deed::plain("DeleteAccessKey"), user).await?;
    let take = |user: &mut User| {
        let at = user.access_keys.iter().position(|key| key == id)?;
        Some(user.access_keys.remove(at))
    };
    credentials::delete(forge, &user, take, || missing(id)).await
}

/// The keys of a user, the oldest first (`ListAccessKeys`).
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; [`Error::InvalidContinuationToken`]; the store's.
pub async fn list(forge: &Forge, caller: &Caller, user: &IdentityName, paging: &Paging) -> Result<Page<AccessKey>> {
    let user = permitted(forge, caller, Deed::plain("ListAccessKeys"), user).await?;
    let mut all = Vec::with_capacity(user.access_keys.len());
    for id in &user.access_keys {
        if let Some(found) = credential::get(forge, id).await? {
            let key = AccessKey {
                user: user.name.clone(),
                id: id.clone(),
                status: Status::of(found.active),
                created_ms: found.created_ms,
            };
            all.push((credentials::position(found.created_ms, id), key));
        }
    }
    paging::slice(forge, paging, &format!("ListAccessKeys#{}", user.id), all).await
}

/// When and for what a key was used last (`GetAccessKeyLastUsed`).
///
/// # Errors
/// [`Error::AccessDenied`], whether there is such a key or not; else [`Error::NoSuchEntity`]; the store's.
pub async fn get_last_used(forge: &Forge, caller: &Caller, id: &str) -> Result<LastUsed> {
    const ACTION: &str = "GetAccessKeyLastUsed";
    let plausible = id.len() <= MAX_ID && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let found = if plausible {
        credential::get(forge, id).await?
    } else {
        None
    };
    let Some(found) = found else {
        Ask::new(forge, caller, ACTION, "*").permit()?;
        return Err(missing(id));
    };
    let name = IdentityName::new(packhouse_storage::keys::Identity::User, &found.user)?;
    let user = permitted(forge, caller, Deed::plain(ACTION), &name).await?;
    known(&user, id)?;
    Ok(LastUsed {
        user: user.name,
        used: last_used::find(forge, id).await?,
    })
}

fn known(user: &User, id: &str) -> Result<()> {
    if user.access_keys.iter().any(|key| key == id) {
        return Ok(());
    }
    Err(missing(id))
}

fn missing(id: &str) -> Error {
    Error::NoSuchEntity {
        what: "Access Key",
        name: id.chars().take(MAX_ID).collect(),
    }
}
