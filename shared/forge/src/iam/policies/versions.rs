//! Versions of managed policies.

use super::{Found, changeable, check_document, none_at, permitted, store};
use crate::directory::{Change, ManagedPolicy, PolicyVersion};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::iam::paging::{self, Page, Paging};
use crate::identity::Caller;
use crate::policy::managed::Managed;
use packhouse_storage::clock;

/// IAM's quota.
pub(in crate::iam) const MAX_VERSIONS: usize = 5;

/// A version of a managed policy, as IAM shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Such as `v3`.
    pub id: String,
    /// Whether it is the one that counts.
    pub is_default: bool,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// What it says.
    pub document: String,
}

/// `CreatePolicyVersion`, at once the one that counts or not.
///
/// # Errors
/// [`Error::AccessDenied`], also for a policy of AWS, [`Error::NoSuchEntity`], [`Error::MalformedPolicyDocument`],
/// [`Error::LimitExceeded`], and the store's.
pub async fn create_version(
    forge: &Forge,
    caller: &Caller,
    arn: &str,
    (document, set_as_default): (String, bool),
) -> Result<Version> {
    check_document(&document)?;
    let created_ms = clock::now_millis();
    let mut tried = None;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut policy = changeable(forge, caller, "CreatePolicyVersion", arn).await?;
        let ours = |version: &&PolicyVersion| version.created_ms == created_ms && version.document == document;
        let own = policy.versions.last().filter(ours);
        if let Some(own) = own.filter(|own| tried.as_ref() == Some(&(policy.id.clone(), own.number))) {
            // An earlier try, whose outcome was unknown, was written.
            return Ok(Version::of(own, policy.default));
        }
        if policy.versions.len() >= MAX_VERSIONS {
            return Err(Error::LimitExceeded {
                what: "VersionsPerPolicy",
                limit: MAX_VERSIONS,
            });
        }
        let version = PolicyVersion {
            number: policy.next,
            created_ms,
            document: document.clone(),
        };
        tried = Some((policy.id.clone(), version.number));
        policy.next += 1;
        policy.updated_ms = created_ms;
        if set_as_default {
            policy.default = version.number;
        }
        policy.versions.push(version.clone());
        if change.write(vec![store(forge, &policy)]).await? {
            return Ok(Version::of(&version, policy.default));
        }
    }
}

/// `GetPolicyVersion`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], and the store's.
pub async fn get_version(forge: &Forge, caller: &Caller, arn: &str, id: &str) -> Result<Version> {
    match permitted(forge, caller, "GetPolicyVersion", arn).await? {
        Found::Ours(managed) if managed.version == id => Ok(Version::of_managed(forge, managed)),
        Found::Ours(_) => Err(no_version(arn, id)),
        Found::Theirs(policy) => {
            let number = number_of(id)?;
            let version = policy.versions.iter().find(|version| version.number == number);
            let version = version.ok_or_else(|| no_version(arn, id))?;
            Ok(Version::of(version, policy.default))
        }
    }
}

/// `ListPolicyVersions`, without their documents at AWS; here with them.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::InvalidContinuationToken`], and the store's.
pub async fn list_versions(forge: &Forge, caller: &Caller, arn: &str, paging: &Paging) -> Result<Page<Version>> {
    let versions = match permitted(forge, caller, "ListPolicyVersions", arn).await? {
        Found::Ours(managed) => vec![(0, Version::of_managed(forge, managed))],
        Found::Theirs(policy) => {
            let versions = policy.versions.iter();
            versions
                .map(|version| (version.number, Version::of(version, policy.default)))
                .collect()
        }
    };
    // The newest comes first.
    let versions = versions
        .into_iter()
        .map(|(number, version)| (format!("{:010}", u32::MAX - number), version));
    paging::slice(forge, paging, &format!("ListPolicyVersions {arn}"), versions).await
}

/// `SetDefaultPolicyVersion`.
///
/// # Errors
/// [`Error::AccessDenied`], also for a policy of AWS, [`Error::NoSuchEntity`], and the store's.
pub async fn set_default_version(forge: &Forge, caller: &Caller, arn: &str, id: &str) -> Result<()> {
    let number = number_of(id)?;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut policy = changeable(forge, caller, "SetDefaultPolicyVersion", arn).await?;
        if !has(&policy, number) {
            return Err(no_version(arn, id));
        }
        policy.default = number;
        policy.updated_ms = clock::now_millis();
        if change.write(vec![store(forge, &policy)]).await? {
            return Ok(());
        }
    }
}

/// `DeletePolicyVersion`, which must not be the one that counts.
///
/// # Errors
/// [`Error::AccessDenied`], also for a policy of AWS, [`Error::NoSuchEntity`], [`Error::DeleteConflict`], and the store's.
pub async fn delete_version(forge: &Forge, caller: &Caller, arn: &str, id: &str) -> Result<()> {
    let number = number_of(id)?;
    let mut tried = false;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let mut policy = match changeable(forge, caller, "DeletePolicyVersion", arn).await {
            Err(Error::NoSuchEntity { .. }) if tried => return Ok(()),
            other => other?,
        };
        if !has(&policy, number) {
            return if tried { Ok(()) } else { Err(no_version(arn, id)) };
        }
        if policy.default == number {
            return Err(Error::DeleteConflict(
                "it is the default version of the policy".to_owned(),
            ));
        }
        policy.versions.retain(|version| version.number != number);
        tried = true;
        if change.write(vec![store(forge, &policy)]).await? {
            return Ok(());
        }
    }
}

fn has(policy: &ManagedPolicy, number: u32) -> bool {
    policy.versions.iter().any(|version| version.number == number)
}

/// The number in a version's id.
///
/// # Errors
/// [`Error::InvalidInput`].
fn number_of(id: &str) -> Result<u32> {
    let number = id.strip_prefix('v').and_then(|number| number.parse().ok());
    number.ok_or_else(|| {
        Error::InvalidInput("The specified value for versionId is invalid. It must be v and a number".to_owned())
    })
}

fn no_version(arn: &str, id: &str) -> Error {
    none_at(&format!("{arn} version {id}"))
}

impl Version {
    pub(in crate::iam) fn of(version: &PolicyVersion, default: u32) -> Self {
        Self {
            id: format!("v{}", version.number),
            is_default: version.number == default,
            created_ms: version.created_ms,
            document: version.document.clone(),
        }
    }

    pub(in crate::iam) fn of_managed(forge: &Forge, managed: &Managed) -> Self {
        Self {
            id: managed.version.to_owned(),
            is_default: true,
            created_ms: super::millis(managed.updated),
            document: managed
                .document_in(forge.installation().region.partition())
                .into_owned(),
        }
    }
}
