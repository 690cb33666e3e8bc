//! Managed policies: those of the account, which have versions, and those that AWS makes for everybody, which never change.

mod listing;
mod versions;

pub use self::listing::{Entities, Entity, Scope, Usage, entities, list};
pub(super) use self::versions::MAX_VERSIONS;
pub use self::versions::{Version, create_version, delete_version, get_version, list_versions, set_default_version};

use std::collections::BTreeMap;

use packhouse_storage::clock;
use packhouse_storage::keys::Identity;
use packhouse_storage::table::{Expect, Write};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub(super) use self::listing::{AllCounts, all_counts};
use self::listing::{Counts, counts};
use super::given;
use super::paging;
use super::permission::Ask;
use crate::directory::ids::fresh_id;
use crate::directory::names::{self, IdentityName, IdentityPath};
use crate::directory::{self, Change, ManagedPolicy, PolicyVersion, get, record};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::managed::{self, Managed};
use crate::policy::{Document, Kind};

/// IAM's quota.
pub(super) const MAX_POLICIES: usize = 1500;

/// A managed policy, as IAM shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The name.
    pub name: String,
    /// The path.
    pub path: String,
    /// `ANPA…`.
    pub id: String,
    /// The ARN.
    pub arn: String,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// When it was changed last, in milliseconds since the Unix epoch.
    pub updated_ms: u64,
    /// What it is for.
    pub description: Option<String>,
    /// The version that counts, such as `v3`.
    pub default_version: String,
    /// To how many users, groups and roles it is attached.
    pub attachments: usize,
    /// Of how many users and roles it is the permissions boundary.
    pub boundaries: usize,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A managed policy to be made.
#[derive(Clone, Debug)]
pub struct New {
    /// The name.
    pub name: IdentityName,
    /// The path.
    pub path: IdentityPath,
    /// What it says.
    pub document: String,
    /// What it is for.
    pub description: Option<String>,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

/// A managed policy that there is.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// AWS made it.
    Ours(&'static Managed),
    /// It is the account's.
    Theirs(Box<ManagedPolicy>),
}

/// `CreatePolicy`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::EntityAlreadyExists`], [`Error::MalformedPolicyDocument`], [`Error::LimitExceeded`],
/// [`Error::InvalidInput`], and the store's.
pub async fn create(forge: &Forge, caller: &Caller, new: New) -> Result<Policy> {
    let (name, tags) = (new.name, given::tags(new.tags)?);
    let arn = names::arn(forge, Identity::Policy, new.path.as_str(), name.as_str());
    Ask::new(forge, caller, "CreatePolicy", arn.as_str())
        .giving(&tags)
        .permit()?;
    if !tags.is_empty() {
        Ask::new(forge, caller, "TagPolicy", arn).giving(&tags).permit()?;
    }
    check_path(&new.path)?;
    check_document(&new.document)?;
    let now = clock::now_millis();
    let policy = ManagedPolicy {
        name: name.to_string(),
        path: new.path.as_str().to_owned(),
        id: fresh_id("ANPA"),
        created_ms: now,
        updated_ms: now,
        description: new.description.map(given::described).transpose()?,
        tags,
        default: 1,
        next: 2,
        versions: vec![PolicyVersion {
            number: 1,
            created_ms: now,
            document: new.document,
        }],
    };
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        match get::<ManagedPolicy>(forge, Identity::Policy, name.as_str()).await? {
            // An earlier try, whose outcome was unknown, was written.
            Some(found) if found.id == policy.id => return Ok(Policy::of(forge, found, Counts::default())),
            Some(_) => {
                return Err(Error::EntityAlreadyExists {
                    what: "A policy",
                    name: name.to_string(),
                });
            }
            None => {}
        }
        if paging::count(forge, Identity::Policy.prefix()).await? >= MAX_POLICIES {
            return Err(Error::LimitExceeded {
                what: "PoliciesPerAccount",
                limit: MAX_POLICIES,
            });
        }
        if change.write(vec![store(forge, &policy)]).await? {
            return Ok(Policy::of(forge, policy, Counts::default()));
        }
    }
}

/// `GetPolicy`.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::NoSuchEntity`], [`Error::InvalidInput`] for what is no ARN, and the store's.
pub async fn get_one(forge: &Forge, caller: &Caller, arn: &str) -> Result<Policy> {
    let found = permitted(forge, caller, "GetPolicy", arn).await?;
    let counts = counts(forge, arn).await?;
    Ok(match found {
        Found::Ours(managed) => Policy::of_managed(forge, managed, counts),
        Found::Theirs(policy) => Policy::of(forge, *policy, counts),
    })
}

/// `DeletePolicy`, which must be attached to nobody any more, nor have versions besides the one that counts.
///
/// # Errors
/// [`Error::AccessDenied`], also for a policy of AWS, [`Error::NoSuchEntity`], [`Error::DeleteConflict`], and the store's.
pub async fn delete(forge: &Forge, caller: &Caller, arn: &str) -> Result<()> {
    let mut tried = false;
    let mut change = Change::of_identities(forge);
    loop {
        change.read().await?;
        let policy = match changeable(forge, caller, "DeletePolicy", arn).await {
            Err(Error::NoSuchEntity { .. }) if tried => return Ok(()),
            other => other?,
        };
        if counts(forge, arn).await? != Counts::default() {
            let why = "must detach the policy from all entities first";
            return Err(Error::DeleteConflict(why.to_owned()));
        }
        if policy.versions.len() > 1 {
            let why = "must delete the versions that are not the default first";
            return Err(Error::DeleteConflict(why.to_owned()));
        }
        tried = true;
        let gone = Write::delete(record::key(forge, Identity::Policy, &policy.name), Expect::Any);
        if change.write(vec![gone]).await? {
            return Ok(());
        }
    }
}

