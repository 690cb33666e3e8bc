//! The only compare-and-swap loop.

use std::borrow::Cow;
use std::time::Duration;

use super::{Item, Key, Table, TableError, Write};
use crate::error::{Error, Result};

/// How often a commit is tried before it gives up as busy.
const ATTEMPTS: u32 = 40;
/// The longest pause between two tries.
const MAX_PAUSE: Duration = Duration::from_millis(200);

/// One commit in the making: read, decide, write, and again from the start while others get in between.
///
/// ```no_run
/// # use packhouse_storage::error::Result;
/// # use packhouse_storage::table::commit::Commit;
/// # use packhouse_storage::table::{Expect, Key, Table, Write};
/// # async fn example(table: &dyn Table, key: Key) -> Result<()> {
/// let mut commit = Commit::new(table, std::slice::from_ref(&key));
/// loop {
///     let items = commit.read().await?;
///     let expect = items[0].as_ref().map_or(Expect::Absent, |item| Expect::Version(item.version));
///     if commit.write(vec![Write::put(key.clone(), expect, "body")]).await? {
///         return Ok(());
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Commit<'a> {
    table: &'a dyn Table,
    keys: Cow<'a, [Key]>,
    attempt: u32,
    unknown: Option<String>,
}

impl<'a> Commit<'a> {
    /// A commit that decides on what `keys` hold.
    #[must_use]
    pub fn new(table: &'a dyn Table, keys: impl Into<Cow<'a, [Key]>>) -> Self {
        Self {
            table,
            keys: keys.into(),
            attempt: 0,
            unknown: None,
        }
    }

    /// Reads the items, after a growing random pause when it is not the first time.
    ///
    /// After a try whose outcome nobody knows this reads again as well, so whoever decides must recognise a change of
    /// its own that was made after all (a push finds its id in the log).
    ///
    /// # Errors
    /// [`Error::Busy`] after too many tries, [`Error::Ambiguous`] if the last one's outcome is unknown; the table's.
    pub async fn read(&mut self) -> Result<Vec<Option<Item>>> {
        if self.attempt == ATTEMPTS {
            return Err(self.unknown.take().map_or(Error::Busy, Error::Ambiguous));
        }
        if self.attempt > 0 {
            let ceiling = MAX_PAUSE.min(Duration::from_millis(1 << self.attempt.min(10)));
            tokio::time::sleep(ceiling.mul_f64(rand::random::<f64>())).await;
        }
        self.attempt += 1;
        let mut items = Vec::with_capacity(self.keys.len());
        for at in 0..self.keys.len() {
            let read = self.table.get(&self.keys[at]).await;
            // A read that fails behind a try whose outcome is unknown leaves that unknown.
            items.push(read.map_err(|error| self.unknown.take().map_or_else(|| error.into(), Error::Ambiguous))?);
        }
        Ok(items)
    }

    /// Writes what was decided; `false` when it has to be decided again.
    ///
    /// # Errors
    /// The table's, when nothing was written.
    pub async fn write(&mut self, writes: Vec<Write>) -> Result<bool> {
        match self.table.transact(writes).await {
            Ok(()) => Ok(true),
            Err(TableError::Conflict(_)) => {
                self.unknown = None;
                Ok(false)
            }
            Err(TableError::Ambiguous(why)) => {
                self.unknown = Some(why);
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}
