//! Groups, and who is in them.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::try_join_all;
use packhouse_storage::clock;
use packhouse_storage::keys::{self, Identity};
use packhouse_storage::table::{Expect, MAX_TRANSACTION_WRITES, Write};

use super::holder::{Deed, Held, Holder, permitted};
use super::paging::{self, Page, Paging};
use super::permission::Ask;
use super::{attachments, users};
use crate::directory::ids::fresh_id;
use crate::directory::names::{self, IdentityName, IdentityPath};
use crate::directory::{self, Change, account, get, put, record};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;

/// IAM's quotas.
pub(super) const MAX_GROUPS: usize = 300;
pub(super) const MAX_GROUPS_OF_USER: usize = 10;

/// A group, as IAM shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The name.
    pub name: String,
    /// The path.
    pub path: String,
    /// `AGPA…`.
    pub id: String,
    /// The ARN.
    pub arn: String,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_ms: u64,
}

/// `CreateGroup`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::EntityAlreadyExists`], [`Error::LimitExceeded`], and the store's.
pub async fn create(forge: &Forge, caller: &Caller, name: &IdentityName, path: &IdentityPath) -> Result<Group> {
    let arn = names::arn(forge, Identity::Group, path.as_str(), name.as_str());
    Ask::new(forge, caller, "CreateGroup", arn).permit()?;
    let group = directory::Group {
        name: name.to_string(),
        path: path.as_str().to_owned(),
        id: fresh_id("AGPA"),
        created_ms: clock::now_millis(),
        inline: BTreeMap::new(),
        attached: Vec::new(),
    };
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        match get::<directory::Group>(forge, Identity::Group, name.as_str()).await? {
            // An earlier try, whose outcome was unknown, was written.
            Some(found) if found.id == group.id => return Ok(Group::of(forge, found)),
            Some(_) => return Err(taken(name)),
            None => {}
        }
        if paging::count(forge, Identity::Group.prefix()).await? >= MAX_GROUPS {
            return Err(Error::LimitExceeded {
                what: "GroupsPerAccount",
                limit: MAX_GROUPS,
            });
        }
        let made = put(record::key(forge, Identity::Group, name.as_str()), &group);
        if change.write(vec![made]).await? {
            return Ok(Group::of(forge, group));
        }
    }
}

/// `GetGroup`, with one page of its members.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::InvalidContinuationToken`], and the store's.
pub async fn get_one(
    forge: &Forge,
    caller: &Caller,
    name: &IdentityName,
    paging: &Paging,
) -> Result<(Group, Page<users::User>)> {
    let group = permitted_group(forge, caller, "GetGroup", name).await?;
    let listing = format!("GetGroup {}", group.id);
    let prefix = keys::members_prefix(&group.name);
    let page = paging::query(forge, paging, &listing, &prefix, |item| {
        Ok(item.key.sk.strip_prefix(&prefix).map(str::to_owned))
    })
    .await?;
    let members = page
        .items
        .iter()
        .map(|name| get::<directory::User>(forge, Identity::User, name));
    let members = try_join_all(members).await?.into_iter().flatten();
    let members = members.map(|user| users::User::of(forge, user)).collect();
    Ok((Group::of(forge, group), page.with(members)))
}

/// `UpdateGroup`: gives another name or path, or both. Members, policies and attachments stay. A group that is renamed can
/// have so many members only that all of them fit into one transaction.
///
/// # Errors
/// [`Error::AccessDenied`] for either ARN, [`Error::NoSuchEntity`], [`Error::EntityAlreadyExists`],
/// [`Error::LimitExceeded`], and the store's.
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
            true => get::<directory::Group>(forge, Identity::Group, to.as_str()).await?,
            false => None,
        };
        if there
            .as_ref()
            .is_some_and(|there| renamed_id.as_ref() == Some(&there.id))
        {
            // An earlier try, whose outcome was unknown, was written.
            return Ok(());
        }
        let group = permitted_group(forge, caller, "UpdateGroup", name).await?;
        let path = new_path.as_ref().map_or(group.path.as_str(), IdentityPath::as_str);
        let new_arn = names::arn(forge, Identity::Group, path, to.as_str());
        Ask::new(forge, caller, "UpdateGroup", new_arn).permit()?;
        if there.is_some() {
            return Err(taken(to));
        }
        renamed_id = Some(group.id.clone());
        let moved = directory::Group {
            name: new_name.as_ref().map_or(group.name.clone(), ToString::to_string),
            path: path.to_owned(),
            ..group.clone()
        };
        let writes = if moved.name == group.name {
            vec![Held::Group(moved).put(forge)]
        } else {
            renaming(forge, group, moved).await?
        };
        if change.write(writes).await? {
            return Ok(());
        }
    }
}

