//! What the account has, all of it at once.

use packhouse_storage::keys::Identity;

use super::attachments::{Attached, MAX_ATTACHED};
use super::paging::{self, Chain, Page, Paging};
use super::permission::Ask;
use super::policies::{self, Policy, Version};
use super::{groups, roles, users};
use crate::directory::{self, ManagedPolicy, MfaDevice, record};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::policy::{Document, managed};

/// IAM's quotas of credentials, as the summary tells them.
const MAX_ACCESS_KEYS: usize = 2;

/// An identity with its policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail<T> {
    /// Who it is.
    pub of: T,
    /// Inline policies: their names and what they say.
    pub inline: Vec<(String, String)>,
    /// Managed policies.
    pub attached: Vec<Attached>,
    /// Names of the groups of a user.
    pub groups: Vec<String>,
}

/// One entry of the authorization details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A user.
    User(Detail<users::User>),
    /// A group.
    Group(Detail<groups::Group>),
    /// A role.
    Role(Box<Detail<roles::Role>>),
    /// A managed policy with its versions.
    Policy(Box<Policy>, Vec<Version>),
}

/// What the authorization details can be restricted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a value of IAM's filter")]
pub enum Filter {
    User,
    Group,
    Role,
    LocalManagedPolicy,
    AwsManagedPolicy,
}

impl Filter {
    const ALL: [Self; 5] = [
        Self::User,
        Self::Group,
        Self::Role,
        Self::LocalManagedPolicy,
        Self::AwsManagedPolicy,
    ];
}

/// `GetAccountAuthorizationDetails`: all of these kinds, or of all where none is given. Policies of AWS are listed if they
/// are used.
///
/// # Errors
/// [`Error::AccessDenied`](crate::error::Error::AccessDenied),
/// [`Error::InvalidContinuationToken`](crate::error::Error::InvalidContinuationToken), and the store's.
pub async fn authorization_details(
    forge: &Forge,
    caller: &Caller,
    filter: &[Filter],
    paging: &Paging,
) -> Result<Page<Entry>> {
    Ask::new(forge, caller, "GetAccountAuthorizationDetails", "*").permit()?;
    let all = policies::all_counts(forge).await?;
    let listings = Filter::ALL.map(|kind| format!("GetAccountAuthorizationDetails {kind:?} {filter:?}"));
    let mut chain = Chain::new(forge, paging, &listings).await?;
    while let Some((at, paging)) = chain.next() {
        let kind = Filter::ALL[at];
        let wanted = filter.is_empty() || filter.contains(&kind);
        let page = match kind {
            _ if !wanted => Page::default(),
            Filter::AwsManagedPolicy => {
                let found = managed::all().iter().filter_map(|managed| {
                    let counts = *all.get(&managed.arn(forge.installation().region.partition()))?;
                    let versions = vec![Version::of_managed(forge, managed)];
                    let policy = Policy::of_managed(forge, managed, counts);
                    Some((managed.name.to_owned(), Entry::Policy(Box::new(policy), versions)))
                });
                paging::slice(forge, &paging, &listings[at], found).await?
            }
            _ => {
                let prefix = match kind {
                    Filter::User => Identity::User,
                    Filter::Group => Identity::Group,
                    Filter::Role => Identity::Role,
                    Filter::LocalManagedPolicy | Filter::AwsManagedPolicy => Identity::Policy,
                };
                paging::query(forge, &paging, &listings[at], prefix.prefix(), |item| {
                    Ok(Some(match kind {
                        Filter::User => of_user(forge, record::decode(item)?),
                        Filter::Group => of_group(forge, record::decode(item)?),
                        Filter::Role => of_role(forge, record::decode(item)?),
                        Filter::LocalManagedPolicy | Filter::AwsManagedPolicy => {
                            let policy: ManagedPolicy = record::decode(item)?;
                            of_policy(forge, policy, &all)
                        }
                    }))
                })
                .await?
            }
        };
        chain.add(page);
    }
    chain.finish().await
}

fn of_user(forge: &Forge, mut user: directory::User) -> Entry {
    Entry::User(Detail {
        inline: std::mem::take(&mut user.inline).into_iter().collect(),
        attached: user.attached.iter().map(|arn| Attached::at(arn)).collect(),
        groups: std::mem::take(&mut user.groups),
        of: users::User::of(forge, user),
    })
}

