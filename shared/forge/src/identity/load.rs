//! From what was proven to the principal: the user or role, and all policies that speak about them.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::{try_join, try_join_all};
use packhouse_storage::clock;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::keys::Identity;

use super::memory::Remembered;
use super::principal::{Principal, Proven, Who};
use super::session::{Session, SessionOf};
use crate::directory::{self, Generation, Group, ManagedPolicy, Role, User, names};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::policy::{Document, Kind, Permissions, Policy, managed};

/// How often a principal is loaded while others change identities.
const TRIES: usize = 3;

/// The principal of whom something was proven; `None` once the user or role is gone, or the session is over. Nothing is
/// remembered over a change of identities.
///
/// # Errors
/// The store's.
pub async fn principal(forge: &Forge, proven: &Proven) -> Result<Option<Arc<Principal>>> {
    let generation = directory::generation(forge).await?;
    at(forge, generation, proven).await
}

/// The same, at a generation that was read in this request.
pub(super) async fn at(forge: &Forge, generation: Generation, proven: &Proven) -> Result<Option<Arc<Principal>>> {
    if proven
        .session()
        .is_some_and(|session| session.expires <= clock::now_secs())
    {
        return Ok(None);
    }
    if let Some(known) = forge.principals.get(&proven.credential)
        && known.generation == generation
        && known.proven == *proven
    {
        return Ok(Some(known.principal));
    }
    let (generation, principal) = whole(forge, generation, proven).await?;
    let Some(principal) = principal.map(Arc::new) else {
        return Ok(None);
    };
    let remembered = Remembered {
        generation,
        proven: proven.clone(),
        principal: Arc::clone(&principal),
    };
    forge.principals.insert(proven.credential.clone(), remembered);
    Ok(Some(principal))
}

/// The principal as of one generation, which may be newer than the one that is known. What is read over a change of a
/// user's group and then of the user may be what never was.
async fn whole(forge: &Forge, mut generation: Generation, proven: &Proven) -> Result<(Generation, Option<Principal>)> {
    for _ in 0..TRIES {
        let principal = load(forge, proven).await?;
        let newest = directory::generation(forge).await?;
        if newest == generation {
            return Ok((generation, principal));
        }
        generation = newest;
    }
    Err(StorageError::Busy.into())
}

async fn load(forge: &Forge, proven: &Proven) -> Result<Option<Principal>> {
    match &proven.who {
        Who::User { name, id } => user(forge, proven, (name, id), None).await,
        Who::Session(session) => match &session.of {
            SessionOf::User { name, id } => user(forge, proven, (name, id), Some(session)).await,
            SessionOf::Role { name, id, session: of } => role(forge, proven, (name, id, of), session).await,
        },
    }
}

async fn user(
    forge: &Forge,
    proven: &Proven,
    (name, id): (&str, &str),
    session: Option<&Session>,
) -> Result<Option<Principal>> {
    let found = directory::get::<User>(forge, Identity::User, name).await?;
    let Some(user) = found.filter(|user| user.id == id) else {
        return Ok(None);
    };
    let own = of_one(forge, "user", &user.name, (&user.inline, &user.attached));
    let groups = try_join_all(user.groups.iter().map(|group| of_group(forge, group)));
    let (mut identity, groups) = try_join(own, groups).await?;
    identity.extend(groups.into_iter().flatten());
    let permissions = Permissions {
        identity,
        boundary: boundary(forge, user.boundary.as_deref()).await?,
        session: session_policies(forge, session).await?,
    };
    let arn = names::arn(forge, Identity::User, &user.path, &user.name);
    Ok(Some(Principal {
        principal_arn: arn.clone(),
        arn,
        user_id: user.id,
        name: user.name,
        account: forge.installation().account.clone(),
        proven: proven.clone(),
        tags: user.tags,
        permissions,
    }))
}

