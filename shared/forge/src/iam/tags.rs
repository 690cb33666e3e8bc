//! Tags of users, roles, policies, devices and providers.

use std::collections::BTreeMap;

use packhouse_storage::keys::Identity;
use packhouse_storage::table::Write;

use super::given::{self, MAX_TAGS, same, too_many};
use super::paging::{self, Page, Paging};
use super::permission::Ask;
use super::policies;
use crate::directory::names::{self, IdentityName};
use crate::directory::{Change, ManagedPolicy, MfaDevice, OidcProvider, Role, User, get, put, record};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;

/// What can have tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tagged<'a> {
    /// The user of that name.
    User(&'a IdentityName),
    /// The role of that name.
    Role(&'a IdentityName),
    /// The managed policy with that ARN.
    Policy(&'a str),
    /// The virtual device with that serial number.
    MfaDevice(&'a str),
    /// The provider with that ARN.
    OidcProvider(&'a str),
}

impl Tagged<'_> {
    /// The word in the names of actions.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::User(_) => "User",
            Self::Role(_) => "Role",
            Self::Policy(_) => "Policy",
            Self::MfaDevice(_) => "MFADevice",
            Self::OidcProvider(_) => "OpenIDConnectProvider",
        }
    }
}

/// `TagUser` and its like: sets tags, in place of those with the same keys, whose case is no matter.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::InvalidInput`], [`Error::LimitExceeded`], and the store's.
pub async fn tag(forge: &Forge, caller: &Caller, thing: Tagged<'_>, tags: Vec<(String, String)>) -> Result<()> {
    let given = given::tags(tags)?;
    let action = format!("Tag{}", thing.word());
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut found = permitted(forge, caller, thing, &action, |ask| ask.giving(&given)).await?;
        let tags = found.tags_mut();
        tags.retain(|key, _| !given.keys().any(|given| same(given, key)));
        tags.extend(given.clone());
        if tags.len() > MAX_TAGS {
            return Err(too_many());
        }
        if change.write(vec![found.put(forge)]).await? {
            return Ok(());
        }
    }
}

/// `UntagUser` and its like: removes tags. Keys that are not there are no matter.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], and the store's.
pub async fn untag(forge: &Forge, caller: &Caller, thing: Tagged<'_>, keys: &[&str]) -> Result<()> {
    let action = format!("Untag{}", thing.word());
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let named = keys.iter().copied();
        let mut found = permitted(forge, caller, thing, &action, |ask| ask.naming(named.clone())).await?;
        found
            .tags_mut()
            .retain(|key, _| !keys.iter().any(|gone| same(gone, key)));
        if change.write(vec![found.put(forge)]).await? {
            return Ok(());
        }
    }
}

/// `ListUserTags` and its like.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::InvalidContinuationToken`], and the store's.
pub async fn list(
    forge: &Forge,
    caller: &Caller,
    thing: Tagged<'_>,
    paging: &Paging,
) -> Result<Page<(String, String)>> {
    let action = format!("List{}Tags", thing.word());
    let mut found = permitted(forge, caller, thing, &action, |ask| ask).await?;
    let tags = std::mem::take(found.tags_mut());
    let tags = tags.into_iter().map(|(key, value)| (key.clone(), (key, value)));
    paging::slice(forge, paging, &format!("{action} {thing:?}"), tags).await
}

/// The record of something that has tags.
enum Found {
    User(User),
    Role(Role),
    Policy(Box<ManagedPolicy>),
    MfaDevice(MfaDevice),
    OidcProvider(OidcProvider),
}

impl Found {
    const fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        match self {
            Self::User(User { tags, .. })
            | Self::Role(Role { tags, .. })
            | Self::MfaDevice(MfaDevice { tags, .. })
            | Self::OidcProvider(OidcProvider { tags, .. }) => tags,
            Self::Policy(policy) => &mut policy.tags,
        }
    }

    fn put(&self, forge: &Forge) -> Write {
        let key = |kind, name| record::key(forge, kind, name);
        match self {
            Self::User(user) => put(key(Identity::User, &user.name), user),
            Self::Role(role) => put(key(Identity::Role, &role.name), role),
            Self::Policy(policy) => policies::store(forge, policy),
            Self::MfaDevice(device) => put(key(Identity::MfaDevice, &device.name), device),
            Self::OidcProvider(provider) => put(key(Identity::OidcProvider, &provider.url), provider),
        }
    }
}

/// Reads what the caller may do `action` to.
async fn permitted<'a>(
    forge: &Forge,
    caller: &'a Caller,
    thing: Tagged<'_>,
    action: &str,
    more: impl Fn(Ask<'a>) -> Ask<'a>,
) -> Result<Found> {
    let (mut found, arn, what, name) = look_up(forge, thing).await?;
    let mut ask = more(Ask::new(forge, caller, action, arn));
    if let Some(found) = &mut found {
        ask = ask.of(found.tags_mut());
    }
    ask.permit()?;
    found.ok_or(Error::NoSuchEntity { what, name })
}

/// What is there, its ARN, and what to call it if it is not there.
async fn look_up(forge: &Forge, thing: Tagged<'_>) -> Result<(Option<Found>, String, &'static str, String)> {
    let arn = |kind, path: Option<&str>, name: &str| names::arn(forge, kind, path.unwrap_or("/"), name);
    Ok(match thing {
        Tagged::User(name) => {
            let user = get::<User>(forge, Identity::User, name.as_str()).await?;
            let (path, called) = user
                .as_ref()
                .map_or((None, name.as_str()), |user| (Some(user.path.as_str()), &user.name));
            let arn = arn(Identity::User, path, called);
            (user.map(Found::User), arn, "user", name.to_string())
        }
        Tagged::Role(name) => {
            let role = get::<Role>(forge, Identity::Role, name.as_str()).await?;
            let (path, called) = role
                .as_ref()
                .map_or((None, name.as_str()), |role| (Some(role.path.as_str()), &role.name));
            let arn = arn(Identity::Role, path, called);
            (role.map(Found::Role), arn, "role", name.to_string())
        }
        Tagged::Policy(arn) => {
            let policy = match policies::find(forge, arn).await? {
                Some(policies::Found::Theirs(policy)) => Some(Found::Policy(policy)),
                Some(policies::Found::Ours(_)) | None => None,
            };
            (policy, arn.to_owned(), "policy", arn.to_owned())
        }
        Tagged::MfaDevice(serial) => {
            let device = match names::name_in_arn(forge, Identity::MfaDevice, serial) {
                Some(name) => get::<MfaDevice>(forge, Identity::MfaDevice, name).await?,
                None => None,
            };
            let device = device.filter(|device| arn(Identity::MfaDevice, Some(&device.path), &device.name) == serial);
            (
                device.map(Found::MfaDevice),
                serial.to_owned(),
                "MFA device",
                serial.to_owned(),
            )
        }
        Tagged::OidcProvider(of) => {
            let provider = match of.strip_prefix(&arn(Identity::OidcProvider, None, "")) {
                Some(url) if !url.is_empty() => get::<OidcProvider>(forge, Identity::OidcProvider, url).await?,
                _ => None,
            };
            // Paths of issuers that differ in case are those of different issuers, and so are their ARNs.
            let provider = provider.filter(|provider| arn(Identity::OidcProvider, None, &provider.url) == of);
            (
                provider.map(Found::OidcProvider),
                of.to_owned(),
                "OIDC provider",
                of.to_owned(),
            )
        }
    })
}