/// The writes that make `moved` of `group` everywhere.
async fn renaming(forge: &Forge, group: directory::Group, moved: directory::Group) -> Result<Vec<Write>> {
    let (account, mut gone, mut made) = (account(forge), Vec::new(), Vec::new());
    let (prefix, mut members) = (keys::members_prefix(&group.name), Vec::new());
    paging::each(forge, &prefix, |item| {
        members.extend(item.key.sk.strip_prefix(&prefix).map(str::to_owned));
        Ok(())
    })
    .await?;
    for member in &members {
        gone.push(keys::member(account, &group.name, member));
        made.push(attachments::made(keys::member(account, &moved.name, member)));
        let Some(mut user) = get::<directory::User>(forge, Identity::User, member).await? else {
            continue;
        };
        for name in &mut user.groups {
            if name.eq_ignore_ascii_case(&group.name) {
                name.clone_from(&moved.name);
            }
        }
        made.push(Held::User(user).put(forge));
    }
    gone.push(record::key(forge, Identity::Group, &group.name));
    gone.extend(Held::Group(group.clone()).attachments(forge, &group.name));
    let new = Held::Group(moved);
    made.push(new.put(forge));
    made.extend(new.attachments(forge, new.name()).into_iter().map(attachments::made));
    // Where the names differ in case alone, what is made stands where what goes stood.
    let mut writes: HashMap<_, _> = gone
        .into_iter()
        .map(|key| (key.clone(), Write::delete(key, Expect::Any)))
        .collect();
    writes.extend(made.into_iter().map(|write| (write.key.clone(), write)));
    // One more is the generation's.
    if writes.len() >= MAX_TRANSACTION_WRITES {
        return Err(Error::LimitExceeded {
            what: "members of a group that is renamed; a path can be changed at any size, and a new group can take them over",
            limit: (MAX_TRANSACTION_WRITES - 3) / 3,
        });
    }
    Ok(writes.into_values().collect())
}

/// `DeleteGroup`, which must have neither members nor policies any more.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::DeleteConflict`], and the store's.
pub async fn delete(forge: &Forge, caller: &Caller, name: &IdentityName) -> Result<()> {
    let mut tried = false;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let group = match permitted_group(forge, caller, "DeleteGroup", name).await {
            Err(Error::NoSuchEntity { .. }) if tried => return Ok(()),
            other => other?,
        };
        let parts = [
            (group.attached.is_empty(), "must detach all policies first"),
            (group.inline.is_empty(), "must delete policies first"),
            (
                paging::count(forge, &keys::members_prefix(&group.name)).await? == 0,
                "must remove users from group first",
            ),
        ];
        if let Some((_, why)) = parts.iter().find(|(empty, _)| !empty) {
            return Err(Error::DeleteConflict((*why).to_owned()));
        }
        tried = true;
        let gone = Write::delete(record::key(forge, Identity::Group, &group.name), Expect::Any);
        if change.write(vec![gone]).await? {
            return Ok(());
        }
    }
}

/// `ListGroups`, those whose path starts with `prefix`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::InvalidContinuationToken`], and the store's.
pub async fn list(forge: &Forge, caller: &Caller, prefix: &str, paging: &Paging) -> Result<Page<Group>> {
    let arn = names::arn(forge, Identity::Group, prefix, "");
    Ask::new(forge, caller, "ListGroups", arn).permit()?;
    paging::query(
        forge,
        paging,
        &format!("ListGroups {prefix}"),
        Identity::Group.prefix(),
        |item| {
            let group: directory::Group = record::decode(item)?;
            Ok(group.path.starts_with(prefix).then(|| Group::of(forge, group)))
        },
    )
    .await
}

