//! Those who have policies: users, groups and roles, as far as they are alike.

use std::collections::BTreeMap;

use packhouse_storage::keys::{self, Identity};
use packhouse_storage::table::{Key, Write};

use super::permission::Ask;
use crate::directory::names::{self, IdentityName};
use crate::directory::{Group, Role, User, account, get, put, record};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;

/// Who can have policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is IAM's entity of that name")]
pub enum Holder {
    User,
    Group,
    Role,
}

impl Holder {
    /// What its names are names of.
    #[must_use]
    pub const fn kind(self) -> Identity {
        match self {
            Self::User => Identity::User,
            Self::Group => Identity::Group,
            Self::Role => Identity::Role,
        }
    }

    /// The word in the names of actions.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::Role => "Role",
        }
    }

    /// The word in texts.
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }

    /// That there is none of that name.
    pub(super) fn none_of(self, name: &IdentityName) -> Error {
        Error::NoSuchEntity {
            what: self.noun(),
            name: name.to_string(),
        }
    }
}

/// The record of one of them.
#[derive(Clone, Debug)]
pub(super) enum Held {
    User(User),
    Group(Group),
    Role(Role),
}

impl Held {
    /// Reads one.
    pub(super) async fn get(forge: &Forge, holder: Holder, name: &IdentityName) -> Result<Option<Self>> {
        let (kind, name) = (holder.kind(), name.as_str());
        Ok(match holder {
            Holder::User => get(forge, kind, name).await?.map(Self::User),
            Holder::Group => get(forge, kind, name).await?.map(Self::Group),
            Holder::Role => get(forge, kind, name).await?.map(Self::Role),
        })
    }

    /// The write that stores it.
    pub(super) fn put(&self, forge: &Forge) -> Write {
        let key = record::key(forge, self.holder().kind(), self.name());
        match self {
            Self::User(user) => put(key, user),
            Self::Group(group) => put(key, group),
            Self::Role(role) => put(key, role),
        }
    }

    pub(super) const fn holder(&self) -> Holder {
        match self {
            Self::User(_) => Holder::User,
            Self::Group(_) => Holder::Group,
            Self::Role(_) => Holder::Role,
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::User(User { name, .. }) | Self::Group(Group { name, .. }) | Self::Role(Role { name, .. }) => name,
        }
    }

    pub(super) fn path(&self) -> &str {
        match self {
            Self::User(User { path, .. }) | Self::Group(Group { path, .. }) | Self::Role(Role { path, .. }) => path,
        }
    }

    pub(super) fn id(&self) -> &str {
        match self {
            Self::User(User { id, .. }) | Self::Group(Group { id, .. }) | Self::Role(Role { id, .. }) => id,
        }
    }

    pub(super) fn arn(&self, forge: &Forge) -> String {
        names::arn(forge, self.holder().kind(), self.path(), self.name())
    }

    /// Its tags; groups have none.
    pub(super) fn tags(&self) -> Option<&BTreeMap<String, String>> {
        match self {
            Self::User(User { tags, .. }) | Self::Role(Role { tags, .. }) => Some(tags),
            Self::Group(_) => None,
        }
    }

    /// Its inline policies.
    pub(super) const fn inline(&self) -> &BTreeMap<String, String> {
        match self {
            Self::User(User { inline, .. }) | Self::Group(Group { inline, .. }) | Self::Role(Role { inline, .. }) => {
                inline
            }
        }
    }

    pub(super) const fn inline_mut(&mut self) -> &mut BTreeMap<String, String> {
        match self {
            Self::User(User { inline, .. }) | Self::Group(Group { inline, .. }) | Self::Role(Role { inline, .. }) => {
                inline
            }
        }
    }

    /// ARNs of the managed policies that are attached.
    pub(super) const fn attached(&self) -> &Vec<String> {
        match self {
            Self::User(User { attached, .. })
            | Self::Group(Group { attached, .. })
            | Self::Role(Role { attached, .. }) => attached,
        }
    }

    pub(super) const fn attached_mut(&mut self) -> &mut Vec<String> {
        match self {
            Self::User(User { attached, .. })
            | Self::Group(Group { attached, .. })
            | Self::Role(Role { attached, .. }) => attached,
        }
    }

    /// ARN of its permissions boundary.
    pub(super) fn boundary(&self) -> Option<&str> {
        match self {
            Self::User(User { boundary, .. }) | Self::Role(Role { boundary, .. }) => boundary.as_deref(),
            Self::Group(_) => None,
        }
    }

    /// Where that is kept; groups have none.
    pub(super) const fn boundary_mut(&mut self) -> Option<&mut Option<String>> {
        match self {
            Self::User(User { boundary, .. }) | Self::Role(Role { boundary, .. }) => Some(boundary),
            Self::Group(_) => None,
        }
    }

    /// The keys of all its attachments, as of somebody of that name.
    pub(super) fn attachments(&self, forge: &Forge, name: &str) -> Vec<Key> {
        let (account, kind) = (account(forge), self.holder().kind());
        let attached = self.attached().iter().map(|arn| (arn.as_str(), false));
        let all = attached.chain(self.boundary().map(|arn| (arn, true)));
        all.map(|(arn, boundary)| keys::attachment(account, arn, kind, name, boundary))
            .collect()
    }
}

/// What a caller wants to do to one of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed<'a> {
    /// The action.
    pub(super) action: &'a str,
    /// Whether the permissions boundary that is there is one of its condition keys.
    pub(super) bounded: bool,
    /// Its other condition keys.
    pub(super) keys: &'a [(&'a str, &'a str)],
}

impl<'a> Deed<'a> {
    /// One without condition keys of its own.
    pub(super) const fn plain(action: &'a str) -> Self {
        Self {
            action,
            bounded: false,
            keys: &[],
        }
    }
}

/// Reads one to whom the caller may do that. Who may not learns nothing of whether there is one.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], and the store's.
pub(super) async fn permitted(
    forge: &Forge,
    caller: &Caller,
    deed: Deed<'_>,
    (holder, name): (Holder, &IdentityName),
) -> Result<Held> {
    let found = Held::get(forge, holder, name).await?;
    let arn = found.as_ref().map_or_else(
        || names::arn(forge, holder.kind(), "/", name.as_str()),
        |held| held.arn(forge),
    );
    let mut ask = Ask::new(forge, caller, deed.action, arn);
    if let Some(tags) = found.as_ref().and_then(Held::tags) {
        ask = ask.of(tags);
    }
    if deed.bounded {
        ask = ask.boundary(found.as_ref().and_then(Held::boundary));
    }
    for (key, value) in deed.keys {
        ask = ask.key(key, value);
    }
    ask.permit()?;
    found.ok_or_else(|| holder.none_of(name))
}
