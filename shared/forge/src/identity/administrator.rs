//! The administrator whom the first start makes.
//!
//! That one was made is a fact of its own, in the same change: an administrator who was deleted or renamed stays so. The way
//! back is [`replace`].

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhouse_storage::clock;
use packhouse_storage::keys::{self, Identity};
use packhouse_storage::table::{Expect, Key, Range, Write};
use serde::{Deserialize, Serialize};

use super::{access_keys, git_credentials};
use crate::directory::credential::{self, Credential};
use crate::directory::ids::{fresh_id, fresh_key_id};
use crate::directory::{self, Change, MfaDevice, ServiceCredential, User, account, put, record};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::master_key::MasterKey;

const NAME: &str = "admin";
/// The first administrator's id, which is the same everywhere.
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

/// That an administrator was made.
#[derive(Serialize, Deserialize)]
struct Made {
    /// The user's id.
    id: String,
}

/// Whether an administrator was ever made.
///
/// # Errors
/// The store's.
pub async fn exists(forge: &Forge) -> Result<bool> {
    Ok(made(forge).await?.is_some())
}

/// Makes the administrator with these credentials, unless one was ever made; whether these are the administrator's now. One
/// that was made before keeps the credentials that it has, revoked ones included, and its name, or stays deleted.
///
/// # Errors
/// The store's.
pub async fn ensure(forge: &Forge, secrets: &Secrets) -> Result<bool> {
    let master = forge.key().await?;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let user = directory::get::<User>(forge, Identity::User, NAME).await?;
        if made(forge).await?.is_some() {
            return Ok(user.is_some_and(|user| user.access_keys.contains(&secrets.access_key_id)));
        }
        let writes = match &user {
            // Made before that was noted.
            Some(user) => vec![noted(forge, &user.id)],
            None => make(forge, &master, USER_ID, secrets),
        };
        if change.write(writes).await? {
            return Ok(user.is_none_or(|user| user.access_keys.contains(&secrets.access_key_id)));
        }
    }
}

/// Makes the administrator anew, whoever has changed, renamed or deleted the one of before, whose credentials and sessions
/// are void then; whether one was ever made.
///
/// # Errors
/// [`Error::EntityAlreadyExists`] when somebody else has the name; the store's. Nothing was changed then, or nobody knows.
pub async fn replace(forge: &Forge, secrets: &Secrets) -> Result<bool> {
    let master = forge.key().await?;
    let id = fresh_id("AIDA");
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let Some(before) = made(forge).await? else {
            return Ok(false);
        };
        if before.id == id {
            // An earlier try, whose outcome was unknown, was written.
            return Ok(true);
        }
        let old = match directory::get::<User>(forge, Identity::User, NAME).await? {
            Some(user) if user.id == before.id => Some(user),
            Some(_) => return Err(taken()),
            None => of_id(forge, &before.id).await?,
        };
        // What is made stands where what goes stood.
        let mut writes: HashMap<Key, Write> = HashMap::new();
        let mut gone = match &old {
            Some(old) => removal(forge, old).await?,
            None => Vec::new(),
        };
        gone.extend(take_back(forge, &before.id, &secrets.git_username).await?);
        for write in gone.into_iter().chain(make(forge, &master, &id, secrets)) {
            writes.insert(write.key.clone(), write);
        }
        if change.write(writes.into_values().collect()).await? {
            return Ok(true);
        }
    }
}

async fn made(forge: &Forge) -> Result<Option<Made>> {
    let item = forge.store().table().get(&keys::administrator(account(forge))).await?;
    item.as_ref().map(record::decode).transpose()
}

fn taken() -> Error {
    Error::EntityAlreadyExists {
        what: "User",
        name: NAME.to_owned(),
    }
}

