//! Service-specific credentials: user names and passwords for Git over HTTP, two a user.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::credentials::{self, Status};
use super::holder::Deed;
use super::owner::{self, permitted};
use super::paging::{self, Page, Paging};
use crate::directory::credential::{self, Credential};
use crate::directory::ids::fresh_id;
use crate::directory::names::IdentityName;
use crate::directory::{self, Change, User};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::{Caller, git_credentials};

/// The service that they are for, as callers name it.
pub const SERVICE: &str = "codecommit.amazonaws.com";
/// How many a user may have.
const MAX: usize = 2;
/// The longest id or service that a message repeats.
const MAX_SHOWN: usize = 128;

/// What everybody who may see it sees of a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceCredential {
    /// Whose it is.
    pub user: String,
    /// `ACCA…`.
    pub id: String,
    /// The user name for Git.
    pub user_name: String,
    /// Whether it can be used.
    pub status: Status,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_ms: u64,
}

/// A credential whose password was just made: the only time that it is told.
#[derive(Clone)]
pub struct NewServiceCredential {
    /// The credential.
    pub credential: ServiceCredential,
    /// Its password: 44 characters.
    pub password: String,
}

impl fmt::Debug for NewServiceCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewServiceCredential")
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

/// Makes a credential (`CreateServiceSpecificCredential`), named `<user>-at-<account>`, the second `<user>+1-at-<account>`.
///
/// # Errors
/// [`Error::ServiceNotSupported`]; [`Error::LimitExceeded`] when the user has two; [`Error::NoSuchEntity`];
/// [`Error::AccessDenied`]; the store's.
pub async fn create(
    forge: &Forge,
    caller: &Caller,
    user: &IdentityName,
    service: &str,
) -> Result<NewServiceCredential> {
    let deed = Deed {
        keys: &[("iam:ServiceSpecificCredentialServiceName", service)],
        ..Deed::plain("CreateServiceSpecificCredential")
    };
    let owner = permitted(forge, caller, deed, user).await?;
    supported(service)?;
    let (id, password) = (fresh_id("ACCA"), fresh_password());
    let master = forge.key().await?;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut user = owner::again(forge, &owner).await?;
        if let Some(made) = user.service_credentials.iter().find(|made| made.id == id) {
            // An earlier try, whose outcome was unknown, was written.
            let credential = credential::get(forge, &made.user_name)
                .await?
                .ok_or_else(|| missing(&id))?;
            return Ok(told(&user.name, made, &credential, password));
        }
        if user.service_credentials.len() >= MAX {
            return Err(Error::LimitExceeded {
                what: "ServiceSpecificCredentialsPerUser",
                limit: MAX,
            });
        }
        let user_name = free_name(forge, &user).await?;
        let secret = git_credentials::secret(&master, &id, &user_name, &password);
        let credential = Credential::fresh(&user.name, &user.id, secret);
        let listed = directory::ServiceCredential {
            id: id.clone(),
            user_name: user_name.clone(),
        };
        user.service_credentials.push(listed.clone());
        let writes = vec![credential.put(&user_name), owner::stored(forge, &user)];
        if change.write(writes).await? {
            return Ok(told(&user.name, &listed, &credential, password));
        }
    }
}

/// Sets the status of a credential (`UpdateServiceSpecificCredential`). It holds from the next request on.
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn update(forge: &Forge, caller: &Caller, user: &IdentityName, id: &str, status: Status) -> Result<()> {
    let user = permitted(forge, caller, Deed::plain("UpdateServiceSpecificCredential"), user).await?;
    let listed = known(&user, id)?;
    credentials::set_status(forge, &user, &listed.user_name, status, || missing(id)).await
}

