//! Triggers that many processes could let tell at the same time, as the functions of a deployment do: one at a time does it.

use std::time::Duration;

use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::commit::Commit;
use packhouse_storage::table::{Expect, Write};
use packhouse_storage::{clock, keys};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout_at};

use super::tell::tell;
use crate::error::{Error, Result};
use crate::forge::Forge;

const SCHEMA: u32 = 1;

/// Somebody who may let a repository's triggers tell for some time.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
    /// Names who it is. Who tries again after a crash has the same name, and goes on at once.
    pub holder: &'a str,
    /// When the time is over.
    pub until: Instant,
    /// How long a pause before the next try is waited for.
    pub patience: Duration,
}

/// What came of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is told.
    Done,
    /// Somebody else is at it, and tells all that was noted until now.
    Elsewhere,
    /// A target takes nothing; its next try is after this time.
    Later(Duration),
    /// The time was over before all was told.
    CutShort,
}

/// Whose turn it is, as it is stored.
#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    holder: String,
    until_ms: u64,
}

/// Tells what a repository's triggers have to tell, as [`tell`] does, but only where nobody else is at it. What was noted
/// before is told then, or the mark is still there.
///
/// # Errors
/// The store's.
pub async fn tell_in_turn(forge: &Forge, id: &RepositoryId, turn: Turn<'_>) -> Result<Outcome> {
    loop {
        let Some(taken) = take(forge, id, &turn).await? else {
            return Ok(Outcome::Elsewhere);
        };
        let seen = mark(forge, id).await?;
        let told = tell_patiently(forge, id, &turn).await;
        leave(forge, id, taken).await?;
        let outcome = told?;
        // Whoever noted more while it was this one's turn has left it to this one.
        let left = mark(forge, id).await?;
        let is_new = left.is_some() && (outcome == Outcome::Done || left != seen);
        if !is_new || outcome == Outcome::CutShort {
            return Ok(outcome);
        }
        if Instant::now() >= turn.until {
            return Ok(Outcome::CutShort);
        }
    }
}

/// Tells all; pauses that are short enough are waited for.
async fn tell_patiently(forge: &Forge, id: &RepositoryId, turn: &Turn<'_>) -> Result<Outcome> {
    loop {
        let Ok(told) = timeout_at(turn.until, tell(forge, id)).await else {
            return Ok(Outcome::CutShort);
        };
        let Some(pause) = told? else {
            return Ok(Outcome::Done);
        };
        let is_over = Instant::now() + pause >= turn.until;
        if !pause.is_zero() && (is_over || pause > turn.patience) {
            return Ok(Outcome::Later(pause));
        }
        if is_over {
            return Ok(Outcome::CutShort);
        }
        sleep(pause).await;
    }
}

/// The version of the note that triggers have something to tell, if there is one.
async fn mark(forge: &Forge, id: &RepositoryId) -> Result<Option<u64>> {
    let item = forge.store().table().get(&keys::telling(id.as_str())).await?;
    Ok(item.map(|item| item.version))
}

/// Takes the turn; the version of what was written, or `None` where it is somebody else's.
async fn take(forge: &Forge, id: &RepositoryId, turn: &Turn<'_>) -> Result<Option<u64>> {
    let key = keys::telling_turn(id.as_str());
    let mut commit = Commit::new(forge.store().table(), vec![key.clone()]);
    loop {
        let found = commit.read().await?.into_iter().flatten().next();
        let now = clock::now_millis();
        if let Some(item) = &found {
            let record: Record = serde_json::from_slice(&item.body)
                .map_err(|error| Error::corrupt(format!("unreadable item {:?}: {error}", item.key)))?;
            if record.schema != SCHEMA {
                let why = format!("schema {} of {:?} is newer than this program", record.schema, item.key);
                return Err(Error::corrupt(why));
            }
            if record.holder != turn.holder && record.until_ms > now {
                return Ok(None);
            }
        }
        let time = turn.until.saturating_duration_since(Instant::now());
        let until_ms = now.saturating_add(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        let expect = found.map_or(Expect::Absent, |item| Expect::Version(item.version));
        let next = match expect {
            Expect::Version(version) => version + 1,
            Expect::Absent | Expect::Any => 1,
        };
        let write = Write::put(key.clone(), expect, encode(turn.holder, until_ms));
        // Otherwise somebody was faster, or this one was, and does not know.
        if commit.write(vec![write]).await? {
            return Ok(Some(next));
        }
    }
}

/// Ends the turn, unless it ended by itself and is somebody else's by now.
async fn leave(forge: &Forge, id: &RepositoryId, taken: u64) -> Result<()> {
    // The item stays: its versions are compared, and must not start again.
    let key = keys::telling_turn(id.as_str());
    let mut commit = Commit::new(forge.store().table(), vec![key.clone()]);
    loop {
        let found = commit.read().await?.into_iter().flatten().next();
        // Somebody else has it by now.
        if found.is_none_or(|item| item.version != taken) {
            return Ok(());
        }
        let over = Write::put(key.clone(), Expect::Version(taken), encode("", 0));
        if commit.write(vec![over]).await? {
            return Ok(());
        }
    }
}

fn encode(holder: &str, until_ms: u64) -> Vec<u8> {
    let record = Record {
        schema: SCHEMA,
        holder: holder.to_owned(),
        until_ms,
    };
    serde_json::to_vec(&record).expect("strings and numbers always encode")
}

#[cfg(test)]
mod tests;
