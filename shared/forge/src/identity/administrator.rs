//! The administrator whom the first start makes.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhouse_storage::keys;
use packhouse_storage::table::commit::Commit;
use packhouse_storage::table::{Expect, Write};

use super::record::{deactivated, decode_access_keys, decode_credential, encode_principal, with_access_keys};
use super::{Principal, access_keys, git_credentials};
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
        const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let id: [u8; 16] = rand::random();
        let id: String = id
            .iter()
            .map(|byte| char::from(BASE32[usize::from(byte % 32)]))
            .collect();
        Self {
            access_key_id: format!("AKIA{id}"),
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
    let key = keys::principal(forge.installation().account.as_str(), USER_ID);
    Ok(forge.store().table().get(&key).await?.is_some())
}

/// Makes the administrator with these credentials, unless there is one already; whether these are the administrator's
/// now. One that was made before keeps the credentials that it has, revoked ones included.
///
/// # Errors
/// The store's.
pub async fn ensure(forge: &Forge, secrets: &Secrets) -> Result<bool> {
    let installation = forge.installation();
    let account = &installation.account;
    let admin = Principal {
        arn: format!("arn:{}:iam::{account}:user/{NAME}", installation.region.partition()),
        user_id: USER_ID.to_owned(),
        name: NAME.to_owned(),
        account: account.clone(),
        administrator: true,
    };
    let key = keys::principal(account.as_str(), USER_ID);
    let master = forge.key().await?;
    let mut commit = Commit::new(forge.store().table(), std::slice::from_ref(&key));
    loop {
        if let Some(item) = commit.read().await?.into_iter().flatten().next() {
            return Ok(decode_access_keys(&item)?.contains(&secrets.access_key_id));
        }
        let access_keys = vec![secrets.access_key_id.clone()];
        let mut writes = credentials(&master, secrets);
        writes.push(Write::put(
            key.clone(),
            Expect::Absent,
            encode_principal(&admin, access_keys),
        ));
        if commit.write(writes).await? {
            return Ok(true);
        }
    }
}

/// Gives the administrator these credentials in place of the ones of before, which prove nobody from then on; whether
/// there is an administrator. The access keys of before stay known as inactive, until they are replaced once more.
///
/// # Errors
/// The store's. Nothing was changed then, or nobody knows.
pub async fn replace(forge: &Forge, secrets: &Secrets) -> Result<bool> {
    let key = keys::principal(forge.installation().account.as_str(), USER_ID);
    let table = forge.store().table();
    let master = forge.key().await?;
    let mut commit = Commit::new(table, std::slice::from_ref(&key));
    loop {
        let Some(item) = commit.read().await?.into_iter().flatten().next() else {
            return Ok(false);
        };
        let before = decode_access_keys(&item)?;
        if before.contains(&secrets.access_key_id) {
            // An earlier try, whose outcome was unknown, was written.
            return Ok(true);
        }
        let mut access_keys = vec![secrets.access_key_id.clone()];
        let mut writes = credentials(&master, secrets);
        for id in before {
            let Some(old) = table.get(&keys::credential(&id)).await? else {
                continue;
            };
            let record = decode_credential(&old)?;
            let expect = Expect::Version(old.version);
            if record.active {
                writes.push(Write::put(old.key, expect, deactivated(record)));
                access_keys.push(id);
            } else {
                writes.push(Write::delete(old.key, expect));
            }
        }
        let changed = with_access_keys(&item, access_keys)?;
        writes.push(Write::put(key.clone(), Expect::Version(item.version), changed));
        if commit.write(writes).await? {
            return Ok(true);
        }
    }
}

/// The writes that make credentials of the administrator valid. The Git user name is always the same.
fn credentials(master: &MasterKey, secrets: &Secrets) -> Vec<Write> {
    let access_key = access_keys::stored(master, USER_ID, &secrets.access_key_id, &secrets.secret_access_key);
    let git = git_credentials::stored(master, USER_ID, &secrets.git_username, &secrets.git_password);
    vec![
        Write::put(keys::credential(&secrets.access_key_id), Expect::Absent, access_key),
        Write::put(keys::credential(&secrets.git_username), Expect::Any, git),
    ]
}