async fn role(
    forge: &Forge,
    proven: &Proven,
    (name, id, session_name): (&str, &str, &str),
    session: &Session,
) -> Result<Option<Principal>> {
    let found = directory::get::<Role>(forge, Identity::Role, name).await?;
    let Some(role) = found.filter(|role| role.id == id) else {
        return Ok(None);
    };
    let permissions = Permissions {
        identity: of_one(forge, "role", &role.name, (&role.inline, &role.attached)).await?,
        boundary: boundary(forge, role.boundary.as_deref()).await?,
        session: session_policies(forge, Some(session)).await?,
    };
    let mut tags = role.tags;
    tags.extend(session.tags.clone());
    let installation = forge.installation();
    let (partition, account) = (installation.region.partition(), &installation.account);
    Ok(Some(Principal {
        arn: format!(
            "arn:{partition}:sts::{account}:assumed-role/{}/{session_name}",
            role.name
        ),
        user_id: format!("{}:{session_name}", role.id),
        principal_arn: names::arn(forge, Identity::Role, &role.path, &role.name),
        name: role.name,
        account: account.clone(),
        proven: proven.clone(),
        tags,
        permissions,
    }))
}

async fn of_group(forge: &Forge, name: &str) -> Result<Vec<Policy>> {
    let Some(group) = directory::get::<Group>(forge, Identity::Group, name).await? else {
        return Ok(Vec::new());
    };
    of_one(forge, "group", &group.name, (&group.inline, &group.attached)).await
}

/// Inline and attached policies of one identity.
async fn of_one(
    forge: &Forge,
    kind: &str,
    of: &str,
    (inline, attached): (&BTreeMap<String, String>, &[String]),
) -> Result<Vec<Policy>> {
    let mut policies = Vec::with_capacity(inline.len() + attached.len());
    for (name, text) in inline {
        policies.push(policy(format!("the inline policy {name} of {kind} {of}"), text)?);
    }
    policies.extend(try_join_all(attached.iter().map(|arn| managed_policy(forge, arn))).await?);
    Ok(policies)
}

/// A boundary that is gone bounds everything.
async fn boundary(forge: &Forge, arn: Option<&str>) -> Result<Option<Policy>> {
    match arn {
        Some(arn) => managed_policy(forge, arn).await.map(Some),
        None => Ok(None),
    }
}

async fn session_policies(forge: &Forge, session: Option<&Session>) -> Result<Option<Vec<Policy>>> {
    let Some(session) = session.filter(|session| !session.policies.is_empty() || !session.policy_arns.is_empty())
    else {
        return Ok(None);
    };
    let mut policies = try_join_all(session.policy_arns.iter().map(|arn| managed_policy(forge, arn))).await?;
    for text in &session.policies {
        policies.push(policy("the session policy".to_owned(), text)?);
    }
    Ok(Some(policies))
}

/// A managed policy, ours or the account's. One that was deleted meanwhile allows nothing.
pub(crate) async fn managed_policy(forge: &Forge, arn: &str) -> Result<Policy> {
    let name = format!("the managed policy {arn}");
    if let Some(ours) = managed::find(arn) {
        return policy(name, &ours.document_in(forge.installation().region.partition()));
    }
    let stored = match names::name_in_arn(forge, Identity::Policy, arn) {
        Some(short) => directory::get::<ManagedPolicy>(forge, Identity::Policy, short).await?,
        None => None,
    };
    match stored.as_ref().and_then(ManagedPolicy::default_version) {
        Some(version) => policy(name, &version.document),
        None => Ok(Policy {
            name,
            document: Arc::new(Document::default()),
        }),
    }
}

/// Only documents that were read once are stored.
pub(crate) fn policy(name: String, text: &str) -> Result<Policy> {
    match Document::parse(text, Kind::Identity) {
        Ok(document) => Ok(Policy {
            name,
            document: Arc::new(document),
        }),
        Err(error) => Err(Error::corrupt(format!("{name} cannot be read: {error}"))),
    }
}
