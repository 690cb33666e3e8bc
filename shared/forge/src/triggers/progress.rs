//! How far a trigger has told its repository's log, and what came of it.

use std::time::Duration;

use packhouse_storage::clock;
use packhouse_storage::keys;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Expect, Item, TableError, Write};
use serde::{Deserialize, Serialize};

use super::targets::Undelivered;
use super::trigger::Trigger;
use crate::error::{Error, Result};
use crate::forge::Forge;

const SCHEMA: u32 = 1;
/// How long it is waited before the next try, in seconds, by how many failed. After the last of these a message is given up.
pub(crate) const PAUSES: [u64; 9] = [1, 5, 30, 120, 600, 1800, 3600, 10_800, 21_600];

/// How far a trigger is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    schema: u32,
    /// The version of the log up to which all is told.
    pub told: u64,
    /// How many parts of the next change are told.
    #[serde(default)]
    pub parts: usize,
    /// How many tries to tell the next thing have failed.
    #[serde(default)]
    pub failures: usize,
    /// When it is tried again, in milliseconds since the Unix epoch.
    #[serde(default)]
    pub next_ms: u64,
    /// The target of the tries that failed, by ARN or URL.
    #[serde(default)]
    failing: Option<String>,
    /// What came of the last try.
    #[serde(default)]
    pub last: Option<Last>,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// When it was, in milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// Why the target did not get the message; none when it has it.
    pub failure: Option<String>,
}

/// Progress as it is in the table.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) progress: Progress,
    seen: Expect,
}

impl Stored {
    /// How far a trigger is.
    pub(super) async fn read(forge: &Forge, id: &RepositoryId, trigger: &Trigger) -> Result<Self> {
        let key = keys::trigger_progress(id.as_str(), &trigger.name);
        let item = forge.store().table().get(&key).await?;
        Self::of(item.as_ref(), trigger)
    }

    /// How far a trigger is whose item is this.
    pub(super) fn of(item: Option<&Item>, trigger: &Trigger) -> Result<Self> {
        let Some(item) = item else {
            let progress = Progress {
                schema: SCHEMA,
                told: trigger.since,
                parts: 0,
                failures: 0,
                next_ms: 0,
                failing: None,
                last: None,
            };
            let seen = Expect::Absent;
            return Ok(Self { progress, seen });
        };
        let mut progress = decode(item)?;
        if progress.told < trigger.since {
            (progress.told, progress.parts) = (trigger.since, 0);
        }
        if progress
            .failing
            .as_deref()
            .is_some_and(|old| old != trigger.target.arn())
        {
            // Another target has not failed yet, and is not waited for.
            (progress.failures, progress.next_ms) = (0, 0);
        }
        let seen = Expect::Version(item.version);
        Ok(Self { progress, seen })
    }

    /// The write of how far it is now, unless somebody else wrote meanwhile.
    pub(super) fn put(&self, id: &RepositoryId, trigger: &Trigger) -> Write {
        let body = serde_json::to_vec(&self.progress).expect("strings and numbers always encode");
        Write::put(keys::trigger_progress(id.as_str(), &trigger.name), self.seen, body)
    }

    /// Writes how far it is now; `false` when somebody else did.
    pub(super) async fn write(&mut self, forge: &Forge, id: &RepositoryId, trigger: &Trigger) -> Result<bool> {
        match forge.store().table().transact(vec![self.put(id, trigger)]).await {
            Ok(()) => {
                self.seen = Expect::Version(match self.seen {
                    Expect::Version(version) => version + 1,
                    Expect::Absent | Expect::Any => 1,
                });
                Ok(true)
            }
            Err(TableError::Conflict(_) | TableError::Ambiguous(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl Progress {
    /// How long it is until the next try; `None` when that can be made now.
    pub(super) fn pause(&self) -> Option<Duration> {
        let left = self.next_ms.saturating_sub(clock::now_millis());
        (left > 0).then(|| Duration::from_millis(left))
    }

    /// The next try can be made at once, as if none had failed.
    pub(super) const fn at_once(&mut self) {
        (self.failures, self.next_ms) = (0, 0);
    }

    /// One more part of the next change is told.
    pub(super) fn delivered(&mut self) {
        self.parts += 1;
        (self.failures, self.next_ms, self.failing) = (0, 0, None);
        self.last = Some(Last {
            time_ms: clock::now_millis(),
            failure: None,
        });
    }

    /// All of the log up to that version is told, or does not concern the trigger.
    pub(super) const fn done(&mut self, version: u64) {
        (self.told, self.parts) = (version, 0);
    }

    /// A try to reach a trigger's target failed; whether that was the last one for this message.
    pub(super) fn failed(&mut self, trigger: &Trigger, why: &Undelivered) -> bool {
        let now = clock::now_millis();
        self.last = Some(Last {
            time_ms: now,
            failure: Some(why.told().to_owned()),
        });
        let pause = PAUSES.get(self.failures);
        self.failures += 1;
        self.failing = Some(trigger.target.arn().to_owned());
        match pause {
            Some(seconds) => {
                self.next_ms = now + seconds * 1000;
                false
            }
            None => {
                (self.failures, self.next_ms) = (0, 0);
                true
            }
        }
    }
}

/// Forgets how far a trigger was that is no more.
pub(super) fn forget(id: &RepositoryId, name: &str) -> Write {
    Write::delete(keys::trigger_progress(id.as_str(), name), Expect::Any)
}

fn decode(item: &Item) -> Result<Progress> {
    let bad = |why: String| Error::corrupt(format!("unreadable item {:?}: {why}", item.key));
    let progress: Progress = serde_json::from_slice(&item.body).map_err(|error| bad(error.to_string()))?;
    if progress.schema == SCHEMA {
        return Ok(progress);
    }
    Err(bad(format!("schema {} is newer than this program", progress.schema)))
}
