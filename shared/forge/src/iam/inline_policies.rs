//! Inline policies: those that are a part of their user, group or role.

use super::holder::{Deed, Held, Holder, permitted};
use super::paging::{self, Page, Paging};
use crate::directory::Change;
use crate::directory::names::IdentityName;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::{Document, Kind};

/// The most bytes that all inline policies of one may have together. IAM's quotas do not count white space, and an item
/// of a table has to hold it.
const MAX_BYTES: usize = 64 << 10;

/// `PutUserPolicy`, `PutGroupPolicy`, `PutRolePolicy`, in place of the one of that name.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::MalformedPolicyDocument`], [`Error::LimitExceeded`], and the
/// store's.
pub async fn put(
    forge: &Forge,
    caller: &Caller,
    whom: (Holder, &IdentityName),
    (name, document): (&IdentityName, &str),
) -> Result<()> {
    let action = format!("Put{}Policy", whom.0.word());
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut held = permitted(forge, caller, bounded(&action), whom).await?;
        Document::parse(document, Kind::Identity).map_err(|error| Error::MalformedPolicyDocument(error.to_string()))?;
        held.inline_mut().insert(name.to_string(), document.to_owned());
        check_size(&held)?;
        if change.write(vec![held.put(forge)]).await? {
            return Ok(());
        }
    }
}

/// `GetUserPolicy`, `GetGroupPolicy`, `GetRolePolicy`: what it says, and the name of whose it is.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], and the store's.
pub async fn get(
    forge: &Forge,
    caller: &Caller,
    whom: (Holder, &IdentityName),
    name: &IdentityName,
) -> Result<(String, String)> {
    let action = format!("Get{}Policy", whom.0.word());
    let mut held = permitted(forge, caller, Deed::plain(&action), whom).await?;
    let document = held
        .inline_mut()
        .remove(name.as_str())
        .ok_or_else(|| none_of(&held, name))?;
    Ok((held.name().to_owned(), document))
}

/// `DeleteUserPolicy`, `DeleteGroupPolicy`, `DeleteRolePolicy`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], and the store's.
pub async fn delete(forge: &Forge, caller: &Caller, whom: (Holder, &IdentityName), name: &IdentityName) -> Result<()> {
    let action = format!("Delete{}Policy", whom.0.word());
    let mut tried = false;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut held = permitted(forge, caller, bounded(&action), whom).await?;
        if held.inline_mut().remove(name.as_str()).is_none() {
            return if tried { Ok(()) } else { Err(none_of(&held, name)) };
        }
        tried = true;
        if change.write(vec![held.put(forge)]).await? {
            return Ok(());
        }
    }
}

/// `ListUserPolicies`, `ListGroupPolicies`, `ListRolePolicies`: their names.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::InvalidContinuationToken`], and the store's.
pub async fn list(
    forge: &Forge,
    caller: &Caller,
    whom: (Holder, &IdentityName),
    paging: &Paging,
) -> Result<Page<String>> {
    let action = format!("List{}Policies", whom.0.word());
    let held = permitted(forge, caller, Deed::plain(&action), whom).await?;
    let listing = format!("{action} {}", held.id());
    let names = held.inline().keys().map(|name| (name.clone(), name.clone()));
    paging::slice(forge, paging, &listing, names).await
}

const fn bounded(action: &str) -> Deed<'_> {
    Deed {
        action,
        bounded: true,
        keys: &[],
    }
}

fn none_of(held: &Held, name: &IdentityName) -> Error {
    Error::NoSuchEntity {
        what: match held.holder() {
            Holder::User => "user policy",
            Holder::Group => "group policy",
            Holder::Role => "role policy",
        },
        name: name.to_string(),
    }
}

fn check_size(held: &Held) -> Result<()> {
    let (what, limit) = match held.holder() {
        Holder::User => ("UserPolicySize", Document::MAXIMUM_USER),
        Holder::Group => ("GroupPolicySize", Document::MAXIMUM_GROUP),
        Holder::Role => ("RolePolicySize", Document::MAXIMUM_ROLE),
    };
    let documents = held.inline().values();
    if documents
        .clone()
        .map(|document| Document::characters(document))
        .sum::<usize>()
        > limit
    {
        return Err(Error::LimitExceeded { what, limit });
    }
    if documents.map(String::len).sum::<usize>() > MAX_BYTES {
        return Err(Error::LimitExceeded {
            what: "bytes of inline policies, white space included",
            limit: MAX_BYTES,
        });
    }
    Ok(())
}
