//! Trying once more what could not be told.

use packhouse_storage::keys;
use packhouse_storage::outbox::{self, Pointer};
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::{Expect, Write};

use super::{What, decode};
use crate::authorization::{Request, authorise};
use crate::error::{Error, Result};
use crate::events::note::again;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::notifications;
use crate::triggers::{Resent, resend};

/// Begins the streams of events that are told once more: each is alone in its own.
const STREAM: &str = "again";

/// What became of a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// It is in the outbox again, and no dead letter any more.
    Queued,
    /// The target has the message now, and it is no dead letter any more.
    Sent,
    /// It tells nothing to anybody any more, and is gone: why.
    Dropped(String),
    /// The target does not take the message, so it stays what it was: why.
    Kept(String),
}

/// Tries a dead letter once more: an event and an item of the outbox are put back into that, with the ids that they had, in
/// the transaction that removes the letter; a message of a trigger and a notification are sent.
///
/// # Errors
/// [`AccessDenied`](Error::AccessDenied), [`NoSuchEntity`](Error::NoSuchEntity), and the store's.
pub async fn replay(forge: &Forge, caller: &Caller, id: &str) -> Result<Replayed> {
    authorise(forge, caller, Request::administer(None))?;
    let none = || Error::NoSuchEntity {
        what: "dead letter",
        name: id.to_owned(),
    };
    let found = forge.store().table().get(&keys::dead_letter(id)).await?;
    let item = found.ok_or_else(none)?;
    let letter = decode(&item)?;
    let gone = Write::delete(item.key.clone(), Expect::Version(item.version));
    match letter.what {
        What::Event(event) => {
            let note = outbox::note(&format!("{STREAM}/{}", event.id), 0, again(&event));
            commit(forge, vec![note, gone]).await?;
            Ok(Replayed::Queued)
        }
        What::Item {
            stream,
            number,
            is_entry,
            note,
        } => {
            let pointer = match RepositoryId::parse(&stream) {
                Some(repository) if is_entry => Pointer::Entry {
                    repository,
                    version: number,
                },
                None if is_entry => return Err(Error::corrupt(format!("the dead letter {id} points to {stream}"))),
                _ => Pointer::Note { stream, number },
            };
            commit(forge, vec![outbox::again(&pointer, note), gone]).await?;
            Ok(Replayed::Queued)
        }
        What::Message {
            repository,
            trigger,
            version,
            part,
        } => {
            let bad = || Error::corrupt(format!("the dead letter {id} is about the repository {repository}"));
            let repository = RepositoryId::parse(&repository).ok_or_else(bad)?;
            let replayed = match resend(forge, &repository, (&trigger, version, part)).await? {
                Resent::Sent => Replayed::Sent,
                Resent::Gone(why) => Replayed::Dropped(why),
                Resent::Refused(why) => return Ok(Replayed::Kept(why)),
            };
            commit(forge, vec![gone]).await?;
            Ok(replayed)
        }
        What::Notification {
            repository,
            rule,
            target,
            message,
            ..
        } => {
            let bad = || Error::corrupt(format!("the dead letter {id} is about the repository {repository}"));
            let repository = RepositoryId::parse(&repository).ok_or_else(bad)?;
            let replayed = match notifications::resend(forge, &repository, (&rule, &target), &message).await? {
                Resent::Sent => Replayed::Sent,
                Resent::Gone(why) => Replayed::Dropped(why),
                Resent::Refused(why) => return Ok(Replayed::Kept(why)),
            };
            commit(forge, vec![gone]).await?;
            Ok(replayed)
        }
    }
}

async fn commit(forge: &Forge, writes: Vec<Write>) -> Result<()> {
    Ok(forge.store().table().transact(writes).await?)
}
