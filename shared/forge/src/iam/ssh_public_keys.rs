//! SSH public keys: five a user.

mod form;

pub use self::form::Encoding;
use self::form::PublicKey;
use super::credentials::{self, Status};
use super::holder::Deed;
use super::owner::{self, permitted};
use super::paging::{self, Page, Paging};
use crate::directory::credential::{self, Credential, Secret};
use crate::directory::ids::fresh_id;
use crate::directory::names::IdentityName;
use crate::directory::{Change, User};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;

/// How many a user may have.
const MAX: usize = 5;
/// The longest id that a message repeats.
const MAX_SHOWN: usize = 128;

/// A key without what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshPublicKeyInfo {
    /// Whose it is.
    pub user: String,
    /// `APKA…`.
    pub id: String,
    /// Whether it can be used.
    pub status: Status,
    /// When it was uploaded, in milliseconds since the Unix epoch.
    pub uploaded_ms: u64,
}

/// A key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshPublicKey {
    /// Whose it is, and its status.
    pub info: SshPublicKeyInfo,
    /// The key, in the encoding that was asked for.
    pub body: String,
    /// Its MD5 fingerprint, as `ssh-keygen -l -E md5` shows it.
    pub fingerprint: String,
}

/// Gives a user a key, as `authorized_keys` or RFC 4716 or PEM writes it (`UploadSSHPublicKey`): RSA from 2048 bits on, ECDSA,
/// Ed25519.
///
/// # Errors
/// [`Error::InvalidPublicKey`], [`Error::UnrecognizedPublicKeyEncoding`]; [`Error::DuplicateSshPublicKey`];
/// [`Error::LimitExceeded`] when the user has five; [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn upload(forge: &Forge, caller: &Caller, user: &IdentityName, body: &str) -> Result<SshPublicKey> {
    let owner = permitted(forge, caller, Deed::plain("UploadSSHPublicKey"), user).await?;
    let key = PublicKey::parse(body)?;
    let (id, body, fingerprint) = (fresh_id("APKA"), key.openssh()?, key.fingerprint()?);
    let secret = Secret::SshPublicKey {
        body: body.clone(),
        fingerprint: fingerprint.clone(),
    };
    let credential = Credential::fresh(&owner.name, &owner.id, secret);
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut user = owner::again(forge, &owner).await?;
        if !user.ssh_keys.contains(&id) {
            for other in &user.ssh_keys {
                let other = credential::get(forge, other).await?;
                if other.is_some_and(|other| other.secret == credential.secret) {
                    return Err(Error::DuplicateSshPublicKey(user.name));
                }
            }
            if user.ssh_keys.len() >= MAX {
                return Err(Error::LimitExceeded {
                    what: "SSHPublicKeysPerUser",
                    limit: MAX,
                });
            }
            user.ssh_keys.push(id.clone());
            if !change
                .write(vec![credential.put(&id), owner::stored(forge, &user)])
                .await?
            {
                continue;
            }
        }
        return Ok(SshPublicKey {
            info: info(&user, &id, &credential),
            body,
            fingerprint,
        });
    }
}

/// A key (`GetSSHPublicKey`).
///
/// # Errors
/// [`Error::UnrecognizedPublicKeyEncoding`] for PEM of other keys than RSA; [`Error::NoSuchEntity`];
/// [`Error::AccessDenied`]; the store's.
pub async fn get(
    forge: &Forge,
    caller: &Caller,
    user: &IdentityName,
    id: &str,
    encoding: Encoding,
) -> Result<SshPublicKey> {
    let user = permitted(forge, caller, Deed::plain("GetSSHPublicKey"), user).await?;
    known(&user, id)?;
    let credential = credentials::read(forge, &user, id, || missing(id)).await?;
    let Secret::SshPublicKey { body, fingerprint } = &credential.secret else {
        return Err(missing(id));
    };
    let body = match encoding {
        Encoding::Ssh => body.clone(),
        Encoding::Pem => PublicKey::parse(body)?.pem()?,
    };
    Ok(SshPublicKey {
        info: info(&user, id, &credential),
        body,
        fingerprint: fingerprint.clone(),
    })
}

/// The keys of a user, the oldest first (`ListSSHPublicKeys`).
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; [`Error::InvalidContinuationToken`]; the store's.
pub async fn list(
    forge: &Forge,
    caller: &Caller,
    user: &IdentityName,
    paging: &Paging,
) -> Result<Page<SshPublicKeyInfo>> {
    let user = permitted(forge, caller, Deed::plain("ListSSHPublicKeys"), user).await?;
    let mut all = Vec::with_capacity(user.ssh_keys.len());
    for id in &user.ssh_keys {
        if let Some(found) = credential::get(forge, id).await? {
            all.push((credentials::position(found.created_ms, id), info(&user, id, &found)));
        }
    }
    paging::slice(forge, paging, &format!("ListSSHPublicKeys#{}", user.id), all).await
}

/// Sets the status of a key (`UpdateSSHPublicKey`).
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn update(forge: &Forge, caller: &Caller, user: &IdentityName, id: &str, status: Status) -> Result<()> {
    let user = permitted(forge, caller, Deed::plain("UpdateSSHPublicKey"), user).await?;
    known(&user, id)?;
    credentials::set_status(forge, &user, id, status, || missing(id)).await
}

/// Removes a key (`DeleteSSHPublicKey`).
///
/// # Errors
/// [`Error::NoSuchEntity`]; [`Error::AccessDenied`]; the store's.
pub async fn delete(forge: &Forge, caller: &Caller, user: &IdentityName, id: &str) -> Result<()> {
    let user = permitted(forge, caller, Deed::plain("DeleteSSHPublicKey"), user).await?;
    let take = |user: &mut User| {
        let at = user.ssh_keys.iter().position(|key| key == id)?;
        Some(user.ssh_keys.remove(at))
    };
    credentials::delete(forge, &user, take, || missing(id)).await
}

fn info(user: &User, id: &str, credential: &Credential) -> SshPublicKeyInfo {
    SshPublicKeyInfo {
        user: user.name.clone(),
        id: id.to_owned(),
        status: Status::of(credential.active),
        uploaded_ms: credential.created_ms,
    }
}

fn known(user: &User, id: &str) -> Result<()> {
    if user.ssh_keys.iter().any(|key| key == id) {
        return Ok(());
    }
    Err(missing(id))
}

fn missing(id: &str) -> Error {
    Error::NoSuchEntity {
        what: "Public Key",
        name: id.chars().take(MAX_SHOWN).collect(),
    }
}
