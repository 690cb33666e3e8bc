//! Lists of managed policies, and of those whom they are attached to.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use packhouse_storage::keys::{self, Identity};

use super::{Policy, permitted};
use crate::directory::names::{self, IdentityName};
use crate::directory::{ManagedPolicy, record};
use crate::error::Result;
use crate::forge::Forge;
use crate::iam::holder::{Held, Holder};
use crate::iam::paging::{self, Chain, Page, Paging};
use crate::iam::permission::Ask;
use crate::identity::Caller;
use crate::policy::managed;

/// Whose policies are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All.
    #[default]
    All,
    /// Those that AWS made.
    Aws,
    /// The account's own.
    Local,
}

/// What a policy is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// It is attached.
    Permissions,
    /// It is a permissions boundary.
    Boundary,
}

/// One to whom a policy is attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// The name.
    pub name: String,
    /// The id.
    pub id: String,
}

/// Those to whom a policy is attached, or whose boundary it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entities {
    /// The groups.
    pub groups: Vec<Entity>,
    /// The users.
    pub users: Vec<Entity>,
    /// The roles.
    pub roles: Vec<Entity>,
}

/// How often each policy is used, by ARN.
pub(in crate::iam) type AllCounts = HashMap<String, Counts>;

/// How often a policy is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::iam) struct Counts {
    pub(in crate::iam) attachments: usize,
    pub(in crate::iam) boundaries: usize,
}

impl Counts {
    const fn add(&mut self, boundary: bool) {
        if boundary {
            self.boundaries += 1;
        } else {
            self.attachments += 1;
        }
    }

    const fn used_as(self, usage: Option<Usage>) -> usize {
        match usage {
            None => self.attachments + self.boundaries,
            Some(Usage::Permissions) => self.attachments,
            Some(Usage::Boundary) => self.boundaries,
        }
    }
}

/// `ListPolicies`: those in `scope` whose path starts with `prefix`, and which are used (so) if that is asked for.
///
/// # Errors
/// [`Error::AccessDenied`](crate::error::Error::AccessDenied),
/// [`Error::InvalidContinuationToken`](crate::error::Error::InvalidContinuationToken), and the store's.
pub async fn list(
    forge: &Forge,
    caller: &Caller,
    (scope, prefix): (Scope, &str),
    (only_attached, usage): (bool, Option<Usage>),
    paging: &Paging,
) -> Result<Page<Policy>> {
    let arn = names::arn(forge, Identity::Policy, prefix, "");
    Ask::new(forge, caller, "ListPolicies", arn).permit()?;
    let all = all_counts(forge).await?;
    let partition = forge.installation().region.partition();
    let wanted = |path: &str, arn: &str| {
        let counts = all.get(arn).copied().unwrap_or_default();
        let used = !(only_attached || usage.is_some()) || counts.used_as(usage) > 0;
        (path.starts_with(prefix) && used).then_some(counts)
    };
    let listings = ["AWS", "Local"].map(|of| format!("ListPolicies {of} {scope:?} {prefix} {only_attached} {usage:?}"));
    let mut chain = Chain::new(forge, paging, &listings).await?;
    while let Some((at, paging)) = chain.next() {
        let page = match (at, scope) {
            (0, Scope::Local) | (1, Scope::Aws) => Page::default(),
            (0, _) => {
                let found = managed::all().iter().filter_map(|managed| {
                    let counts = wanted(managed.path, &managed.arn(partition))?;
                    Some((managed.name.to_owned(), Policy::of_managed(forge, managed, counts)))
                });
                paging::slice(forge, &paging, &listings[at], found).await?
            }
            _ => {
                paging::query(forge, &paging, &listings[at], Identity::Policy.prefix(), |item| {
                    let policy: ManagedPolicy = record::decode(item)?;
                    let arn = names::arn(forge, Identity::Policy, &policy.path, &policy.name);
                    Ok(wanted(&policy.path, &arn).map(|counts| Policy::of(forge, policy, counts)))
                })
                .await?
            }
        };
        chain.add(page);
    }
    chain.finish().await
}

/// `ListEntitiesForPolicy`: of that kind, with paths that start with `prefix`, used so, if that is asked for. A page may
/// hold fewer than it could.
///
/// # Errors
/// [`Error::AccessDenied`](crate::error::Error::AccessDenied),
/// [`Error::NoSuchEntity`](crate::error::Error::NoSuchEntity),
/// [`Error::InvalidContinuationToken`](crate::error::Error::InvalidContinuationToken), and the store's.
pub async fn entities(
    forge: &Forge,
    caller: &Caller,
    arn: &str,
    (holder, prefix, usage): (Option<Holder>, &str, Option<Usage>),
    paging: &Paging,
) -> Result<Page<Entities>> {
    permitted(forge, caller, "ListEntitiesForPolicy", arn).await?;
    let listing = format!("ListEntitiesForPolicy {arn} {holder:?} {prefix} {usage:?}");
    let page = paging::query(forge, paging, &listing, &keys::attachments_prefix(arn), |item| {
        let found = keys::parse_attachment(&item.key).and_then(|found| {
            let kind = [Holder::User, Holder::Group, Holder::Role]
                .into_iter()
                .find(|one| one.kind() == found.kind)?;
            let used = usage.is_none_or(|usage| (usage == Usage::Boundary) == found.boundary);
            (used && holder.is_none_or(|holder| holder == kind)).then(|| (kind, found.name.to_owned()))
        });
        Ok(found)
    })
    .await?;
    let mut entities = Entities::default();
    let held = page.items.iter().map(|(holder, name)| held(forge, *holder, name));
    let held = try_join_all(held).await?.into_iter().flatten();
    for held in held.filter(|held| held.path().starts_with(prefix)) {
        let entity = Entity {
            name: held.name().to_owned(),
            id: held.id().to_owned(),
        };
        let list = match held.holder() {
            Holder::User => &mut entities.users,
            Holder::Group => &mut entities.groups,
            Holder::Role => &mut entities.roles,
        };
        // One may have the policy attached and as its boundary.
        if !list.contains(&entity) {
            list.push(entity);
        }
    }
    Ok(page.with(vec![entities]))
}

async fn held(forge: &Forge, holder: Holder, name: &str) -> Result<Option<Held>> {
    let name = IdentityName::new(holder.kind(), name)?;
    Held::get(forge, holder, &name).await
}

/// How often one policy is used.
pub(super) async fn counts(forge: &Forge, arn: &str) -> Result<Counts> {
    let mut counts = Counts::default();
    paging::each(forge, &keys::attachments_prefix(arn), |item| {
        if let Some(found) = keys::parse_attachment(&item.key) {
            counts.add(found.boundary);
        }
        Ok(())
    })
    .await?;
    Ok(counts)
}

/// How often each policy is used, by ARN.
pub(in crate::iam) async fn all_counts(forge: &Forge) -> Result<AllCounts> {
    let mut all = AllCounts::new();
    paging::each(forge, keys::ATTACHMENTS_PREFIX, |item| {
        if let Some(found) = keys::parse_attachment(&item.key) {
            all.entry(found.policy_arn.to_owned()).or_default().add(found.boundary);
        }
        Ok(())
    })
    .await?;
    Ok(all)
}
