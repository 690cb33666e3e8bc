//! Managed policies that are attached to users, groups and roles, and permissions boundaries.

use packhouse_storage::keys;
use packhouse_storage::table::{Expect, Key, Write};

use super::holder::{Deed, Holder, permitted};
use super::paging::{self, Page, Paging};
use super::policies;
use crate::directory::names::IdentityName;
use crate::directory::{Change, account};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;

/// IAM's quota.
pub(super) const MAX_ATTACHED: usize = 10;

/// A managed policy that is attached to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
}

/// `AttachUserPolicy`, `AttachGroupPolicy`, `AttachRolePolicy`. Attaching again changes nothing.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::LimitExceeded`], [`Error::InvalidInput`] for what is no ARN,
/// and the store's.
pub async fn attach(forge: &Forge, caller: &Caller, whom: (Holder, &IdentityName), policy: &str) -> Result<()> {
    let (holder, _) = whom;
    let action = format!("Attach{}Policy", holder.word());
    let deed = Deed {
        action: &action,
        bounded: true,
        keys: &[("iam:PolicyARN", policy)],
    };
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut held = permitted(forge, caller, deed, whom).await?;
        check_there(forge, policy).await?;
        if held.attached().iter().any(|attached| attached == policy) {
            return Ok(());
        }
        if held.attached().len() >= MAX_ATTACHED {
            return Err(Error::LimitExceeded {
                what: match holder {
                    Holder::User => "PoliciesPerUser",
                    Holder::Group => "PoliciesPerGroup",
                    Holder::Role => "PoliciesPerRole",
                },
                limit: MAX_ATTACHED,
            });
        }
        held.attached_mut().push(policy.to_owned());
        let key = keys::attachment(account(forge), policy, holder.kind(), held.name(), false);
        if change.write(vec![held.put(forge), made(key)]).await? {
            return Ok(());
        }
    }
}

/// `DetachUserPolicy`, `DetachGroupPolicy`, `DetachRolePolicy`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`] also for a policy that is not attached, and the store's.
pub async fn detach(forge: &Forge, caller: &Caller, whom: (Holder, &IdentityName), policy: &str) -> Result<()> {
    let (holder, _) = whom;
    let action = format!("Detach{}Policy", holder.word());
    let deed = Deed {
        action: &action,
        bounded: true,
        keys: &[("iam:PolicyARN", policy)],
    };
    let mut tried = false;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut held = permitted(forge, caller, deed, whom).await?;
        let Some(at) = held.attached().iter().position(|attached| attached == policy) else {
            return if tried { Ok(()) } else { Err(policies::none_at(policy)) };
        };
        held.attached_mut().remove(at);
        let key = keys::attachment(account(forge), policy, holder.kind(), held.name(), false);
        tried = true;
        if change
            .write(vec![held.put(forge), Write::delete(key, Expect::Any)])
            .await?
        {
            return Ok(());
        }
    }
}

/// `ListAttachedUserPolicies`, `ListAttachedGroupPolicies`, `ListAttachedRolePolicies`: those whose path starts with
/// `prefix`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::InvalidContinuationToken`], and the store's.
pub async fn list(
    forge: &Forge,
    caller: &Caller,
    whom: (Holder, &IdentityName),
    prefix: &str,
    paging: &Paging,
) -> Result<Page<Attached>> {
    let action = format!("ListAttached{}Policies", whom.0.word());
    let held = permitted(forge, caller, Deed::plain(&action), whom).await?;
    let listing = format!("{action} {} {prefix}", held.id());
    let attached = held.attached().iter().map(|arn| Attached::at(arn));
    let attached = attached.filter(|attached| path_of(&attached.arn).starts_with(prefix));
    let attached = attached.map(|attached| (attached.arn.clone(), attached));
    paging::slice(forge, paging, &listing, attached).await
}

/// `PutUserPermissionsBoundary`, `PutRolePermissionsBoundary`, in place of the one that there was; with `None`
/// `DeleteUserPermissionsBoundary`, `DeleteRolePermissionsBoundary`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::InvalidInput`] for what is no ARN and for groups, which have
/// none, and the store's.
pub async fn set_boundary(
    forge: &Forge,
    caller: &Caller,
    whom: (Holder, &IdentityName),
    policy: Option<&str>,
) -> Result<()> {
    let (holder, _) = whom;
    let word = if policy.is_some() { "Put" } else { "Delete" };
    let action = format!("{word}{}PermissionsBoundary", holder.word());
    let keys = policy.map(|policy| ("iam:PermissionsBoundary", policy));
    let deed = Deed {
        action: &action,
        bounded: policy.is_none(),
        keys: keys.as_slice(),
    };
    let mut tried = false;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut held = permitted(forge, caller, deed, whom).await?;
        if let Some(policy) = policy {
            check_there(forge, policy).await?;
        }
        let Some(boundary) = held.boundary_mut() else {
            return Err(Error::InvalidInput("A group has no permissions boundary".to_owned()));
        };
        let old = std::mem::replace(boundary, policy.map(str::to_owned));
        if old.as_deref() == policy {
            return if policy.is_some() || tried {
                Ok(())
            } else {
                Err(no_boundary(held.name()))
            };
        }
        let key = |arn: &str| keys::attachment(account(forge), arn, holder.kind(), held.name(), true);
        let gone = old.iter().map(|arn| Write::delete(key(arn), Expect::Any));
        let new = policy.iter().map(|arn| made(key(arn)));
        let writes = gone.chain(new).chain([held.put(forge)]).collect();
        tried = true;
        if change.write(writes).await? {
            return Ok(());
        }
    }
}

fn no_boundary(name: &str) -> Error {
    Error::NoSuchEntity {
        what: "permissions boundary of the entity",
        name: name.to_owned(),
    }
}

/// Returns when there is a managed policy with that ARN.
///
/// # Errors
/// [`Error::NoSuchEntity`], [`Error::InvalidInput`] for what is no ARN, and the store's.
pub(super) async fn check_there(forge: &Forge, policy: &str) -> Result<()> {
    let found = policies::find(forge, policy).await?;
    found.map(drop).ok_or_else(|| policies::none_at(policy))
}

/// The write of an item that says all by its key: an attachment, a membership.
pub(super) fn made(key: Key) -> Write {
    Write::put(key, Expect::Any, "{}")
}

/// The path in the ARN of a policy.
fn path_of(arn: &str) -> &str {
    let resource = arn.split_once(":policy").map_or("", |(_, resource)| resource);
    resource.rfind('/').map_or("", |at| &resource[..=at])
}

impl Attached {
    pub(super) fn at(arn: &str) -> Self {
        Self {
            name: arn.rsplit('/').next().unwrap_or_default().to_owned(),
            arn: arn.to_owned(),
        }
    }
}
