//! Roles.

use std::collections::BTreeMap;

use packhouse_storage::clock;
use packhouse_storage::keys::Identity;
use packhouse_storage::table::{Expect, Write};

use super::holder::{Deed, Held, Holder, permitted};
use super::paging::{self, Page, Paging};
use super::permission::Ask;
use super::{attachments, given, trust};
use crate::directory::ids::fresh_id;
use crate::directory::names::{self, IdentityName, IdentityPath};
use crate::directory::{self, Change, get, record};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;

/// IAM's quotas.
pub(super) const MAX_ROLES: usize = 1000;
/// How long a session of a role may be, in seconds, if nobody says otherwise.
const DEFAULT_SESSION: u32 = 3600;
/// How long anybody may let it be.
const MAX_SESSION: u32 = 43200;

/// A role, as IAM shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The name.
    pub name: String,
    /// The path.
    pub path: String,
    /// `AROA…`.
    pub id: String,
    /// The ARN.
    pub arn: String,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// What it is for.
    pub description: Option<String>,
    /// The policy that says who may assume it.
    pub trust: String,
    /// The longest session, in seconds.
    pub max_session: u32,
    /// ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A role to be made.
#[derive(Clone, Debug)]
pub struct New {
    /// The name.
    pub name: IdentityName,
    /// The path.
    pub path: IdentityPath,
    /// What it is for.
    pub description: Option<String>,
    /// The policy that says who may assume it.
    pub trust: String,
    /// The longest session, in seconds.
    pub max_session: Option<u32>,
    /// ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

/// `CreateRole`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::EntityAlreadyExists`], [`Error::MalformedPolicyDocument`], [`Error::LimitExceeded`],
/// [`Error::NoSuchEntity`] for a boundary that there is not, [`Error::InvalidInput`], and the store's.
pub async fn create(forge: &Forge, caller: &Caller, new: New) -> Result<Role> {
    let name = new.name;
    let tags = given::tags(new.tags)?;
    let arn = names::arn(forge, Identity::Role, new.path.as_str(), name.as_str());
    let ask = Ask::new(forge, caller, "CreateRole", arn.as_str()).giving(&tags);
    ask.boundary(new.boundary.as_deref()).permit()?;
    if !tags.is_empty() {
        Ask::new(forge, caller, "TagRole", arn).giving(&tags).permit()?;
    }
    let document = trust::checked(&new.trust)?;
    let mut role = directory::Role {
        name: name.to_string(),
        path: new.path.as_str().to_owned(),
        id: fresh_id("AROA"),
        created_ms: clock::now_millis(),
        description: new.description.map(given::described).transpose()?,
        trust: new.trust,
        trusted: BTreeMap::new(),
        max_session: session(new.max_session.unwrap_or(DEFAULT_SESSION))?,
        tags,
        boundary: new.boundary,
        inline: BTreeMap::new(),
        attached: Vec::new(),
    };
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        match get::<directory::Role>(forge, Identity::Role, name.as_str()).await? {
            // An earlier try, whose outcome was unknown, was written.
            Some(found) if found.id == role.id => return Ok(Role::of(forge, found)),
            Some(_) => {
                return Err(Error::EntityAlreadyExists {
                    what: "Role",
                    name: name.to_string(),
                });
            }
            None => {}
        }
        if paging::count(forge, Identity::Role.prefix()).await? >= MAX_ROLES {
            return Err(Error::LimitExceeded {
                what: "RolesPerAccount",
                limit: MAX_ROLES,
            });
        }
        if let Some(boundary) = &role.boundary {
            attachments::check_there(forge, boundary).await?;
        }
        role.trusted = trust::meant(forge, &document).await?;
        let held = Held::Role(role.clone());
        let mut writes = vec![held.put(forge)];
        writes.extend(held.attachments(forge, &role.name).into_iter().map(attachments::made));
        if change.write(writes).await? {
            return Ok(Role::of(forge, role));
        }
    }
}

/// `GetRole`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], and the store's.
pub async fn get_one(forge: &Forge, caller: &Caller, name: &IdentityName) -> Result<Role> {
    let role = permitted_role(forge, caller, "GetRole", name).await?;
    Ok(Role::of(forge, role))
}

/// `UpdateRole`: sets the longest session, to an hour where none is given (as IAM does), and the description, if one is
/// given.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::InvalidInput`], and the store's.
pub async fn update(
    forge: &Forge,
    caller: &Caller,
    name: &IdentityName,
    (description, max_session): (Option<String>, Option<u32>),
) -> Result<()> {
    let description = description.map(given::described).transpose()?;
    let max_session = session(max_session.unwrap_or(DEFAULT_SESSION))?;
    let set = |role: &mut directory::Role| {
        if description.is_some() {
            role.description.clone_from(&description);
        }
        role.max_session = max_session;
    };
    amend(forge, caller, ("UpdateRole", name), set).await.map(drop)
}

