//! Dead letters: what could not be told as an event, and is not tried any more, until somebody asks for it.

mod list;
mod replay;
#[cfg(test)]
mod tests;

use packhouse_storage::outbox::{self, Pointer};
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Expect, Item, Range, Write};
use packhouse_storage::{clock, keys};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::events::Event;
use crate::forge::Forge;

pub(crate) use self::list::count;
pub use self::list::list;
pub use self::replay::{Replayed, replay};

const SCHEMA: u32 = 1;

/// Something that could not be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    schema: u32,
    /// When it was given up, in milliseconds since the Unix epoch.
    pub buried_ms: u64,
    /// Why.
    pub why: String,
    /// What.
    pub what: What,
}

/// What could not be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum What {
    /// An event that the bus refuses.
    Event(Event),
    /// An item of the outbox that leads to no events.
    Item {
        /// The pointer's repository or stream.
        stream: String,
        /// The version in its log, or the number in its stream.
        number: u64,
        /// Whether it points to a log.
        is_entry: bool,
        /// What a note says.
        note: Option<Value>,
    },
    /// A message of a trigger.
    Message {
        /// The repository's id.
        repository: String,
        /// The trigger's name.
        trigger: String,
        /// The version of the log that it tells.
        version: u64,
        /// Which part of it, from 0.
        part: usize,
    },
    /// A notification.
    Notification {
        /// The repository's id.
        repository: String,
        /// The id of the rule.
        rule: String,
        /// The ARN of the topic.
        target: String,
        /// The id of the event.
        event: String,
        /// What the topic would have been told.
        message: Value,
    },
}

/// Keeps an event that the bus refuses.
///
/// # Errors
/// The store's.
pub(crate) async fn bury_event(forge: &Forge, event: &Event, why: &str) -> Result<()> {
    let write = letter(&event.id, why, What::Event(event.clone()));
    Ok(forge.store().table().transact(vec![write]).await?)
}

/// Moves an item of the outbox here.
///
/// # Errors
/// The store's.
pub(crate) async fn bury_item(forge: &Forge, pointer: &Pointer, note: Option<Value>, why: &str) -> Result<()> {
    let (stream, number, is_entry) = match pointer {
        Pointer::Entry { repository, version } => (repository.to_string(), *version, true),
        Pointer::Note { stream, number } => (stream.clone(), *number, false),
    };
    let what = What::Item {
        stream,
        number,
        is_entry,
        note,
    };
    let writes = vec![letter(&pointer.to_string(), why, what), outbox::removal(pointer)];
    Ok(forge.store().table().transact(writes).await?)
}

/// Keeps what a target of a trigger does not take.
///
/// # Errors
/// The store's.
pub(crate) async fn bury_message(
    forge: &Forge,
    repository: &RepositoryId,
    (trigger, version, part): (&str, u64, usize),
    why: &str,
) -> Result<()> {
    let what = What::Message {
        repository: repository.to_string(),
        trigger: trigger.to_owned(),
        version,
        part,
    };
    let write = letter(&format!("{repository}/{version}/{trigger}/{part}"), why, what);
    Ok(forge.store().table().transact(vec![write]).await?)
}

/// What keeps a notification that its target does not take.
pub(crate) fn notification(id: &str, why: &str, what: What) -> Write {
    letter(id, why, what)
}

fn letter(id: &str, why: &str, what: What) -> Write {
    let letter = DeadLetter {
        schema: SCHEMA,
        buried_ms: clock::now_millis(),
        why: why.to_owned(),
        what,
    };
    let body = serde_json::to_vec(&letter).expect("strings and JSON always encode");
    Write::put(keys::dead_letter(id), Expect::Any, body)
}

/// One page of the dead letters with what names each, and where the next one starts.
///
/// # Errors
/// The store's.
pub async fn page(forge: &Forge, after: Option<String>) -> Result<(Vec<(String, DeadLetter)>, Option<String>)> {
    let range = Range {
        after,
        ..Range::default()
    };
    let page = forge.store().table().query(keys::DEAD_LETTERS, range).await?;
    let letters = page.items.iter().map(|item| Ok((item.key.sk.clone(), decode(item)?)));
    Ok((letters.collect::<Result<_>>()?, page.next))
}

fn decode(item: &Item) -> Result<DeadLetter> {
    let bad = |why: String| Error::corrupt(format!("unreadable item {:?}: {why}", item.key));
    let letter: DeadLetter = serde_json::from_slice(&item.body).map_err(|error| bad(error.to_string()))?;
    if letter.schema == SCHEMA {
        return Ok(letter);
    }
    Err(bad(format!("schema {} is newer than this program", letter.schema)))
}