fn of_group(forge: &Forge, mut group: directory::Group) -> Entry {
    Entry::Group(Detail {
        inline: std::mem::take(&mut group.inline).into_iter().collect(),
        attached: group.attached.iter().map(|arn| Attached::at(arn)).collect(),
        groups: Vec::new(),
        of: groups::Group::of(forge, group),
    })
}

fn of_role(forge: &Forge, mut role: directory::Role) -> Entry {
    Entry::Role(Box::new(Detail {
        inline: std::mem::take(&mut role.inline).into_iter().collect(),
        attached: role.attached.iter().map(|arn| Attached::at(arn)).collect(),
        groups: Vec::new(),
        of: roles::Role::of(forge, role),
    }))
}

fn of_policy(forge: &Forge, policy: ManagedPolicy, all: &policies::AllCounts) -> Entry {
    let versions = policy.versions.iter().rev();
    let versions = versions.map(|version| Version::of(version, policy.default)).collect();
    let policy = Policy::of_counted(forge, policy, all);
    Entry::Policy(Box::new(policy), versions)
}

/// `GetAccountSummary`: how many there are of what, and how many there may be, under IAM's names.
///
/// # Errors
/// [`Error::AccessDenied`](crate::error::Error::AccessDenied), and the store's.
pub async fn summary(forge: &Forge, caller: &Caller) -> Result<Vec<(&'static str, usize)>> {
    Ask::new(forge, caller, "GetAccountSummary", "*").permit()?;
    let (mut devices, mut in_use) = (0, 0);
    paging::each(forge, Identity::MfaDevice.prefix(), |item| {
        let device: MfaDevice = record::decode(item)?;
        devices += 1;
        in_use += usize::from(device.user.is_some());
        Ok(())
    })
    .await?;
    let mut versions = 0;
    let mut of_account = 0;
    paging::each(forge, Identity::Policy.prefix(), |item| {
        let policy: ManagedPolicy = record::decode(item)?;
        of_account += 1;
        versions += policy.versions.len();
        Ok(())
    })
    .await?;
    Ok(vec![
        ("Users", paging::count(forge, Identity::User.prefix()).await?),
        ("UsersQuota", users::MAX_USERS),
        ("Groups", paging::count(forge, Identity::Group.prefix()).await?),
        ("GroupsQuota", groups::MAX_GROUPS),
        ("GroupsPerUserQuota", groups::MAX_GROUPS_OF_USER),
        ("Roles", paging::count(forge, Identity::Role.prefix()).await?),
        ("RolesQuota", roles::MAX_ROLES),
        ("Policies", of_account),
        ("PoliciesQuota", policies::MAX_POLICIES),
        ("PolicyVersionsInUse", versions),
        (
            "PolicyVersionsInUseQuota",
            policies::MAX_POLICIES * policies::MAX_VERSIONS,
        ),
        ("VersionsPerPolicyQuota", policies::MAX_VERSIONS),
        ("PolicySizeQuota", Document::MAXIMUM_MANAGED),
        ("UserPolicySizeQuota", Document::MAXIMUM_USER),
        ("GroupPolicySizeQuota", Document::MAXIMUM_GROUP),
        ("RolePolicySizeQuota", Document::MAXIMUM_ROLE),
        ("AssumeRolePolicySizeQuota", Document::MAXIMUM_TRUST),
        ("AttachedPoliciesPerUserQuota", MAX_ATTACHED),
        ("AttachedPoliciesPerGroupQuota", MAX_ATTACHED),
        ("AttachedPoliciesPerRoleQuota", MAX_ATTACHED),
        ("AccessKeysPerUserQuota", MAX_ACCESS_KEYS),
        ("MFADevices", devices),
        ("MFADevicesInUse", in_use),
        (
            "Providers",
            paging::count(forge, Identity::OidcProvider.prefix()).await?,
        ),
        ("AccountAccessKeysPresent", 0),
        ("AccountMFAEnabled", 0),
        ("GlobalEndpointTokenVersion", 2),
    ])
}
