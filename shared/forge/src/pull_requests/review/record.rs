//! Rules, approvals and overrides as they are stored: items of the pull request's partition. They change together with
//! the pull request itself, which is what is compared, so they need no conditions of their own.

use std::time::Duration;

use packhouse_storage::clock;
use packhouse_storage::keys;
use packhouse_storage::table::{Expect, Item, Key, Range, Write};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Origin, Rule};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::pull_requests::PullRequestId;

const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
struct RuleRecord {
    schema: u32,
    id: String,
    name: String,
    content: String,
    created_ms: u64,
    modified_ms: u64,
    modified_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<OriginRecord>,
    change_id: String,
}

#[derive(Serialize, Deserialize)]
struct OriginRecord {
    id: String,
    name: String,
}

/// An approval, or an override.
#[derive(Serialize, Deserialize)]
struct GivenRecord {
    schema: u32,
    by: String,
    time_ms: u64,
    change_id: String,
}

/// That the rules of a revision are overridden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Override {
    /// The ARN of who did it.
    pub(super) by: String,
    /// Names the change, so that whoever made it knows it again.
    pub(super) change_id: String,
}

/// Stores a rule.
pub(super) fn put_rule(forge: &Forge, id: PullRequestId, rule: &Rule) -> Write {
    let record = RuleRecord {
        schema: SCHEMA,
        id: rule.id.clone(),
        name: rule.name.clone(),
        content: rule.content.clone(),
        created_ms: clock::millis(rule.created),
        modified_ms: clock::millis(rule.modified),
        modified_by: rule.modified_by.clone(),
        origin: rule.origin.as_ref().map(|origin| OriginRecord {
            id: origin.id.clone(),
            name: origin.name.clone(),
        }),
        change_id: rule.change_id.clone(),
    };
    Write::put(rule_key(forge, id, &rule.name), Expect::Any, encode(&record))
}

/// Takes a rule away.
pub(super) fn delete_rule(forge: &Forge, id: PullRequestId, name: &str) -> Write {
    Write::delete(rule_key(forge, id, name), Expect::Any)
}

/// The rule of that name.
///
/// # Errors
/// The store's.
pub(super) async fn rule(forge: &Forge, id: PullRequestId, name: &str) -> Result<Option<Rule>> {
    let item = forge.store().table().get(&rule_key(forge, id, name)).await?;
    item.as_ref().map(decode_rule).transpose()
}

/// All rules, by name.
///
/// # Errors
/// The store's.
pub(in crate::pull_requests) async fn rules(forge: &Forge, id: PullRequestId) -> Result<Vec<Rule>> {
    let items = all(forge, id, keys::APPROVAL_RULE_PREFIX).await?;
    items.iter().map(decode_rule).collect()
}

/// The key of an approval of a revision by an ARN.
pub(super) fn approval_key(forge: &Forge, id: PullRequestId, revision: &str, arn: &str) -> Key {
    let (account, region) = place(forge);
    keys::approval(account, region, id.number(), revision, arn)
}

/// The ARNs of those who approve a revision, in the order of their bytes.
///
/// # Errors
/// The store's.
pub(super) async fn approvers(forge: &Forge, id: PullRequestId, revision: &str) -> Result<Vec<String>> {
    let items = all(forge, id, &keys::approvals_prefix(revision)).await?;
    let approvers = items.iter().map(|item| Ok(decode::<GivenRecord>(item)?.by));
    approvers.collect()
}

/// The key of the override of a revision.
pub(super) fn override_key(forge: &Forge, id: PullRequestId, revision: &str) -> Key {
    let (account, region) = place(forge);
    keys::approval_override(account, region, id.number(), revision)
}

/// Whether the rules of a revision are overridden, and by whom.
///
/// # Errors
/// The store's.
pub(super) async fn overridden(forge: &Forge, id: PullRequestId, revision: &str) -> Result<Option<Override>> {
    let item = forge.store().table().get(&override_key(forge, id, revision)).await?;
    let record = item.as_ref().map(decode::<GivenRecord>).transpose()?;
    Ok(record.map(|record| Override {
        by: record.by,
        change_id: record.change_id,
    }))
}

/// Stores that somebody approves or overrides.
pub(super) fn give(key: Key, by: &str, change_id: &str) -> Write {
    let record = GivenRecord {
        schema: SCHEMA,
        by: by.to_owned(),
        time_ms: clock::now_millis(),
        change_id: change_id.to_owned(),
    };
    Write::put(key, Expect::Any, encode(&record))
}

fn place(forge: &Forge) -> (&str, &str) {
    let installation = forge.installation();
    (installation.account.as_str(), installation.region.as_str())
}

fn rule_key(forge: &Forge, id: PullRequestId, name: &str) -> Key {
    let (account, region) = place(forge);
    keys::approval_rule(account, region, id.number(), name)
}

async fn all(forge: &Forge, id: PullRequestId, prefix: &str) -> Result<Vec<Item>> {
    let (account, region) = place(forge);
    let partition = keys::pull_request(account, region, id.number());
    let mut range = Range {
        prefix: prefix.to_owned(),
        ..Range::default()
    };
    let mut items = Vec::new();
    loop {
        let page = forge.store().table().query(&partition, range.clone()).await?;
        items.extend(page.items);
        range.after = page.next;
        if range.after.is_none() {
            return Ok(items);
        }
    }
}

fn encode(record: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(record).expect("strings and numbers always encode")
}

fn decode_rule(item: &Item) -> Result<Rule> {
    let record: RuleRecord = decode(item)?;
    Ok(Rule {
        id: record.id,
        name: record.name,
        content: record.content,
        created: Duration::from_millis(record.created_ms),
        modified: Duration::from_millis(record.modified_ms),
        modified_by: record.modified_by,
        origin: record.origin.map(|origin| Origin {
            id: origin.id,
            name: origin.name,
        }),
        change_id: record.change_id,
    })
}

fn decode<T: DeserializeOwned>(item: &Item) -> Result<T> {
    #[derive(Deserialize)]
    struct Schema {
        schema: u32,
    }
    let bad = |why: String| Error::corrupt(format!("unreadable item {:?}: {why}", item.key));
    let read = |error: serde_json::Error| bad(error.to_string());
    let Schema { schema } = serde_json::from_slice(&item.body).map_err(read)?;
    if schema != SCHEMA {
        return Err(bad(format!("schema {schema} is newer than this program")));
    }
    serde_json::from_slice(&item.body).map_err(read)
}
