//! Reads, on a few connections of their own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use packhouse_storage::clock;
use packhouse_storage::table::limits::item_bytes;
use packhouse_storage::table::window::Window;
use packhouse_storage::table::{Item, Key, MAX_PAGE_BYTES, Page, Range, TableError};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row};
use tokio::sync::Semaphore;

use super::failed;

/// Connections that read, opened as they are needed, at most a few at once.
pub(super) struct Readers {
    path: PathBuf,
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        let most = thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        Self {
            path: path.into(),
            turns: Arc::new(Semaphore::new(most)),
            idle: Mutex::default(),
        }
    }

    /// Runs `read` on a connection of its own, off the asynchronous threads.
    pub(super) async fn run<T: Send + 'static>(
        this: &Arc<Self>,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, TableError> {
        let stopped = |why: String| TableError::Unavailable(format!("a reader stopped: {why}"));
        let turn = Arc::clone(&this.turns)
            .acquire_owned()
            .await
            .map_err(|error| stopped(error.to_string()))?;
        let readers = Arc::clone(this);
        let result = tokio::task::spawn_blocking(move || {
            let idle = readers.lock().pop();
            let connection = idle.map_or_else(|| readers.connect(), Ok)?;
            let result = read(&connection);
            // After an error nobody knows what state the connection is in.
            if result.is_ok() && !readers.turns.is_closed() {
                readers.lock().push(connection);
            }
            drop(turn);
            result
        });
        let result = result.await.map_err(|error| stopped(error.to_string()))?;
        result.map_err(|error| failed(&error))
    }

    /// Closes the connections, and ends reads that have yet to begin.
    pub(super) fn close(&self) {
        self.turns.close();
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        // A list of idle connections is whole at any time.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "cache_size", -4096)?;
        Ok(connection)
    }
}

pub(super) fn get(connection: &Connection, key: Key) -> rusqlite::Result<Option<Item>> {
    let mut statement = connection.prepare_cached(
        "SELECT version, body, expires FROM items WHERE pk = ?1 AND sk = ?2 AND (expires IS NULL OR expires > ?3)",
    )?;
    let found = statement
        .query_row((&key.pk, &key.sk, now()), |row| item(row, Key::new("", "")))
        .optional()?;
    Ok(found.map(|item| Item { key, ..item }))
}

pub(super) fn query(connection: &Connection, pk: &str, range: &Range) -> rusqlite::Result<Page> {
    const ASCENDING: &str = "SELECT version, body, expires, sk FROM items WHERE pk = ?1 AND sk >= ?2 AND sk < ?3
        AND (expires IS NULL OR expires > ?4) ORDER BY sk ASC";
    const DESCENDING: &str = "SELECT version, body, expires, sk FROM items WHERE pk = ?1 AND sk >= ?2 AND sk < ?3
        AND (expires IS NULL OR expires > ?4) ORDER BY sk DESC";
    let window = Window::of(range);
    // In SQLite's order every text is less than every blob: this is the bound that lets all keys pass.
    let until = window.until.map_or_else(|| Value::Blob(Vec::new()), Value::Text);
    let mut statement = connection.prepare_cached(if range.descending { DESCENDING } else { ASCENDING })?;
    let mut rows = statement.query((pk, window.from, until, now()))?;
    let mut page = Page::default();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        if let Some(last) = page
            .items
            .last()
            .filter(|_| range.limit != 0 && page.items.len() >= range.limit)
        {
            page.next = Some(last.key.sk.clone());
            break;
        }
        let item = item(row, Key::new(pk, row.get::<_, String>(3)?))?;
        bytes += item_bytes(&item.key, &item.body);
        if let Some(last) = page.items.last().filter(|_| bytes > MAX_PAGE_BYTES) {
            page.next = Some(last.key.sk.clone());
            break;
        }
        page.items.push(item);
    }
    Ok(page)
}

/// Reads `version, body, expires`.
fn item(row: &Row<'_>, key: Key) -> rusqlite::Result<Item> {
    let body = row.get_ref(1)?.as_blob().map(Bytes::copy_from_slice)?;
    Ok(Item {
        key,
        version: unsigned(row, 0)?,
        body,
        expires: row.get::<_, Option<i64>>(2)?.map(i64::unsigned_abs),
    })
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// The time as `SQLite` stores it.
pub(super) fn now() -> i64 {
    i64::try_from(clock::now_secs()).unwrap_or(i64::MAX)
}
