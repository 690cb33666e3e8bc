//! Users.

use std::collections::{BTreeMap, HashMap};

use packhouse_storage::clock;
use packhouse_storage::keys::{self, Identity};
use packhouse_storage::table::{Expect, Key, Write};

use super::holder::{Deed, Held, Holder, permitted};
use super::paging::{Page, Paging};
use super::permission::Ask;
use super::{attachments, given, paging};
use crate::directory::credential;
use crate::directory::ids::fresh_id;
use crate::directory::names::{self, IdentityName, IdentityPath};
use crate::directory::{self, Change, MfaDevice, account, get, put, record};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;

/// IAM's quota.
pub(super) const MAX_USERS: usize = 5000;

/// A user, as IAM shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: String,
    /// The path.
    pub path: String,
    /// `AIDA…`.
    pub id: String,
    /// The ARN.
    pub arn: String,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A user to be made.
#[derive(Clone, Debug)]
pub struct New {
    /// The name.
    pub name: IdentityName,
    /// The path.
    pub path: IdentityPath,
    /// ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

/// `CreateUser`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::EntityAlreadyExists`], [`Error::LimitExceeded`], [`Error::NoSuchEntity`] for a boundary
/// that there is not, [`Error::InvalidInput`] for bad tags, and the store's.
pub async fn create(forge: &Forge, caller: &Caller, new: New) -> Result<User> {
    let New {
        name,
        path,
        boundary,
        tags,
    } = new;
    let tags = given::tags(tags)?;
    let arn = names::arn(forge, Identity::User, path.as_str(), name.as_str());
    let ask = Ask::new(forge, caller, "CreateUser", arn.as_str()).giving(&tags);
    ask.boundary(boundary.as_deref()).permit()?;
    if !tags.is_empty() {
        Ask::new(forge, caller, "TagUser", arn).giving(&tags).permit()?;
    }
    let user = directory::User {
        name: name.to_string(),
        path: path.as_str().to_owned(),
        id: fresh_id("AIDA"),
        created_ms: clock::now_millis(),
        tags,
        boundary,
        inline: BTreeMap::new(),
        attached: Vec::new(),
        groups: Vec::new(),
        access_keys: Vec::new(),
        service_credentials: Vec::new(),
        ssh_keys: Vec::new(),
        mfa_devices: Vec::new(),
    };
    let held = Held::User(user.clone());
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        match get::<directory::User>(forge, Identity::User, name.as_str()).await? {
            // An earlier try, whose outcome was unknown, was written.
            Some(found) if found.id == user.id => return Ok(User::of(forge, found)),
            Some(_) => {
                return Err(Error::EntityAlreadyExists {
                    what: "User",
                    name: name.to_string(),
                });
            }
            None => {}
        }
        if paging::count(forge, Identity::User.prefix()).await? >= MAX_USERS {
            return Err(Error::LimitExceeded {
                what: "UsersPerAccount",
                limit: MAX_USERS,
            });
        }
        if let Some(boundary) = &user.boundary {
            attachments::check_there(forge, boundary).await?;
        }
        let mut writes = vec![held.put(forge)];
        writes.extend(held.attachments(forge, &user.name).into_iter().map(attachments::made));
        if change.write(writes).await? {
            return Ok(User::of(forge, user));
        }
    }
}

/// `GetUser`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], and the store's.
pub async fn get_one(forge: &Forge, caller: &Caller, name: &IdentityName) -> Result<User> {
    let user = permitted_user(forge, caller, "GetUser", name).await?;
    Ok(User::of(forge, user))
}

/// `UpdateUser`: gives another name or path, or both. Credentials, memberships and attachments stay.
///
/// # Errors
/// [`Error::AccessDenied`] for either ARN, [`Error::NoSuchEntity`], [`Error::EntityAlreadyExists`], and the store's.
pub async fn update(
    forge: &Forge,
    caller: &Caller,
    name: &IdentityName,
    (new_name, new_path): (Option<IdentityName>, Option<IdentityPath>),
) -> Result<()> {
    let to = new_name.as_ref().unwrap_or(name);
    let elsewhere = !to.as_str().eq_ignore_ascii_case(name.as_str());
    let mut renamed_id = None;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let there = match elsewhere {
            true => get::<directory::User>(forge, Identity::User, to.as_str()).await?,
            false => None,
        };
        if there
            .as_ref()
            .is_some_and(|there| renamed_id.as_ref() == Some(&there.id))
        {
            // An earlier try, whose outcome was unknown, was written.
            return Ok(());
        }
        let user = permitted_user(forge, caller, "UpdateUser", name).await?;
        let path = new_path.as_ref().map_or(user.path.as_str(), IdentityPath::as_str);
        let new_arn = names::arn(forge, Identity::User, path, to.as_str());
        Ask::new(forge, caller, "UpdateUser", new_arn).of(&user.tags).permit()?;
        if there.is_some() {
            return Err(Error::EntityAlreadyExists {
                what: "User",
                name: to.to_string(),
            });
        }
        renamed_id = Some(user.id.clone());
        let moved = directory::User {
            name: new_name.as_ref().map_or(user.name.clone(), ToString::to_string),
            path: path.to_owned(),
            ..user.clone()
        };
        if change.write(renaming(forge, &user, &moved).await?).await? {
            return Ok(());
        }
    }
}