/// `UpdateRoleDescription`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::InvalidInput`], and the store's.
pub async fn update_description(forge: &Forge, caller: &Caller, name: &IdentityName, text: String) -> Result<Role> {
    let text = given::described(text)?;
    let set = |role: &mut directory::Role| role.description = Some(text.clone());
    amend(forge, caller, ("UpdateRoleDescription", name), set).await
}

/// `UpdateAssumeRolePolicy`: says anew who may assume it.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::MalformedPolicyDocument`], [`Error::LimitExceeded`], and the
/// store's.
pub async fn update_trust(forge: &Forge, caller: &Caller, name: &IdentityName, text: &str) -> Result<()> {
    let document = trust::checked(text)?;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut role = permitted_role(forge, caller, "UpdateAssumeRolePolicy", name).await?;
        role.trusted = trust::meant(forge, &document).await?;
        text.clone_into(&mut role.trust);
        if change.write(vec![Held::Role(role).put(forge)]).await? {
            return Ok(());
        }
    }
}

async fn amend(
    forge: &Forge,
    caller: &Caller,
    (action, name): (&str, &IdentityName),
    set: impl Fn(&mut directory::Role),
) -> Result<Role> {
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut role = permitted_role(forge, caller, action, name).await?;
        set(&mut role);
        if change.write(vec![Held::Role(role.clone()).put(forge)]).await? {
            return Ok(Role::of(forge, role));
        }
    }
}

/// `DeleteRole`, which must have no policies any more. Its sessions end with it.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::DeleteConflict`], and the store's.
pub async fn delete(forge: &Forge, caller: &Caller, name: &IdentityName) -> Result<()> {
    let mut tried = false;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let role = match permitted_role(forge, caller, "DeleteRole", name).await {
            Err(Error::NoSuchEntity { .. }) if tried => return Ok(()),
            other => other?,
        };
        let parts = [
            (role.attached.is_empty(), "must detach all policies first"),
            (role.inline.is_empty(), "must delete policies first"),
        ];
        if let Some((_, why)) = parts.iter().find(|(empty, _)| !empty) {
            return Err(Error::DeleteConflict((*why).to_owned()));
        }
        let held = Held::Role(role);
        let mut gone = held.attachments(forge, held.name());
        gone.push(record::key(forge, Identity::Role, held.name()));
        let writes = gone.into_iter().map(|key| Write::delete(key, Expect::Any)).collect();
        tried = true;
        if change.write(writes).await? {
            return Ok(());
        }
    }
}

/// `ListRoles`, those whose path starts with `prefix`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::InvalidContinuationToken`], and the store's.
pub async fn list(forge: &Forge, caller: &Caller, prefix: &str, paging: &Paging) -> Result<Page<Role>> {
    let arn = names::arn(forge, Identity::Role, prefix, "");
    Ask::new(forge, caller, "ListRoles", arn).permit()?;
    paging::query(
        forge,
        paging,
        &format!("ListRoles {prefix}"),
        Identity::Role.prefix(),
        |item| {
            let role: directory::Role = record::decode(item)?;
            Ok(role.path.starts_with(prefix).then(|| Role::of(forge, role)))
        },
    )
    .await
}

async fn permitted_role(forge: &Forge, caller: &Caller, action: &str, name: &IdentityName) -> Result<directory::Role> {
    match permitted(forge, caller, Deed::plain(action), (Holder::Role, name)).await? {
        Held::Role(role) => Ok(role),
        Held::User(_) | Held::Group(_) => Err(Holder::Role.none_of(name)),
    }
}

fn session(seconds: u32) -> Result<u32> {
    if (DEFAULT_SESSION..=MAX_SESSION).contains(&seconds) {
        return Ok(seconds);
    }
    Err(Error::InvalidInput(format!(
        "MaxSessionDuration must be {DEFAULT_SESSION} to {MAX_SESSION} seconds"
    )))
}

impl Role {
    pub(super) fn of(forge: &Forge, role: directory::Role) -> Self {
        Self {
            arn: names::arn(forge, Identity::Role, &role.path, &role.name),
            name: role.name,
            path: role.path,
            id: role.id,
            created_ms: role.created_ms,
            description: role.description,
            trust: role.trust,
            max_session: role.max_session,
            boundary: role.boundary,
            tags: role.tags,
        }
    }
}
