//! What an item of the outbox leads to.

use std::ops::Range;
use std::time::Duration;

use packhouse_storage::error::Error as StorageError;
use packhouse_storage::log::Entry;
use packhouse_storage::outbox::{self, Pending, Pointer};
use packhouse_storage::repository_id::RepositoryId;

use super::RelayError;
use crate::dead_letters;
use crate::error::{Error, Result};
use crate::events::note::{Note, read_again};
use crate::events::{Event, EventBus, Refused, of_entry};
use crate::forge::Forge;
use crate::names::RepositoryName;
use crate::repositories::Repository;

/// How many changes are told at once: what of a large push is in memory as events.
pub(super) const AT_ONCE: usize = 100;
/// After how many changes it is noted how far a large push is told, so that the next try does not start over.
const NOTE_EVERY: usize = 1000;

/// What an item of the outbox is about.
pub(super) enum Matter {
    /// The repository that changed, deleted ones included, and the change.
    Entry(Repository, Box<Entry>),
    /// The events themselves.
    Events(Vec<Event>),
}

impl Matter {
    /// Reads it; `None` once its repository is purged.
    pub(super) async fn of(forge: &Forge, pointer: &Pointer, pending: &Pending) -> Result<Option<Self>> {
        match pointer {
            Pointer::Note { .. } => {
                let note = pending.note.as_ref();
                let note = note.ok_or_else(|| Error::corrupt(format!("the note {pointer} says nothing")))?;
                if let Some(event) = read_again(note)? {
                    return Ok(Some(Self::Events(vec![event])));
                }
                let events = Note::read(note)?.events(forge, &pointer.to_string()).await?;
                Ok(events.map(Self::Events))
            }
            Pointer::Entry { repository, version } => {
                let found = read(forge, repository, *version).await?;
                Ok(found.map(|(repository, entry)| Self::Entry(repository, Box::new(entry))))
            }
        }
    }

    /// When it happened.
    pub(super) fn time(&self) -> Duration {
        match self {
            Self::Entry(_, entry) => entry.time,
            Self::Events(events) => events.first().map_or(Duration::ZERO, |event| event.time),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Entry(_, entry) => entry.refs.len(),
            Self::Events(events) => events.len(),
        }
    }

    fn events(&self, forge: &Forge, range: Range<usize>) -> Vec<Event> {
        match self {
            Self::Entry(repository, entry) => of_entry(forge, repository, entry, range),
            Self::Events(events) => events.get(range).unwrap_or_default().to_vec(),
        }
    }

    /// Tells what is still to be told of it, and how many events that were.
    pub(super) async fn tell(
        &self,
        forge: &Forge,
        bus: &dyn EventBus,
        pointer: &Pointer,
        mut pending: Pending,
    ) -> Result<usize, RelayError> {
        let (all, mut told, mut sent) = (self.len(), pending.told, 0);
        while told < all {
            let end = all.min(told + AT_ONCE);
            let events = self.events(forge, told..end);
            sent += events.len();
            publish(forge, bus, events).await?;
            told = end;
            if told < all && told - pending.told >= NOTE_EVERY {
                match outbox::advance(forge.store(), pointer, &pending, told).await? {
                    Some(noted) => pending = noted,
                    None => return Ok(sent),
                }
                told = pending.told;
            }
        }
        Ok(sent)
    }
}

/// Hands events to the bus; what it will never take becomes a dead letter.
async fn publish(forge: &Forge, bus: &dyn EventBus, events: Vec<Event>) -> Result<(), RelayError> {
    if events.is_empty() {
        return Ok(());
    }
    for Refused { id, why } in bus.publish(&events).await? {
        if let Some(event) = events.iter().find(|event| event.id == id) {
            tracing::error!(event = id, why, "the bus refuses an event, which becomes a dead letter");
            dead_letters::bury_event(forge, event, &why).await?;
        }
    }
    Ok(())
}

/// A repository, deleted ones included, and an entry of its log; `None` once the repository is purged.
async fn read(forge: &Forge, id: &RepositoryId, version: u64) -> Result<Option<(Repository, Entry)>> {
    let manifest = match forge.store().manifest(id).await {
        Ok(manifest) => manifest,
        Err(StorageError::NoRepository) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let entry = forge.store().log_entry(id, manifest.format, version).await?;
    let entry = entry.ok_or_else(|| Error::corrupt(format!("log entry {version} of repository {id} is missing")))?;
    let name = RepositoryName::new(&manifest.name)
        .map_err(|_| Error::corrupt(format!("repository {id} has the name {:?}", manifest.name)))?;
    let repository = Repository {
        id: id.clone(),
        name,
        manifest,
    };
    Ok(Some((repository, entry)))
}