/// The writes that make `moved` of `user` everywhere.
async fn renaming(forge: &Forge, user: &directory::User, moved: &directory::User) -> Result<Vec<Write>> {
    let (old, new) = (Held::User(user.clone()), Held::User(moved.clone()));
    let members = |of: &str| -> Vec<Key> {
        let groups = user.groups.iter();
        groups.map(|group| keys::member(account(forge), group, of)).collect()
    };
    let mut gone = old.attachments(forge, &user.name);
    gone.extend(members(&user.name));
    gone.push(record::key(forge, Identity::User, &user.name));
    let mut writes: HashMap<Key, Write> = gone
        .into_iter()
        .map(|key| (key.clone(), Write::delete(key, Expect::Any)))
        .collect();
    let mut made: Vec<Write> = new
        .attachments(forge, &moved.name)
        .into_iter()
        .map(attachments::made)
        .collect();
    made.extend(members(&moved.name).into_iter().map(attachments::made));
    made.push(new.put(forge));
    let of_service = user.service_credentials.iter().map(|credential| &credential.user_name);
    for id in user.access_keys.iter().chain(&user.ssh_keys).chain(of_service) {
        if let Some(mut credential) = credential::get(forge, id).await? {
            credential.user.clone_from(&moved.name);
            made.push(credential.put(id));
        }
    }
    for name in &user.mfa_devices {
        if let Some(mut device) = get::<MfaDevice>(forge, Identity::MfaDevice, name).await? {
            device.user = Some(moved.name.clone());
            made.push(put(record::key(forge, Identity::MfaDevice, name), &device));
        }
    }
    // Where the names differ in case alone, what is made stands where what goes stood.
    writes.extend(made.into_iter().map(|write| (write.key.clone(), write)));
    Ok(writes.into_values().collect())
}

/// `DeleteUser`, who must have nothing any more.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::DeleteConflict`], and the store's.
pub async fn delete(forge: &Forge, caller: &Caller, name: &IdentityName) -> Result<()> {
    let mut tried = false;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let user = match permitted_user(forge, caller, "DeleteUser", name).await {
            Err(Error::NoSuchEntity { .. }) if tried => return Ok(()),
            other => other?,
        };
        let parts = [
            (user.attached.is_empty(), "must detach all policies first"),
            (user.inline.is_empty(), "must delete policies first"),
            (user.groups.is_empty(), "must remove user from all groups first"),
            (user.access_keys.is_empty(), "must delete access keys first"),
            (user.ssh_keys.is_empty(), "must delete SSH public keys first"),
            (
                user.service_credentials.is_empty(),
                "must delete service specific credentials first",
            ),
            (user.mfa_devices.is_empty(), "must deactivate MFA devices first"),
        ];
        if let Some((_, why)) = parts.iter().find(|(empty, _)| !empty) {
            return Err(Error::DeleteConflict((*why).to_owned()));
        }
        let held = Held::User(user);
        let mut gone = held.attachments(forge, held.name());
        gone.push(record::key(forge, Identity::User, held.name()));
        let writes = gone.into_iter().map(|key| Write::delete(key, Expect::Any)).collect();
        tried = true;
        if change.write(writes).await? {
            return Ok(());
        }
    }
}

/// `ListUsers`, those whose path starts with `prefix`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::InvalidContinuationToken`], and the store's.
pub async fn list(forge: &Forge, caller: &Caller, prefix: &str, paging: &Paging) -> Result<Page<User>> {
    let arn = names::arn(forge, Identity::User, prefix, "");
    Ask::new(forge, caller, "ListUsers", arn).permit()?;
    paging::query(
        forge,
        paging,
        &format!("ListUsers {prefix}"),
        Identity::User.prefix(),
        |item| {
            let user: directory::User = record::decode(item)?;
            Ok(user.path.starts_with(prefix).then(|| User::of(forge, user)))
        },
    )
    .await
}

/// The user, for somebody who may do that.
pub(super) async fn permitted_user(
    forge: &Forge,
    caller: &Caller,
    action: &str,
    name: &IdentityName,
) -> Result<directory::User> {
    match permitted(forge, caller, Deed::plain(action), (Holder::User, name)).await? {
        Held::User(user) => Ok(user),
        Held::Group(_) | Held::Role(_) => Err(Holder::User.none_of(name)),
    }
}

impl User {
    pub(super) fn of(forge: &Forge, user: directory::User) -> Self {
        Self {
            arn: names::arn(forge, Identity::User, &user.path, &user.name),
            name: user.name,
            path: user.path,
            id: user.id,
            created_ms: user.created_ms,
            boundary: user.boundary,
            tags: user.tags,
        }
    }
}
