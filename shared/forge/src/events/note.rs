//! Notes: events as they lie in the outbox, before it is known what their repositories are called when they are told.

use std::time::Duration;

use packhouse_storage::error::Error as StorageError;
use packhouse_storage::outbox;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::Write;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{DetailType, Event, body};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::{Caller, session_tags};
use crate::names::RepositoryName;

const SCHEMA: u32 = 1;

/// Events of one change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    schema: u32,
    kind: DetailType,
    about: About,
    /// The detail that all of them have.
    common: Map<String, Value>,
    events: Vec<Happened>,
}

/// Which repositories a note is about, and how its events name them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum About {
    /// One, by its id.
    One(String),
    /// As many as they are, with the names that they had.
    Many(Map<String, Value>),
}

/// What tells one event from the others of its note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Happened {
    time_ms: u64,
    detail: Map<String, Value>,
}

impl Note {
    /// A note without events on a repository.
    pub(super) fn of(kind: DetailType, repository: &RepositoryId, common: Value) -> Self {
        Self::new(kind, About::One(repository.to_string()), common)
    }

    /// A note without events on repositories, by name and id.
    pub(super) fn of_many(kind: DetailType, repositories: Map<String, Value>, common: Value) -> Self {
        Self::new(kind, About::Many(repositories), common)
    }

    fn new(kind: DetailType, about: About, common: Value) -> Self {
        Self {
            schema: SCHEMA,
            kind,
            about,
            common: members(common),
            events: Vec::new(),
        }
    }

    /// Adds an event.
    pub(super) fn with(mut self, time_ms: u64, detail: Value) -> Self {
        let detail = members(detail);
        self.events.push(Happened { time_ms, detail });
        self
    }

    /// Adds what is told of who did it.
    pub(crate) fn by(mut self, caller: &Caller) -> Self {
        self.common.extend(session_tags::of_caller(&caller.principal));
        self
    }

    /// Puts it into the outbox, as the one of this number in its stream.
    pub(crate) fn write(&self, stream: &str, number: u64) -> Write {
        let note = serde_json::to_value(self).expect("maps of strings always encode");
        outbox::note(stream, number, note)
    }

    /// Reads a note.
    ///
    /// # Errors
    /// [`Corrupt`](crate::error::Kind::Corrupt).
    pub(crate) fn read(note: &Value) -> Result<Self> {
        let note = Self::deserialize(note).map_err(|error| Error::corrupt(format!("a note of the outbox: {error}")))?;
        if note.schema == SCHEMA {
            return Ok(note);
        }
        Err(Error::corrupt(format!(
            "schema {} of a note is newer than this program",
            note.schema
        )))
    }

    /// The events, which are named by `id` and their place; `None` once the repository is purged.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn events(self, forge: &Forge, id: &str) -> Result<Option<Vec<Event>>> {
        let mut common = self.common;
        let mut resources = Vec::new();
        match self.about {
            About::One(repository) => {
                let Some(name) = name(forge, &repository).await? else {
                    return Ok(None);
                };
                resources.push(forge.repository_arn(&name));
                if self.kind == DetailType::PullRequest {
                    common.insert("repositoryNames".into(), json!([name.as_str()]));
                } else {
                    common.insert("repositoryName".into(), name.as_str().into());
                    common.insert("repositoryId".into(), repository.into());
                }
            }
            About::Many(repositories) => {
                for name in repositories.keys() {
                    resources.push(forge.repository_arn(&RepositoryName::new(name)?));
                }
                common.insert("repositories".into(), repositories.into());
            }
        }
        let events = self.events.into_iter().enumerate().map(|(index, happened)| {
            let mut detail = common.clone();
            detail.extend(happened.detail);
            let body = body::of(forge, self.kind, &detail);
            detail.insert("notificationBody".into(), body.into());
            Event {
                id: format!("{id}/{index}"),
                time: Duration::from_millis(happened.time_ms),
                detail_type: self.kind,
                resources: resources.clone(),
                detail,
            }
        });
        Ok(Some(events.collect()))
    }
}

/// An event that is told once more as it was, in place of a note.
#[derive(Serialize, Deserialize)]
struct Again {
    schema: u32,
    again: Event,
}

/// What lies in the outbox so that this very event is told once more.
pub(crate) fn again(event: &Event) -> Value {
    let again = Again {
        schema: SCHEMA,
        again: event.clone(),
    };
    serde_json::to_value(again).expect("maps of strings always encode")
}

/// Reads [`again`]; `None` of any other note.
///
/// # Errors
/// [`Corrupt`](crate::error::Kind::Corrupt).
pub(crate) fn read_again(note: &Value) -> Result<Option<Event>> {
    if note.get("again").is_none() {
        return Ok(None);
    }
    let bad = |why: String| Error::corrupt(format!("a note of the outbox: {why}"));
    let read = Again::deserialize(note).map_err(|error| bad(error.to_string()))?;
    if read.schema == SCHEMA {
        return Ok(Some(read.again));
    }
    Err(bad(format!("schema {} is newer than this program", read.schema)))
}

/// The name that a repository has now, also one that is deleted.
async fn name(forge: &Forge, id: &str) -> Result<Option<RepositoryName>> {
    let id = RepositoryId::parse(id).ok_or_else(|| Error::corrupt(format!("a note on the repository {id:?}")))?;
    match forge.store().manifest(&id).await {
        Ok(manifest) => Ok(Some(RepositoryName::new(&manifest.name)?)),
        Err(StorageError::NoRepository) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The members of an object that are not null.
fn members(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else {
        unreachable!("details are written as objects");
    };
    members.into_iter().filter(|(_, value)| !value.is_null()).collect()
}
