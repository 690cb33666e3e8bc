//! The stored form of a repository's rules, and what leads to them.

use std::collections::BTreeMap;

use packhouse_storage::error::Error as StorageError;
use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Expect, Item, Write};
use serde::{Deserialize, Serialize};

use super::event_type::EventType;
use super::permission;
use super::rule::{Detail, Rule, Target};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::names::RepositoryName;

const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    rules: Vec<RuleRecord>,
}

#[derive(Serialize, Deserialize)]
struct RuleRecord {
    id: String,
    name: String,
    events: Vec<String>,
    targets: Vec<TargetRecord>,
    detail: String,
    enabled: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    created_by: String,
    created_ms: u64,
    modified_ms: u64,
}

#[derive(Serialize, Deserialize)]
struct TargetRecord {
    address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

/// What leads to a rule: by its id to the repository, by its name to its id.
#[derive(Serialize, Deserialize)]
struct Pointer {
    schema: u32,
    to: String,
}

/// A rule that was found, with its repository.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) repository: RepositoryId,
    /// The ARN of the repository.
    pub(super) resource: String,
    pub(super) rule: Rule,
}

impl Found {
    /// What names it among all rules.
    pub(super) fn of(&self) -> (&RepositoryId, &str) {
        (&self.repository, &self.rule.id)
    }
}

/// Stores the rules of a repository, all of them.
pub(super) fn write(id: &RepositoryId, expect: Expect, rules: &[Rule]) -> Write {
    let rules = rules.iter().map(|rule| RuleRecord {
        id: rule.id.clone(),
        name: rule.name.clone(),
        events: rule.event_types.iter().map(|one| one.id().to_owned()).collect(),
        targets: rule
            .targets
            .iter()
            .map(|target| TargetRecord {
                address: target.address.clone(),
                failure: target.failure.clone(),
            })
            .collect(),
        detail: rule.detail.name().to_owned(),
        enabled: rule.enabled,
        tags: rule.tags.clone(),
        created_by: rule.created_by.clone(),
        created_ms: rule.created_ms,
        modified_ms: rule.modified_ms,
    });
    let record = Record {
        schema: SCHEMA,
        rules: rules.collect(),
    };
    let body = serde_json::to_vec(&record).expect("strings and numbers always encode");
    Write::put(keys::notification_rules(id.as_str()), expect, body)
}

/// Reads [`write`].
///
/// # Errors
/// When it cannot be read.
pub(super) fn decode(item: &Item) -> Result<Vec<Rule>> {
    let bad = |why: String| Error::corrupt(format!("unreadable notification rules {:?}: {why}", item.key));
    let record: Record = serde_json::from_slice(&item.body).map_err(|error| bad(error.to_string()))?;
    if record.schema != SCHEMA {
        return Err(bad(format!("schema {} is newer than this program", record.schema)));
    }
    let rules = record.rules.into_iter().map(|rule| {
        let event = |id: &String| EventType::from_id(id).ok_or_else(|| bad(format!("event type {id}")));
        let targets = rule.targets.into_iter().map(|target| Target {
            address: target.address,
            failure: target.failure,
        });
        Ok(Rule {
            id: rule.id,
            name: rule.name,
            event_types: rule.events.iter().map(event).collect::<Result<_>>()?,
            targets: targets.collect(),
            detail: Detail::from_name(&rule.detail).ok_or_else(|| bad(format!("detail {}", rule.detail)))?,
            enabled: rule.enabled,
            tags: rule.tags,
            created_by: rule.created_by,
            created_ms: rule.created_ms,
            modified_ms: rule.modified_ms,
        })
    });
    rules.collect()
}

/// The rules of a repository.
///
/// # Errors
/// The store's.
pub(super) async fn read(forge: &Forge, id: &RepositoryId) -> Result<Vec<Rule>> {
    let item = forge
        .store()
        .table()
        .get(&keys::notification_rules(id.as_str()))
        .await?;
    item.as_ref().map_or_else(|| Ok(Vec::new()), decode)
}

/// The rule of an ARN; `None` where there is none, or its repository is gone for good.
///
/// # Errors
/// The store's.
pub(super) async fn find(forge: &Forge, arn: &str) -> Result<Option<Found>> {
    let Some(id) = permission::id_in_arn(forge, arn) else {
        return Ok(None);
    };
    let (account, region) = forge.place();
    let key = keys::notification_rule(account, region, id);
    let Some(item) = forge.store().table().get(&key).await? else {
        return Ok(None);
    };
    let repository = repository_in(&item)?;
    let Some(resource) = resource(forge, &repository).await? else {
        return Ok(None);
    };
    let rules = read(forge, &repository).await?;
    Ok(rules.into_iter().find(|rule| rule.id == id).map(|rule| Found {
        repository,
        resource,
        rule,
    }))
}

/// The ARN that a repository has, also one that is deleted; `None` once it is purged.
///
/// # Errors
/// The store's.
pub(super) async fn resource(forge: &Forge, id: &RepositoryId) -> Result<Option<String>> {
    match forge.store().manifest(id).await {
        Ok(manifest) => Ok(Some(forge.repository_arn(&RepositoryName::new(&manifest.name)?))),
        Err(StorageError::NoRepository) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What leads from the id of a rule to its repository.
pub(super) fn pointer(forge: &Forge, rule: &str, repository: &RepositoryId) -> Write {
    let (account, region) = forge.place();
    let key = keys::notification_rule(account, region, rule);
    Write::put(key, Expect::Absent, point(repository.as_str()))
}

/// What gives a name to a rule.
pub(super) fn name(forge: &Forge, name: &str, rule: &str) -> Write {
    let (account, region) = forge.place();
    let key = keys::notification_rule_name(account, region, name);
    Write::put(key, Expect::Absent, point(rule))
}

/// What frees a name.
pub(super) fn free_name(forge: &Forge, name: &str) -> Write {
    let (account, region) = forge.place();
    Write::delete(keys::notification_rule_name(account, region, name), Expect::Any)
}

/// What takes away all that leads to a rule.
pub(super) fn forget(forge: &Forge, rule: &Rule) -> [Write; 2] {
    let (account, region) = forge.place();
    let key = keys::notification_rule(account, region, &rule.id);
    [Write::delete(key, Expect::Any), free_name(forge, &rule.name)]
}

/// The repository that an item of the index leads to.
///
/// # Errors
/// When it cannot be read.
pub(super) fn repository_in(item: &Item) -> Result<RepositoryId> {
    let bad = |why: String| Error::corrupt(format!("{:?}: {why}", item.key));
    let pointer: Pointer = serde_json::from_slice(&item.body).map_err(|error| bad(error.to_string()))?;
    RepositoryId::parse(&pointer.to).ok_or_else(|| bad("a bad repository".to_owned()))
}

fn point(to: &str) -> Vec<u8> {
    let pointer = Pointer {
        schema: SCHEMA,
        to: to.to_owned(),
    };
    serde_json::to_vec(&pointer).expect("strings always encode")
}
