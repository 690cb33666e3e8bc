//! [`SqliteTable`].

mod read;
mod recent;
mod schema;
mod write;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use async_trait::async_trait;
use packhouse_storage::table::limits::{check_key, check_query, check_transaction};
use packhouse_storage::table::{Item, Key, Page, Range, Table, TableError, Write};
use rusqlite::ErrorCode;
use tokio::sync::oneshot;

use self::read::Readers;
use self::recent::Recent;
use self::write::Job;

pub use self::schema::OpenError;

/// A table in one `SQLite` file.
///
/// One thread writes. It commits all transactions that wait for it at once, so that many callers share one sync of the
/// disk; each of them still commits or fails on its own. Reads run beside it, on connections of their own, and see
/// what was committed; what was read lately is kept until it changes. Dropping the table finishes what waits.
///
/// The file must be used by one process at a time, which [`DataFolder`](crate::DataFolder) sees to.
pub struct SqliteTable {
    readers: Arc<Readers>,
    recent: Arc<Recent>,
    /// `None` only while it is being dropped.
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

impl fmt::Debug for SqliteTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteTable")
    }
}

impl SqliteTable {
    /// Opens the file `path`, or creates it in a folder that exists.
    ///
    /// # Errors
    /// When it is not a table of ours, is one of a newer version, or cannot be opened.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let connection = schema::open(path)?;
        let (jobs, waiting) = mpsc::channel();
        let recent = Arc::new(Recent::new());
        let written = Arc::clone(&recent);
        let writer = thread::Builder::new()
            .name("table-writer".into())
            .spawn(move || write::run(connection, &waiting, &written))
            .map_err(OpenError::Thread)?;
        Ok(Self {
            readers: Arc::new(Readers::new(path)),
            recent,
            jobs: Some(jobs),
            writer: Some(writer),
        })
    }
}

impl Drop for SqliteTable {
    fn drop(&mut self) {
        // The connection that closes last tidies the write-ahead log away, and only the writer's may.
        self.readers.close();
        drop(self.jobs.take());
        if self.writer.take().is_some_and(|writer| writer.join().is_err()) {
            tracing::error!("the table's writer panicked");
        }
    }
}

#[async_trait]
impl Table for SqliteTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        check_key(key)?;
        if let Some(known) = self.recent.get(key) {
            return Ok(known);
        }
        let (began, wanted) = (self.recent.begin(), key.clone());
        let found = Readers::run(&self.readers, move |connection| read::get(connection, wanted)).await?;
        self.recent.keep(began, key.clone(), &found);
        Ok(found)
    }

    async fn query(&self, pk: &str, range: Range) -> Result<Page, TableError> {
        check_query(pk, &range)?;
        let pk = pk.to_owned();
        Readers::run(&self.readers, move |connection| read::query(connection, &pk, &range)).await
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), TableError> {
        check_transaction(&writes)?;
        if writes.is_empty() {
            return Ok(());
        }
        let (reply, answer) = oneshot::channel();
        let sent = self
            .jobs
            .as_ref()
            .is_some_and(|jobs| jobs.send(Job { writes, reply }).is_ok());
        if !sent {
            return Err(TableError::Unavailable("the writer has stopped".into()));
        }
        answer
            .await
            .unwrap_or_else(|_| Err(TableError::Ambiguous("the writer stopped".into())))
    }
}

/// What a failed read or a failed step before a commit means: nothing was written.
fn failed(error: &rusqlite::Error) -> TableError {
    use rusqlite::Error;
    match error {
        Error::FromSqlConversionFailure(..) | Error::IntegralValueOutOfRange(..) | Error::InvalidColumnType(..) => {
            TableError::Corrupt(error.to_string())
        }
        _ => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => TableError::Corrupt(error.to_string()),
            _ => TableError::Unavailable(error.to_string()),
        },
    }
}

#[cfg(test)]
mod tests;
