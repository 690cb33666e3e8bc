//! The writer: one thread, one connection, many transactions a commit.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use packhouse_storage::clock;
use packhouse_storage::table::{Action, Expect, TableError, Write};
use rusqlite::{Connection, OptionalExtension as _};
use tokio::sync::oneshot;

use super::failed;
use super::read::now;
use super::recent::Recent;

/// The most transactions that share one commit; each may be as large as the contract lets it.
const MAX_BATCH: usize = 64;
/// How often expired items are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// The most expired items that one sweep removes, so that no caller waits long for it.
const MAX_SWEPT: u32 = 500;

type Answer = Result<(), TableError>;

/// A transaction that waits, and where its answer goes.
pub(super) struct Job {
    pub(super) writes: Vec<Write>,
    pub(super) reply: oneshot::Sender<Answer>,
}

/// Commits what comes through `waiting` until its other end is dropped, and has `recent` forget what that changes.
pub(super) fn run(mut connection: Connection, waiting: &Receiver<Job>, recent: &Recent) {
    let mut swept = Duration::ZERO;
    while let Ok(first) = waiting.recv() {
        let mut batch = vec![first];
        batch.extend(waiting.try_iter().take(MAX_BATCH - 1));
        let writes = batch.iter().flat_map(|job| &job.writes);
        let answers = recent.while_changing(writes, || commit(&mut connection, &batch));
        for (job, answer) in batch.into_iter().zip(answers) {
            // Who no longer waits needs no answer.
            job.reply.send(answer).ok();
        }
        if clock::now().saturating_sub(swept) >= SWEEP_EVERY {
            swept = clock::now();
            if let Err(error) = sweep(&connection) {
                tracing::warn!(%error, "expired items stay in the table for now");
            }
        }
    }
}

/// Runs each transaction of `batch` in its order and commits those whose expectations hold, together.
///
/// The answers are final: a conflict with an earlier transaction of the batch is told after that one is committed, so
/// who reads again sees what was in the way.
fn commit(connection: &mut Connection, batch: &[Job]) -> Vec<Answer> {
    let all = |why: &dyn Fn() -> TableError| batch.iter().map(|_| Err(why())).collect::<Vec<_>>();
    let mut transaction = match connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => return all(&|| failed(&error)),
    };
    let mut answers = Vec::with_capacity(batch.len());
    for job in batch {
        let answer = apply(&mut transaction, &job.writes);
        if transaction.is_autocommit() {
            // A full disk, say, made SQLite roll everything back: the rest of the batch must not commit on its own.
            let why = answer
                .err()
                .map_or_else(|| "it was rolled back".into(), |error| error.to_string());
            return all(&|| TableError::Unavailable(why.clone()));
        }
        answers.push(answer);
    }
    if answers.iter().all(Result::is_err) {
        // Nothing to commit; dropping the transaction rolls it back.
        return answers;
    }
    match transaction.commit() {
        Ok(()) => answers,
        // The commit may have reached the log without its sync: after a crash it may come back.
        Err(error) => {
            let unknown = |answer: Answer| answer.and_then(|()| Err(TableError::Ambiguous(error.to_string())));
            answers.into_iter().map(unknown).collect()
        }
    }
}

/// Does all of `writes`, or nothing, inside of the transaction that is open.
fn apply(transaction: &mut rusqlite::Transaction<'_>, writes: &[Write]) -> Answer {
    let now = now();
    let mut versions = Vec::with_capacity(writes.len());
    for write in writes {
        let version = version(transaction, write, now).map_err(|error| failed(&error))?;
        let holds = match write.expect {
            Expect::Any => true,
            Expect::Absent => version.is_none(),
            Expect::Version(expected) => version.is_some_and(|version| i64::try_from(expected) == Ok(version)),
        };
        if !holds {
            return Err(TableError::Conflict(write.key.clone()));
        }
        versions.push(version.unwrap_or(0));
    }
    // Dropping the savepoint before its commit rolls back to where it was made.
    let savepoint = transaction.savepoint().map_err(|error| failed(&error))?;
    for (write, version) in writes.iter().zip(versions) {
        change(&savepoint, write, version).map_err(|error| failed(&error))?;
    }
    savepoint.commit().map_err(|error| failed(&error))
}

/// The version of the item that `write` names; `None` if it is absent or expired.
fn version(connection: &Connection, write: &Write, now: i64) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection
        .prepare_cached("SELECT version FROM items WHERE pk = ?1 AND sk = ?2 AND (expires IS NULL OR expires > ?3)")?;
    statement
        .query_row((&write.key.pk, &write.key.sk, now), |row| row.get(0))
        .optional()
}

fn change(connection: &Connection, write: &Write, version: i64) -> rusqlite::Result<()> {
    let (pk, sk) = (&write.key.pk, &write.key.sk);
    match &write.action {
        Action::Put { body, expires } => {
            // The limits of the contract keep it below the largest integer.
            let expires = expires.map(|at| i64::try_from(at).unwrap_or(i64::MAX));
            let mut statement = connection.prepare_cached(
                "INSERT INTO items (pk, sk, version, body, expires) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (pk, sk) DO UPDATE SET version = ?3, body = ?4, expires = ?5",
            )?;
            statement
                .execute((pk, sk, version.saturating_add(1), &body[..], expires))
                .map(|_| ())
        }
        Action::Delete => {
            let mut statement = connection.prepare_cached("DELETE FROM items WHERE pk = ?1 AND sk = ?2")?;
            statement.execute((pk, sk)).map(|_| ())
        }
        Action::Check => Ok(()),
    }
}

/// Removes expired items, which nobody can see.
fn sweep(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM items WHERE (pk, sk) IN (SELECT pk, sk FROM items WHERE expires <= ?1 ORDER BY expires LIMIT ?2)",
    )?;
    statement.execute((now(), MAX_SWEPT)).map(|_| ())
}

#[cfg(test)]
mod tests;
