//! Notifications that are still to be sent.

use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Expect, Item, Key, Write};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::rule::{Rule, Target};
use crate::dead_letters::{self, What};
use crate::error::{Error, Result};
use crate::events::Event;

const SCHEMA: u32 = 1;

/// What a rule has to tell a target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lane {
    pub(super) repository: RepositoryId,
    /// The id of the rule.
    pub(super) rule: String,
    /// What stands for the target in keys.
    pub(super) target: String,
}

/// A notification.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Pending {
    schema: u32,
    /// The ARN of the topic.
    pub(super) target: String,
    /// The id of the event.
    event: String,
    /// What the topic is told.
    pub(super) message: Value,
    /// When it was written down, in milliseconds since the Unix epoch.
    pub(super) since_ms: u64,
    /// How many tries to send it have failed.
    #[serde(default)]
    pub(super) failures: usize,
    /// When it is tried again, in milliseconds since the Unix epoch.
    #[serde(default)]
    pub(super) next_ms: u64,
}

impl Lane {
    /// That of a rule of a repository to one of its targets.
    pub(super) fn new(repository: &RepositoryId, rule: &Rule, target: &Target) -> Self {
        Self {
            repository: repository.clone(),
            rule: rule.id.clone(),
            target: target.digest(),
        }
    }

    /// The one that a notification is in.
    pub(super) fn of(key: &Key) -> Option<Self> {
        let (repository, rule, target) = keys::parse_notifying(&key.sk)?;
        Some(Self {
            repository: RepositoryId::parse(repository)?,
            rule: rule.to_owned(),
            target: target.to_owned(),
        })
    }

    /// What the sort keys of its notifications begin with.
    pub(super) fn prefix(&self) -> String {
        keys::notifying_lane(self.repository.as_str(), &self.rule, &self.target)
    }
}

impl Pending {
    /// Writes down a notification of an event. Whoever does so again writes the same.
    pub(super) fn write(lane: &Lane, target: &Target, (event, message): (&Event, Value), now_ms: u64) -> Write {
        let pending = Self {
            schema: SCHEMA,
            target: target.address.clone(),
            event: event.id.clone(),
            message,
            since_ms: now_ms,
            failures: 0,
            next_ms: 0,
        };
        pending.put(Self::key(lane, event))
    }

    /// Where the notification of an event is.
    pub(super) fn key(lane: &Lane, event: &Event) -> Key {
        let time_ms = u64::try_from(event.time.as_millis()).unwrap_or(u64::MAX);
        let mut digest = crate::hex::encode(&Sha256::digest(&event.id));
        digest.truncate(32);
        keys::notifying(&lane.prefix(), time_ms, &digest)
    }

    /// Stores it. It is not compared: of two who send the same, the second may bring it back, and it is sent once more.
    pub(super) fn put(&self, key: Key) -> Write {
        let body = serde_json::to_vec(self).expect("strings and JSON always encode");
        Write::put(key, Expect::Any, body)
    }

    /// Reads one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn decode(item: &Item) -> Result<Self> {
        let bad = |why: String| Error::corrupt(format!("unreadable notification {:?}: {why}", item.key));
        let pending: Self = serde_json::from_slice(&item.body).map_err(|error| bad(error.to_string()))?;
        if pending.schema == SCHEMA {
            return Ok(pending);
        }
        Err(bad(format!("schema {} is newer than this program", pending.schema)))
    }

    /// Makes a dead letter of it.
    pub(super) fn bury(self, lane: &Lane, key: Key, why: &str) -> Vec<Write> {
        let what = What::Notification {
            repository: lane.repository.to_string(),
            rule: lane.rule.clone(),
            target: self.target,
            event: self.event,
            message: self.message,
        };
        let letter = dead_letters::notification(&key.sk, why, what);
        vec![letter, Write::delete(key, Expect::Any)]
    }
}
