//! The administrator whom the first start makes.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhouse_storage::keys::{self, Identity};
use packhouse_storage::table::{Expect, Write};

use super::{access_keys, git_credentials};
use crate::directory::credential::Credential;
use crate::directory::names::{fresh_id, fresh_key_id};
use crate::directory::{self, Change, ServiceCredential, User, put, record};
use crate::error::Result;
use crate::forge::Forge;
use crate::master_key::MasterKey;

const NAME: &str = "admin";
/// The administrator's id is fixed, so that the first start can be repeated.
const USER_ID: &str = "AIDAPACKHOUSEADMINXX";

/// The administrator's credentials in plain form. Whoever makes them keeps them where only the owner reads.
#[derive(Clone)]
pub struct Secrets {
    /// Id of the access key.
    pub access_key_id: String,
    /// Secret of the access key.
    pub secret_access_key: String,
    /// User name for Git over HTTP.
    pub git_username: String,
    /// Password for Git over HTTP.
    pub git_password: String,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

impl Secrets {
    /// Fresh random credentials, in the forms that IAM gives them.
    #[must_use]
    pub fn fresh(account: &crate::names::AccountId) -> Self {
        Self {
            access_key_id: fresh_key_id("AKIA"),
            secret_access_key: STANDARD.encode(rand::random::<[u8; 30]>()),
            git_username: format!("{NAME}-at-{account}"),
            git_password: STANDARD.encode(rand::random::<[u8; 32]>()),
        }
    }
}

/// Whether there is an administrator already.
///
/// # Errors
/// The store's.
pub async fn exists(forge: &Forge) -> Result<bool> {
    Ok(directory::get::<User>(forge, Identity::User, NAME).await?.is_some())
}

/// Makes the administrator with these credentials, unless there is one already; whether these are the administrator's
/// now. One that was made before keeps the credentials that it has, revoked ones included.
///
/// # Errors
/// The store's.
pub async fn ensure(forge: &Forge, secrets: &Secrets) -> Result<bool> {
    let key = record::key(forge, Identity::User, NAME);
    let master = forge.key().await?;
    let mut change = Change::new(forge);
    loop {
        change.read().await?;
        if let Some(user) = directory::get::<User>(forge, Identity::User, NAME).await? {
            return Ok(user.access_keys.contains(&secrets.access_key_id));
        }
        let mut user = User {
            name: NAME.to_owned(),
            path: "/".to_owned(),
            id: USER_ID.to_owned(),
            created_ms: directory::now_ms(),
            tags: BTreeMap::new(),
            boundary: None,
            inline: BTreeMap::new(),
            attached: Vec::new(),
            groups: Vec::new(),
            access_keys: Vec::new(),
            service_credentials: Vec::new(),
            ssh_keys: Vec::new(),
            mfa_devices: Vec::new(),
        };
        let mut writes = vec![allow_everything(forge, &mut user)];
        writes.extend(give(&master, &mut user, secrets));
        writes.push(put(key.clone(), &user));
        if change.write(writes).await? {
            return Ok(true);
        }
    }
}

/// Gives the administrator these credentials in place of the ones of before, and all permissions, whoever took them away;
/// whether there is an administrator.
///
/// # Errors
/// The store's. Nothing was changed then, or nobody knows.
pub async fn replace(forge: &Forge, secrets: &Secrets) -> Result<bool> {
    let key = record::key(forge, Identity::User, NAME);
    let master = forge.key().await?;
    let mut change = Change::new(forge);
    loop {
        change.read().await?;
        let Some(mut user) = directory::get::<User>(forge, Identity::User, NAME).await? else {
            return Ok(false);
        };
        if user.access_keys.contains(&secrets.access_key_id) {
            // An earlier try, whose outcome was unknown, was written.
            return Ok(true);
        }
        let old = std::mem::take(&mut user.access_keys);
        let mut writes: Vec<Write> = old
            .iter()
            .map(|id| Write::delete(keys::credential(id), Expect::Any))
            .collect();
        let others = std::mem::take(&mut user.service_credentials).into_iter();
        let others = others.filter(|other| other.user_name != secrets.git_username);
        writes.extend(others.map(|other| Write::delete(keys::credential(&other.user_name), Expect::Any)));
        if let Some(boundary) = user.boundary.take() {
            let bound = keys::attachment(directory::account(forge), &boundary, Identity::User, NAME, true);
            writes.push(Write::delete(bound, Expect::Any));
        }
        user.inline.clear();
        writes.push(allow_everything(forge, &mut user));
        writes.extend(give(&master, &mut user, secrets));
        writes.push(put(key.clone(), &user));
        if change.write(writes).await? {
            return Ok(true);
        }
    }
}

/// Attaches the policy that allows everything.
fn allow_everything(forge: &Forge, user: &mut User) -> Write {
    let partition = forge.installation().region.partition();
    let policy = format!("arn:{partition}:iam::aws:policy/AdministratorAccess");
    let attachment = keys::attachment(directory::account(forge), &policy, Identity::User, NAME, false);
    if !user.attached.contains(&policy) {
        user.attached.push(policy);
    }
    Write::put(attachment, Expect::Any, "{}")
}

/// Adds the credentials; the writes that make them valid. The Git user name is always the same.
fn give(master: &MasterKey, user: &mut User, secrets: &Secrets) -> [Write; 2] {
    let owner = (user.name.as_str(), user.id.as_str());
    let access_key = access_keys::stored(master, owner, &secrets.access_key_id, &secrets.secret_access_key);
    let id = fresh_id("ACCA");
    let secret = git_credentials::secret(master, &id, &secrets.git_username, &secrets.git_password);
    let git = Credential::fresh(&user.name, &user.id, secret);
    user.access_keys.push(secrets.access_key_id.clone());
    user.service_credentials.push(ServiceCredential {
        id,
        user_name: secrets.git_username.clone(),
    });
    [access_key.put(&secrets.access_key_id), git.put(&secrets.git_username)]
}
