//! Events become notifications.

use std::collections::{BTreeMap, BTreeSet};

use packhouse_storage::clock;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Action, Write};
use serde_json::{Value, json};

use super::event_type::EventType;
use super::pending::{Lane, Pending};
use super::rule::{Detail, Rule};
use super::{attributes, message, record};
use crate::dead_letters;
use crate::error::{Error, Kind, Result};
use crate::events::Event;
use crate::forge::Forge;
use crate::pull_requests;

/// How many notifications are written together.
const AT_ONCE: usize = 50;
/// How many bytes of them.
const BYTES_AT_ONCE: usize = 2 << 20;

/// Writes down what the rules have to tell of these events, and answers whom. From then on it is not forgotten; whoever takes an
/// event again writes the same down again. An event whose rules cannot be read becomes a dead letter.
///
/// # Errors
/// The store's. Then it is unknown what was written down, and all of the events are to be taken again.
pub async fn take(forge: &Forge, events: &[Event]) -> Result<Vec<Lane>> {
    let mut taking = Taking {
        forge,
        now_ms: clock::now_millis(),
        rules: BTreeMap::new(),
        writes: Vec::new(),
        bytes: 0,
        lanes: BTreeSet::new(),
    };
    for event in events {
        let Some(kind) = EventType::of(event) else {
            continue;
        };
        match taking.take(kind, event).await {
            Ok(()) => {}
            Err(error) if error.kind() == Kind::Corrupt => {
                tracing::error!(event = event.id, %error, "the rules for an event cannot be read; it becomes a dead letter");
                dead_letters::bury_event(forge, event, &error.to_string()).await?;
            }
            Err(error) => return Err(error),
        }
    }
    taking.flush().await?;
    Ok(taking.lanes.into_iter().collect())
}

struct Taking<'a> {
    forge: &'a Forge,
    now_ms: u64,
    /// The rules of repositories that were seen.
    rules: BTreeMap<RepositoryId, Vec<Rule>>,
    writes: Vec<Write>,
    bytes: usize,
    lanes: BTreeSet<Lane>,
}

impl Taking<'_> {
    async fn take(&mut self, kind: EventType, event: &Event) -> Result<()> {
        let Some(repository) = repository(self.forge, event).await? else {
            return Ok(());
        };
        if !self.rules.contains_key(&repository) {
            let rules = record::read(self.forge, &repository).await?;
            self.rules.insert(repository.clone(), rules);
        }
        let asking = self.rules.get(&repository).into_iter().flatten();
        let asking = asking.filter(|rule| rule.enabled && rule.event_types.contains(&kind));
        let asking: Vec<Rule> = asking.cloned().collect();
        let is_full = asking.iter().any(|rule| rule.detail == Detail::Full);
        let full = if is_full {
            known(self.forge, kind, &repository, event).await?
        } else {
            json!({})
        };
        for rule in &asking {
            let attributes = match rule.detail {
                Detail::Basic => &json!({}),
                Detail::Full => &full,
            };
            let message = message::of(self.forge, rule, event, attributes);
            for target in &rule.targets {
                let lane = Lane::new(&repository, rule, target);
                let write = Pending::write(&lane, target, (event, message.clone()), self.now_ms);
                self.lanes.insert(lane);
                self.add(write).await?;
            }
        }
        Ok(())
    }

    async fn add(&mut self, write: Write) -> Result<()> {
        let bytes = match &write.action {
            Action::Put { body, .. } => body.len(),
            Action::Delete | Action::Check => 0,
        };
        if self.writes.len() == AT_ONCE || self.bytes + bytes > BYTES_AT_ONCE {
            self.flush().await?;
        }
        // Events of one batch may repeat each other, and no transaction writes an item twice.
        self.writes.retain(|other| other.key != write.key);
        self.writes.push(write);
        self.bytes += bytes;
        Ok(())
    }

    async fn flush(&mut self) -> Result<()> {
        let writes = std::mem::take(&mut self.writes);
        self.bytes = 0;
        if !writes.is_empty() {
            self.forge.store().table().transact(writes).await?;
        }
        Ok(())
    }
}

/// The repository that an event is about; `None` where nothing leads to it any more.
async fn repository(forge: &Forge, event: &Event) -> Result<Option<RepositoryId>> {
    if let Some(id) = event.detail.get("repositoryId").and_then(Value::as_str) {
        let bad = || Error::corrupt(format!("the event {} is about the repository {id:?}", event.id));
        return RepositoryId::parse(id).ok_or_else(bad).map(Some);
    }
    // Events of pull requests have only the name, which may be another's by now.
    let Some(id) = attributes::pull_request_id(event) else {
        return Ok(None);
    };
    let found = pull_requests::load(forge, id).await?;
    Ok(found.map(|found| found.pull_request.repository))
}

/// What full detail has; nothing where it cannot be found out.
async fn known(forge: &Forge, kind: EventType, repository: &RepositoryId, event: &Event) -> Result<Value> {
    match attributes::of(forge, kind, repository, event).await {
        Err(error) if error.kind() != Kind::Unavailable => {
            tracing::warn!(event = event.id, %error, "a notification goes without what it should tell besides the event");
            Ok(json!({}))
        }
        known => known,
    }
}
