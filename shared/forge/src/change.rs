//! A change of refs that an operation makes: it goes the way of a push, with objects that were made here.

use packhouse_git::object::Kind;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::log::Actor;
use packhouse_storage::push::{self, Command, Verdict, pack_of};
use packhouse_storage::table::Write;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::maintenance;
use crate::repositories::Opened;

/// How often an operation decides anew, because others got in between, before it says that the repository is busy.
pub(crate) const ATTEMPTS: u32 = 16;

/// What is to become of a repository, all of it or nothing.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// The refs. One whose old id is its new one stays, and must be that.
    pub(crate) commands: Vec<Command>,
    /// Objects that the repository may lack.
    pub(crate) objects: Vec<(Kind, Vec<u8>)>,
    /// What else is written in the same transaction, at most [`push::MAX_ALSO`] items.
    pub(crate) also: Vec<Write>,
    /// What the repository's log is to say besides of how it came to that, such as the merge that moved a branch.
    pub(crate) about: Option<(&'static str, Value)>,
}

/// What became of a change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// It was made.
    Done,
    /// Nothing was changed: a ref, or something else that it was decided on, is no longer what it was.
    Moved,
    /// Nothing was changed: a rule for refs is against it.
    Refused(String),
}

/// Makes a change of a repository as it was opened. The caller has been authorised.
///
/// # Errors
/// The store's.
pub(crate) async fn make(forge: &Forge, caller: &Caller, opened: &Opened, change: Change) -> Result<Made> {
    let mut actor = caller.actor();
    if let Some((name, value)) = &change.about {
        let mut details = crate::identity::described::details(caller);
        details[name] = value.clone();
        actor.details = Some(details.to_string());
    }
    let made = make_as(forge, actor, opened, change).await?;
    if made == Made::Done {
        forge.jobs.follow(opened.repository.id.clone()).await;
    }
    Ok(made)
}

/// The same in the name of `actor`, which may be a job: nobody called. What [`Change::about`] says is not looked at.
///
/// # Errors
/// The store's.
pub(crate) async fn make_as(forge: &Forge, actor: Actor, opened: &Opened, change: Change) -> Result<Made> {
    let Change {
        commands,
        objects,
        also,
        ..
    } = change;
    let pack = pack_of(&opened.snapshot, &opened.odb, objects).await?;
    let hidden = |command: &Command| command.name.as_str().starts_with(push::HIDDEN);
    let request = push::Request {
        atomic: true,
        hidden: commands.iter().any(hidden),
        commands,
        also,
        actor,
        audited_in: None,
    };
    let verdicts = match push::push(opened.snapshot.clone(), pack, &request).await {
        Ok(verdicts) => verdicts,
        Err(StorageError::Outdated) => return Ok(Made::Moved),
        Err(error) => return Err(error.into()),
    };
    maintenance::after_push(forge, (&opened.snapshot, 0), &request.commands, &verdicts).await;
    let mut refusals = verdicts.into_iter().filter_map(|verdict| match verdict {
        Verdict::Done { .. } => None,
        Verdict::Refused(why) => Some(why),
    });
    let Some(why) = refusals.next() else {
        return Ok(Made::Done);
    };
    let now = opened.clone().again(forge).await?;
    let moved = |command: &Command| {
        let current = now.snapshot.refs().get(&command.name).map(|target| target.id);
        current != command.old
    };
    if request.commands.iter().any(moved) {
        return Ok(Made::Moved);
    }
    Ok(Made::Refused(why))
}

/// What an operation says that has decided [`ATTEMPTS`] times, and each time others got in between.
pub(crate) const fn busy() -> Error {
    Error::Storage(StorageError::Busy)
}
