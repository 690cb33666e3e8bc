//! Writes: a temporary file, then its name, each made durable.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use packhouse_storage::blobs::{BlobError, ByteStream};
use tempfile::NamedTempFile;

use super::{blocking, failed};

/// The folder of unfinished blobs. No key names it: a `+` stands in none.
const UNFINISHED: &str = "+unfinished";
/// How much of a stream is gathered before it is written.
const BATCH_BYTES: usize = 1 << 20;
/// How many folders are remembered as durable.
const MAX_KNOWN: usize = 4096;

/// Where blobs come to be.
#[derive(Debug)]
pub(super) struct Writer {
    unfinished: PathBuf,
    /// Folders whose own names are known to be on disk.
    durable: Mutex<HashSet<PathBuf>>,
}

impl Writer {
    /// Removes what earlier writes left behind.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let unfinished = root.join(UNFINISHED);
        match fs::remove_dir_all(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => create_private(&unfinished)?,
        }
        Ok(Self {
            unfinished,
            durable: Mutex::default(),
        })
    }

    /// Whether nothing has the name `key` yet; an early answer that spares the writing.
    pub(super) fn check_free(&self, root: &Path, key: &str) -> Result<(), BlobError> {
        match root.join(key).symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => Err(BlobError::InvalidKey(key.into())),
            Ok(_) => Err(BlobError::Exists(key.into())),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(BlobError::InvalidKey(key.into())),
            Err(_) => Ok(()),
        }
    }

    /// A temporary file, which is removed when it is dropped.
    pub(super) fn create(&self) -> Result<NamedTempFile, BlobError> {
        NamedTempFile::new_in(&self.unfinished).map_err(|error| full_or_away(&error))
    }

    /// Gives `file` its name for good, unless the name is taken.
    pub(super) fn publish(&self, root: &Path, key: &str, file: NamedTempFile) -> Result<(), BlobError> {
        file.as_file().sync_data().map_err(|error| full_or_away(&error))?;
        let path = root.join(key);
        let folder = path.parent().unwrap_or(root);
        self.ensure_folder(root, folder).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => BlobError::InvalidKey(key.into()),
            _ => full_or_away(&error),
        })?;
        match file.persist_noclobber(&path) {
            Ok(_) => sync_folder(folder).map_err(|error| full_or_away(&error)),
            Err(_) if path.is_dir() => Err(BlobError::InvalidKey(key.into())),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(failed(key, &error.error)),
            Err(error) => Err(full_or_away(&error.error)),
        }
    }

    /// Makes `folder` and those between it and `root`, and their names durable. Others may be at it as well.
    fn ensure_folder(&self, root: &Path, folder: &Path) -> io::Result<()> {
        if folder == root
            || self
                .durable
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .contains(folder)
        {
            return Ok(());
        }
        let parent = folder.parent().unwrap_or(root);
        self.ensure_folder(root, parent)?;
        match create_private(folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
            made => made?,
        }
        // Even where it was there: whoever made it may not have come to this line.
        sync_folder(parent)?;
        let mut durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        if durable.len() >= MAX_KNOWN {
            durable.clear();
        }
        durable.insert(folder.into());
        Ok(())
    }
}

/// Writes a stream to `file`; returns it with the stream's length. Holds two batches and a chunk at most: one is
/// gathered while the one before is written.
pub(super) async fn copy(file: NamedTempFile, mut bytes: ByteStream) -> Result<(NamedTempFile, u64), BlobError> {
    let mut length = 0;
    let mut batch: Vec<Bytes> = Vec::new();
    let mut gathered = 0;
    let mut writing = tokio::spawn(std::future::ready(Ok(file)));
    let stopped = |error| BlobError::Unavailable(format!("a worker stopped: {error}"));
    loop {
        let chunk = match bytes.try_next().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => {
                // The file goes when its last write is over: not a moment after the caller was told.
                drop(writing.await);
                return Err(BlobError::Source(error));
            }
        };
        length += chunk.len() as u64;
        gathered += chunk.len();
        batch.push(chunk);
        if gathered >= BATCH_BYTES {
            let file = writing.await.map_err(stopped)??;
            writing = tokio::spawn(write(file, std::mem::take(&mut batch)));
            gathered = 0;
        }
    }
    let file = writing.await.map_err(stopped)??;
    Ok((write(file, batch).await?, length))
}

async fn write(mut file: NamedTempFile, batch: Vec<Bytes>) -> Result<NamedTempFile, BlobError> {
    blocking(move || {
        for chunk in batch {
            file.write_all(&chunk).map_err(|error| full_or_away(&error))?;
        }
        Ok(file)
    })
    .await
}

/// What an error means that has nothing to do with the name.
pub(super) fn full_or_away(error: &io::Error) -> BlobError {
    BlobError::Unavailable(error.to_string())
}

/// Creates a folder that only its owner may enter.
fn create_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