/// The policy with that ARN.
///
/// # Errors
/// [`Error::InvalidInput`] for what is no ARN of a policy; the store's.
pub(super) async fn find(forge: &Forge, arn: &str) -> Result<Option<Found>> {
    let partition = forge.installation().region.partition();
    let shape = arn.strip_prefix("arn:").and_then(|rest| rest.split_once(":iam::"));
    if !shape.is_some_and(|(_, rest)| rest.contains(":policy/")) {
        let shown: String = arn.chars().take(128).collect();
        return Err(Error::InvalidInput(format!("ARN {shown} is not valid.")));
    }
    if let Some(managed) = managed::find(arn).filter(|managed| managed.arn(partition) == arn) {
        return Ok(Some(Found::Ours(managed)));
    }
    let Some(name) = names::name_in_arn(forge, Identity::Policy, arn) else {
        return Ok(None);
    };
    if IdentityName::new(Identity::Policy, name).is_err() {
        return Ok(None);
    }
    let policy = get::<ManagedPolicy>(forge, Identity::Policy, name).await?;
    // Another path is another policy, and so is another case: attachments are kept under the ARN.
    let policy = policy.filter(|policy| names::arn(forge, Identity::Policy, &policy.path, &policy.name) == arn);
    Ok(policy.map(|policy| Found::Theirs(Box::new(policy))))
}

/// The policy with that ARN, on which the caller may do `action`.
pub(super) async fn permitted(forge: &Forge, caller: &Caller, action: &str, arn: &str) -> Result<Found> {
    let found = find(forge, arn).await?;
    let mut ask = Ask::new(forge, caller, action, arn);
    if let Some(Found::Theirs(policy)) = &found {
        ask = ask.of(&policy.tags);
    }
    ask.permit()?;
    found.ok_or_else(|| none_at(arn))
}

/// The account's policy with that ARN, which the caller may change so.
pub(super) async fn changeable(forge: &Forge, caller: &Caller, action: &str, arn: &str) -> Result<ManagedPolicy> {
    match permitted(forge, caller, action, arn).await? {
        Found::Theirs(policy) => Ok(*policy),
        Found::Ours(_) => Err(Error::AccessDenied {
            principal: caller.principal.arn.clone(),
            action: format!("iam:{action}"),
            resource: arn.to_owned(),
            because: "because nobody can change what AWS manages".to_owned(),
        }),
    }
}

pub(super) fn none_at(arn: &str) -> Error {
    Error::NoSuchEntity {
        what: "policy",
        name: arn.to_owned(),
    }
}

/// The write that stores a policy.
pub(super) fn store(forge: &Forge, policy: &ManagedPolicy) -> Write {
    directory::put(record::key(forge, Identity::Policy, &policy.name), policy)
}

/// Whether a text is a document that a managed policy may have.
fn check_document(text: &str) -> Result<()> {
    Document::parse(text, Kind::Identity).map_err(|error| Error::MalformedPolicyDocument(error.to_string()))?;
    if Document::characters(text) > Document::MAXIMUM_MANAGED {
        return Err(Error::LimitExceeded {
            what: "PolicySize",
            limit: Document::MAXIMUM_MANAGED,
        });
    }
    Ok(())
}

/// Paths of policies have fewer letters than others: the ARN is a part of keys.
fn check_path(path: &IdentityPath) -> Result<()> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"/.,+@=_-".contains(&byte);
    if path.as_str().bytes().all(letter) && !path.as_str().contains("//") {
        return Ok(());
    }
    Err(Error::InvalidInput(
        "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters \
         and/or the following: .,+@=_-/"
            .to_owned(),
    ))
}

impl Policy {
    pub(super) fn of_counted(forge: &Forge, policy: ManagedPolicy, all: &AllCounts) -> Self {
        let arn = names::arn(forge, Identity::Policy, &policy.path, &policy.name);
        Self::of(forge, policy, all.get(&arn).copied().unwrap_or_default())
    }

    fn of(forge: &Forge, policy: ManagedPolicy, counts: Counts) -> Self {
        Self {
            arn: names::arn(forge, Identity::Policy, &policy.path, &policy.name),
            name: policy.name,
            path: policy.path,
            id: policy.id,
            created_ms: policy.created_ms,
            updated_ms: policy.updated_ms,
            description: policy.description,
            default_version: format!("v{}", policy.default),
            attachments: counts.attachments,
            boundaries: counts.boundaries,
            tags: policy.tags,
        }
    }

    pub(super) fn of_managed(forge: &Forge, managed: &Managed, counts: Counts) -> Self {
        Self {
            arn: managed.arn(forge.installation().region.partition()),
            name: managed.name.to_owned(),
            path: managed.path.to_owned(),
            id: managed.id.to_owned(),
            created_ms: millis(managed.created),
            updated_ms: millis(managed.updated),
            description: Some(managed.description.to_owned()),
            default_version: managed.version.to_owned(),
            attachments: counts.attachments,
            boundaries: counts.boundaries,
            tags: BTreeMap::new(),
        }
    }
}

/// One of our own times, in milliseconds since the Unix epoch.
fn millis(rfc3339: &str) -> u64 {
    let at = OffsetDateTime::parse(rfc3339, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    u64::try_from(at.unix_timestamp()).unwrap_or_default() * 1000
}
