//! The file: its settings, its one table, its version.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// The version that this code reads and writes, kept in `SQLite`'s `user_version`.
const VERSION: i64 = 1;

const CREATE: &str = "
    CREATE TABLE items (
        pk TEXT NOT NULL,
        sk TEXT NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL,
        expires INTEGER,
        PRIMARY KEY (pk, sk)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX items_by_expiry ON items (expires) WHERE expires IS NOT NULL;
    PRAGMA user_version = 1;";

/// Why a table cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A later version of Packhouse wrote it.
    #[error("{} was written by a newer packhouse (table version {found}, this one knows {VERSION})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
    },
    /// It is a database, but not one of ours.
    #[error("{} is not a packhouse table", .0.display())]
    NotOurs(PathBuf),
    /// `SQLite` refused it.
    #[error("cannot open the table {}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file cannot be created.
    #[error("cannot create the table {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system gave no thread.
    #[error("cannot start the table's writer: {0}")]
    Thread(#[source] io::Error),
}

/// Opens or creates the file for writing.
pub(super) fn open(path: &Path) -> Result<Connection, OpenError> {
    let at = |source| OpenError::Sqlite {
        path: path.into(),
        source,
    };
    create_private(path).map_err(|source| OpenError::Io {
        path: path.into(),
        source,
    })?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(at)?;
    configure(&connection).map_err(at)?;
    let transaction = connection.transaction().map_err(at)?;
    let found: i64 = transaction
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(at)?;
    match found {
        VERSION => {}
        0 => {
            let others: i64 = transaction
                .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
                .map_err(at)?;
            if others != 0 {
                return Err(OpenError::NotOurs(path.into()));
            }
            transaction.execute_batch(CREATE).map_err(at)?;
        }
        newer if newer > VERSION => {
            return Err(OpenError::Newer {
                path: path.into(),
                found: newer,
            });
        }
        _ => return Err(OpenError::NotOurs(path.into())),
    }
    transaction.commit().map_err(at)?;
    Ok(connection)
}

/// Creates the file, empty, unless it is there. `SQLite` gives its own files beside it the same permissions.
fn create_private(path: &Path) -> io::Result<()> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match created {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        created => created.map(drop),
    }
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    // On macOS a plain sync does not reach the disk; elsewhere these change nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    // After a burst the log shrinks back to this at the next checkpoint.
    connection.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |_| Ok(()))?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}
