//! The only compare-and-swap loop.

use std::time::Duration;

use super::{Item, Key, Table, TableError, Write};
use crate::error::Error;

/// How often a commit is tried before it gives up as busy.
const ATTEMPTS: u32 = 40;
/// The longest pause between two tries.
const MAX_PAUSE: Duration = Duration::from_millis(200);

/// What a commit decided from the items as they are.
#[derive(Debug)]
pub enum Decision<T> {
    /// Write these, each with the expectation that it was decided on, then answer.
    Write(Vec<Write>, T),
    /// Nothing to write: answer.
    Done(T),
}

/// Reads `keys`, lets `decide` make writes of what it finds, and writes them; again from the start while others get in
/// between, with growing jittered pauses.
///
/// `decide` runs again after an outcome that nobody knows, so it must recognise a change of its own that was made
/// after all (a push finds its id in the log).
///
/// # Errors
/// What `decide` returns; [`Error::Busy`] after too many tries; what the table says otherwise.
pub async fn commit<T, E: From<Error>>(
    table: &dyn Table,
    keys: &[Key],
    mut decide: impl AsyncFnMut(Vec<Option<Item>>) -> Result<Decision<T>, E>,
) -> Result<T, E> {
    let mut unknown = None;
    for attempt in 0..ATTEMPTS {
        let mut items = Vec::with_capacity(keys.len());
        for key in keys {
            items.push(table.get(key).await.map_err(Error::from)?);
        }
        let (writes, answer) = match decide(items).await? {
            Decision::Write(writes, answer) => (writes, answer),
            Decision::Done(answer) => return Ok(answer),
        };
        match table.transact(writes).await {
            Ok(()) => return Ok(answer),
            Err(TableError::Conflict(_)) => unknown = None,
            Err(TableError::Ambiguous(why)) => unknown = Some(why),
            Err(other) => return Err(Error::from(other).into()),
        }
        pause(attempt).await;
    }
    Err(unknown.map_or(Error::Busy, Error::Ambiguous).into())
}

/// Waits a random time that grows with the attempts, so that competing writers come apart.
async fn pause(attempt: u32) {
    let ceiling = MAX_PAUSE.min(Duration::from_millis(1 << attempt.min(10)));
    tokio::time::sleep(ceiling.mul_f64(rand::random::<f64>())).await;
}
