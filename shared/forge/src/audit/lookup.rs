//! `LookupEvents`: reading the audit log, newest first.

use futures_util::future::try_join;
use packhouse_storage::clock;
use packhouse_storage::keys;
use packhouse_storage::log;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Item, Range};
use serde_json::Value;

use super::{KEPT, pushed};
use crate::authorization::permit;
use crate::directory;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::page_token;

/// The most events of one page.
pub const MAX_RESULTS: usize = 50;
/// How many records are looked at for one page; a page of rare events ends short, with a token.
const MAX_LOOKED_AT: usize = 2000;

/// What events are asked for; as with CloudTrail at most one attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lookup {
    /// Only those with this value.
    pub attribute: Option<(Attribute, String)>,
    /// Only those at or after this time, in milliseconds since the Unix epoch.
    pub start_ms: Option<u64>,
    /// Only those at or before this time.
    pub end_ms: Option<u64>,
    /// How many events a page has, up to [`MAX_RESULTS`].
    pub max_results: usize,
}

/// An attribute that events are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is CloudTrail's attribute of that name")]
pub enum Attribute {
    EventId,
    EventName,
    ReadOnly,
    Username,
    ResourceType,
    ResourceName,
    EventSource,
    AccessKeyId,
}

/// A record that was found.
#[derive(Clone, Debug)]
pub struct Record {
    /// When it was, in milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// CloudTrail's form of it.
    pub json: Value,
}

impl Record {
    /// CloudTrail's user name of a record: a session's own name for a role.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        let identity = &self.json["userIdentity"];
        match identity["userName"].as_str() {
            Some(name) => Some(name),
            None => identity["arn"].as_str()?.rsplit('/').next(),
        }
    }

    fn has(&self, attribute: Attribute, value: &str) -> bool {
        let record = &self.json;
        let resources = || record["resources"].as_array().into_iter().flatten();
        match attribute {
            Attribute::EventId => record["eventID"] == value,
            Attribute::EventName => record["eventName"] == value,
            Attribute::ReadOnly => record["readOnly"].as_bool() == value.parse().ok(),
            Attribute::EventSource => record["eventSource"] == value,
            Attribute::AccessKeyId => record["userIdentity"]["accessKeyId"] == value,
            Attribute::Username => self.username() == Some(value),
            Attribute::ResourceType => resources().any(|resource| resource["type"] == value),
            Attribute::ResourceName => resources().any(|resource| {
                let arn = resource["ARN"].as_str().unwrap_or_default();
                arn == value || arn.rsplit(':').next() == Some(value)
            }),
        }
    }
}

/// One page of events.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The records, newest first.
    pub records: Vec<Record>,
    /// Resumes behind them.
    pub next: Option<String>,
}

/// Looks up events. `lookup` has to be the same for each page.
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::InvalidContinuationToken`], and the store's.
pub async fn lookup(forge: &Forge, caller: &Caller, asked: &Lookup, token: Option<&str>) -> Result<Found> {
    permit(forge, caller, "cloudtrail:LookupEvents", "*", &[])?;
    let key = forge.key().await?;
    let listing = format!("LookupEvents {asked:?}");
    let now = clock::now_millis();
    let kept_ms = clock::millis(KEPT);
    let first_day = asked.start_ms.unwrap_or(0).max(now.saturating_sub(kept_ms)) / keys::AUDIT_DAY_MS;
    let (mut day, mut after) = match token {
        Some(token) => parse_position(&page_token::decode(&key, &listing, token)?)?,
        // A clock of another process may be a little ahead.
        None => (
            asked.end_ms.unwrap_or(u64::MAX).min(now + keys::AUDIT_DAY_MS) / keys::AUDIT_DAY_MS,
            None,
        ),
    };
    let wanted = asked.max_results.clamp(1, MAX_RESULTS);
    let (mut records, mut looked_at) = (Vec::new(), 0);
    while day >= first_day {
        let range = Range {
            after: after.take(),
            descending: true,
            limit: 100,
            ..Range::default()
        };
        let partition = keys::audit_day(directory::account(forge), day);
        let page = forge.store().table().query(&partition, range).await?;
        for item in &page.items {
            looked_at += 1;
            if let Some(record) = matching(forge, item, asked).await? {
                records.push(record);
            }
            if records.len() == wanted || looked_at == MAX_LOOKED_AT {
                let position = format!("{day} {}", item.key.sk);
                return Ok(Found {
                    records,
                    next: Some(page_token::encode(&key, &listing, &position)),
                });
            }
        }
        after = page.next;
        if after.is_none() {
            let Some(before) = day.checked_sub(1) else { break };
            day = before;
        }
    }
    Ok(Found { records, next: None })
}

fn parse_position(position: &str) -> Result<(u64, Option<String>)> {
    let parsed = position
        .split_once(' ')
        .and_then(|(day, sk)| Some((day.parse().ok()?, Some(sk.to_owned()))));
    parsed.ok_or(Error::InvalidContinuationToken)
}

/// The record of an item, if it is asked for.
async fn matching(forge: &Forge, item: &Item, asked: &Lookup) -> Result<Option<Record>> {
    let time_ms = item.key.sk.split('#').next().and_then(|time| time.parse::<u64>().ok());
    let time_ms = time_ms.ok_or_else(|| Error::corrupt(format!("an audit record without a time: {:?}", item.key)))?;
    if asked.start_ms.is_some_and(|start| time_ms < start) || asked.end_ms.is_some_and(|end| time_ms > end) {
        return Ok(None);
    }
    let json = match keys::parse_audited_log(&item.key.sk) {
        Some((id, version)) => match pushed(forge, id, version).await? {
            Some(json) => json,
            None => return Ok(None),
        },
        None => serde_json::from_slice(&item.body)
            .map_err(|error| Error::corrupt(format!("unreadable audit record {:?}: {error}", item.key)))?,
    };
    let record = Record { time_ms, json };
    let fits = asked
        .attribute
        .as_ref()
        .is_none_or(|(attribute, value)| record.has(*attribute, value));
    Ok(fits.then_some(record))
}

/// The record of a push; `None` once the repository was purged.
async fn pushed(forge: &Forge, id: &str, version: u64) -> Result<Option<Value>> {
    let Some(repository) = RepositoryId::parse(id) else {
        return Err(Error::corrupt(format!("an audit record of the repository {id:?}")));
    };
    let table = forge.store().table();
    let (manifest, entry) = try_join(table.get(&keys::manifest(id)), table.get(&keys::log(id, version))).await?;
    let (Some(manifest), Some(entry)) = (manifest, entry) else {
        return Ok(None);
    };
    let manifest = packhouse_storage::manifest::Manifest::decode(&manifest)?;
    let entry = log::decode(&**forge.store().blobs(), &repository, manifest.format, &entry).await?;
    let name = RepositoryName::new(&manifest.name)?;
    Ok(Some(pushed::json(forge, &name, id, &entry)))
}