/// `ListGroupsForUser`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::InvalidContinuationToken`], and the store's.
pub async fn list_for_user(
    forge: &Forge,
    caller: &Caller,
    name: &IdentityName,
    paging: &Paging,
) -> Result<Page<Group>> {
    let user = users::permitted_user(forge, caller, "ListGroupsForUser", name).await?;
    let listing = format!("ListGroupsForUser {}", user.id);
    let names = user.groups.into_iter().map(|group| (group.to_ascii_lowercase(), group));
    let page = paging::slice(forge, paging, &listing, names).await?;
    let mut found = Vec::with_capacity(page.items.len());
    for name in &page.items {
        found.extend(get::<directory::Group>(forge, Identity::Group, name).await?);
    }
    let found = found.into_iter().map(|group| Group::of(forge, group)).collect();
    Ok(page.with(found))
}

/// `AddUserToGroup`. Adding a member again changes nothing.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::LimitExceeded`], and the store's.
pub async fn add_user(forge: &Forge, caller: &Caller, name: &IdentityName, user: &IdentityName) -> Result<()> {
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let group = permitted_group(forge, caller, "AddUserToGroup", name).await?;
        let mut user = member(forge, user).await?;
        if user.groups.iter().any(|of| of.eq_ignore_ascii_case(&group.name)) {
            return Ok(());
        }
        if user.groups.len() >= MAX_GROUPS_OF_USER {
            return Err(Error::LimitExceeded {
                what: "GroupsPerUser",
                limit: MAX_GROUPS_OF_USER,
            });
        }
        let membership = keys::member(account(forge), &group.name, &user.name);
        user.groups.push(group.name);
        let writes = vec![Held::User(user).put(forge), attachments::made(membership)];
        if change.write(writes).await? {
            return Ok(());
        }
    }
}

/// `RemoveUserFromGroup`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`] also for somebody who is no member, and the store's.
pub async fn remove_user(forge: &Forge, caller: &Caller, name: &IdentityName, user: &IdentityName) -> Result<()> {
    let mut tried = false;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let group = permitted_group(forge, caller, "RemoveUserFromGroup", name).await?;
        let mut user = member(forge, user).await?;
        let before = user.groups.len();
        user.groups.retain(|of| !of.eq_ignore_ascii_case(&group.name));
        if user.groups.len() == before {
            return if tried {
                Ok(())
            } else {
                Err(Error::NoSuchEntity {
                    what: "member",
                    name: user.name,
                })
            };
        }
        tried = true;
        let membership = keys::member(account(forge), &group.name, &user.name);
        let writes = vec![Held::User(user).put(forge), Write::delete(membership, Expect::Any)];
        if change.write(writes).await? {
            return Ok(());
        }
    }
}

async fn member(forge: &Forge, name: &IdentityName) -> Result<directory::User> {
    let user = get(forge, Identity::User, name.as_str()).await?;
    user.ok_or_else(|| Holder::User.none_of(name))
}

fn taken(name: &IdentityName) -> Error {
    Error::EntityAlreadyExists {
        what: "Group",
        name: name.to_string(),
    }
}

async fn permitted_group(
    forge: &Forge,
    caller: &Caller,
    action: &str,
    name: &IdentityName,
) -> Result<directory::Group> {
    match permitted(forge, caller, Deed::plain(action), (Holder::Group, name)).await? {
        Held::Group(group) => Ok(group),
        Held::User(_) | Held::Role(_) => Err(Holder::Group.none_of(name)),
    }
}

impl Group {
    pub(super) fn of(forge: &Forge, group: directory::Group) -> Self {
        Self {
            arn: names::arn(forge, Identity::Group, &group.path, &group.name),
            name: group.name,
            path: group.path,
            id: group.id,
            created_ms: group.created_ms,
        }
    }
}