/// Gives a credential another password (`ResetServiceSpecificCredential`). The one of before is void from the next
/// request on.
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn reset(forge: &Forge, caller: &Caller, user: &IdentityName, id: &str) -> Result<NewServiceCredential> {
    let user = permitted(forge, caller, Deed::plain("ResetServiceSpecificCredential"), user).await?;
    let listed = known(&user, id)?;
    let password = fresh_password();
    let master = forge.key().await?;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut credential = credentials::read(forge, &user, &listed.user_name, || missing(id)).await?;
        credential.secret = git_credentials::secret(&master, id, &listed.user_name, &password);
        if change.write(vec![credential.put(&listed.user_name)]).await? {
            return Ok(told(&user.name, listed, &credential, password));
        }
    }
}

/// Removes a credential (`DeleteServiceSpecificCredential`).
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn delete(forge: &Forge, caller: &Caller, user: &IdentityName, id: &str) -> Result<()> {
    let user = permitted(forge, caller, Deed::plain("DeleteServiceSpecificCredential"), user).await?;
    let take = |user: &mut User| {
        let at = user.service_credentials.iter().position(|listed| listed.id == id)?;
        Some(user.service_credentials.remove(at).user_name)
    };
    credentials::delete(forge, &user, take, || missing(id)).await
}

/// The credentials of a user, the oldest first (`ListServiceSpecificCredentials`).
///
/// # Errors
/// [`Error::ServiceNotSupported`]; [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; [`Error::InvalidContinuationToken`];
/// the store's.
pub async fn list(
    forge: &Forge,
    caller: &Caller,
    user: &IdentityName,
    service: Option<&str>,
    paging: &Paging,
) -> Result<Page<ServiceCredential>> {
    let user = permitted(forge, caller, Deed::plain("ListServiceSpecificCredentials"), user).await?;
    service.map_or(Ok(()), supported)?;
    let mut all = Vec::with_capacity(user.service_credentials.len());
    for listed in &user.service_credentials {
        if let Some(found) = credential::get(forge, &listed.user_name).await? {
            let at = credentials::position(found.created_ms, &listed.id);
            all.push((at, shown(&user.name, listed, &found)));
        }
    }
    paging::slice(
        forge,
        paging,
        &format!("ListServiceSpecificCredentials#{}", user.id),
        all,
    )
    .await
}

fn fresh_password() -> String {
    STANDARD.encode(rand::random::<[u8; 32]>())
}

/// The first name that nobody has. That of `ana`'s second may be taken by the first of a user `ana+1`.
async fn free_name(forge: &Forge, user: &User) -> Result<String> {
    let account = directory::account(forge);
    let mut number = 0u32;
    loop {
        let name = match number {
            0 => format!("{}-at-{account}", user.name),
            _ => format!("{}+{number}-at-{account}", user.name),
        };
        if credential::get(forge, &name).await?.is_none() {
            return Ok(name);
        }
        number += 1;
    }
}

fn supported(service: &str) -> Result<()> {
    if service == SERVICE {
        return Ok(());
    }
    Err(Error::ServiceNotSupported(cut(service)))
}

fn known<'a>(user: &'a User, id: &str) -> Result<&'a directory::ServiceCredential> {
    let listed = user.service_credentials.iter().find(|listed| listed.id == id);
    listed.ok_or_else(|| missing(id))
}

fn shown(user: &str, listed: &directory::ServiceCredential, credential: &Credential) -> ServiceCredential {
    ServiceCredential {
        user: user.to_owned(),
        id: listed.id.clone(),
        user_name: listed.user_name.clone(),
        status: Status::of(credential.active),
        created_ms: credential.created_ms,
    }
}

fn told(
    user: &str,
    listed: &directory::ServiceCredential,
    credential: &Credential,
    password: String,
) -> NewServiceCredential {
    NewServiceCredential {
        credential: shown(user, listed, credential),
        password,
    }
}

fn missing(id: &str) -> Error {
    Error::NoSuchEntity {
        what: "Service Specific Credential",
        name: cut(id),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_SHOWN).collect()
}