/// The user of that id, whatever the name is.
async fn of_id(forge: &Forge, id: &str) -> Result<Option<User>> {
    let users = keys::identities(account(forge));
    let mut range = Range {
        prefix: Identity::User.prefix().to_owned(),
        ..Range::default()
    };
    loop {
        let page = forge.store().table().query(&users, range.clone()).await?;
        for item in &page.items {
            let user: User = record::decode(item)?;
            if user.id == id {
                return Ok(Some(user));
            }
        }
        if page.next.is_none() {
            return Ok(None);
        }
        range.after = page.next;
    }
}

/// The writes that remove a user with all that it has.
async fn removal(forge: &Forge, user: &User) -> Result<Vec<Write>> {
    let (account, name) = (account(forge), user.name.as_str());
    let attachment = |arn: &String, boundary| keys::attachment(account, arn, Identity::User, name, boundary);
    let of_service = user.service_credentials.iter().map(|credential| &credential.user_name);
    let credentials = user.access_keys.iter().chain(&user.ssh_keys).chain(of_service);
    let mut gone = vec![record::key(forge, Identity::User, name)];
    gone.extend(user.attached.iter().map(|arn| attachment(arn, false)));
    gone.extend(user.boundary.iter().map(|arn| attachment(arn, true)));
    gone.extend(user.groups.iter().map(|group| keys::member(account, group, name)));
    gone.extend(credentials.map(|id| keys::credential(id)));
    let mut writes: Vec<Write> = gone.into_iter().map(|key| Write::delete(key, Expect::Any)).collect();
    for name in &user.mfa_devices {
        if let Some(mut device) = directory::get::<MfaDevice>(forge, Identity::MfaDevice, name).await? {
            device.user = None;
            device.enabled_ms = 0;
            writes.push(put(record::key(forge, Identity::MfaDevice, name), &device));
        }
    }
    Ok(writes)
}

/// The write that takes a Git user name from a user who was called `admin` once and has it still.
async fn take_back(forge: &Forge, administrator: &str, git_username: &str) -> Result<Option<Write>> {
    let Some(found) = credential::get(forge, git_username).await? else {
        return Ok(None);
    };
    if found.user_id == administrator {
        return Ok(None);
    }
    let holder = directory::get::<User>(forge, Identity::User, &found.user).await?;
    Ok(holder.map(|mut holder| {
        holder
            .service_credentials
            .retain(|credential| credential.user_name != git_username);
        put(record::key(forge, Identity::User, &holder.name), &holder)
    }))
}

/// The write that notes who the administrator is.
fn noted(forge: &Forge, id: &str) -> Write {
    put(keys::administrator(account(forge)), &Made { id: id.to_owned() })
}

/// The writes that make the administrator of that id, who may do everything, and say so.
fn make(forge: &Forge, master: &MasterKey, id: &str, secrets: &Secrets) -> Vec<Write> {
    let partition = forge.installation().region.partition();
    let everything = format!("arn:{partition}:iam::aws:policy/AdministratorAccess");
    let access_key = access_keys::stored(master, (NAME, id), &secrets.access_key_id, &secrets.secret_access_key);
    let git_id = fresh_id("ACCA");
    let password = git_credentials::secret(master, &git_id, &secrets.git_username, &secrets.git_password);
    let attachment = keys::attachment(account(forge), &everything, Identity::User, NAME, false);
    let user = User {
        name: NAME.to_owned(),
        path: "/".to_owned(),
        id: id.to_owned(),
        created_ms: clock::now_millis(),
        tags: BTreeMap::new(),
        boundary: None,
        inline: BTreeMap::new(),
        attached: vec![everything],
        groups: Vec::new(),
        access_keys: vec![secrets.access_key_id.clone()],
        service_credentials: vec![ServiceCredential {
            id: git_id,
            user_name: secrets.git_username.clone(),
        }],
        ssh_keys: Vec::new(),
        mfa_devices: Vec::new(),
    };
    vec![
        put(record::key(forge, Identity::User, NAME), &user),
        noted(forge, id),
        Write::put(attachment, Expect::Any, "{}"),
        access_key.put(&secrets.access_key_id),
        Credential::fresh(NAME, id, password).put(&secrets.git_username),
    ]
}
