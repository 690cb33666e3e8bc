//! [`FileBlobs`].

mod buffers;
mod listing;
mod reading;
mod writing;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use packhouse_storage::blobs::key::{check_key, check_prefix};
use packhouse_storage::blobs::presigned::{Access, Signer};
use packhouse_storage::blobs::{BlobError, BlobPage, Blobs, ByteStream, PresignedPut};

use self::reading::Reader;
use self::writing::Writer;

/// A blob store in a folder: the key is the path of the file.
///
/// A blob is written to a temporary file and synced, takes its name without replacing anything, and its folder is
/// synced, before it is acknowledged. Folders are made on demand and stay when they are empty. Keys that the file
/// system holds for the same (`A` and `a`, on some) are one blob.
#[derive(Debug)]
pub struct FileBlobs {
    store: Arc<Store>,
    signer: Signer,
}

#[derive(Debug)]
struct Store {
    root: PathBuf,
    reader: Reader,
    writer: Writer,
}

impl FileBlobs {
    /// Opens the folder `root`, or creates it, and removes what unfinished writes left in it. One process at a time may
    /// use it, which [`DataFolder`](crate::DataFolder) sees to. `signer` makes the presigned paths.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(root: &Path, signer: Signer) -> io::Result<Self> {
        std::fs::create_dir_all(root)?;
        let root = root.canonicalize()?;
        let writer = Writer::open(&root)?;
        Ok(Self {
            store: Arc::new(Store {
                reader: Reader::default(),
                writer,
                root,
            }),
            signer,
        })
    }

    /// Runs `work` off the asynchronous threads.
    async fn run<T: Send + 'static>(
        &self,
        key: &str,
        work: impl FnOnce(&Store, &str) -> Result<T, BlobError> + Send + 'static,
    ) -> Result<T, BlobError> {
        check_key(key)?;
        let (store, key) = (Arc::clone(&self.store), key.to_owned());
        blocking(move || work(&store, &key)).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    let stopped = |error| BlobError::Unavailable(format!("a worker stopped: {error}"));
    tokio::task::spawn_blocking(work).await.map_err(stopped)?
}

/// What an error of the file system on the blob `key` means.
fn failed(key: &str, error: &io::Error) -> BlobError {
    match error.kind() {
        io::ErrorKind::AlreadyExists => BlobError::Exists(key.into()),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => {
            BlobError::NotFound(key.into())
        }
        _ => BlobError::Unavailable(format!("{key}: {error}")),
    }
}

#[async_trait]
impl Blobs for FileBlobs {
    async fn put(&self, key: &str, bytes: Bytes, _kms_key: Option<&str>) -> Result<(), BlobError> {
        let put = move |store: &Store, key: &str| {
            store.writer.check_free(&store.root, key)?;
            let mut file = store.writer.create()?;
            io::Write::write_all(&mut file, &bytes).map_err(|error| writing::full_or_away(&error))?;
            store.writer.publish(&store.root, key, file)
        };
        self.run(key, put).await
    }

    async fn put_stream(&self, key: &str, bytes: ByteStream, _kms_key: Option<&str>) -> Result<u64, BlobError> {
        let begin = |store: &Store, key: &str| {
            store.writer.check_free(&store.root, key)?;
            store.writer.create()
        };
        let file = self.run(key, begin).await?;
        let (file, length) = writing::copy(file, bytes).await?;
        self.run(key, |store, key| store.writer.publish(&store.root, key, file))
            .await?;
        Ok(length)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, BlobError> {
        self.run(key, move |store, key| store.reader.read(&store.root, key, &range))
            .await
    }

    async fn head(&self, key: &str) -> Result<u64, BlobError> {
        self.run(key, |store, key| store.reader.length(&store.root, key)).await
    }

    async fn delete(&self, key: &str) -> Result<(), BlobError> {
        let delete = |store: &Store, key: &str| {
            let removed = std::fs::remove_file(store.root.join(key));
            store.reader.forget(key);
            match removed.map_err(|error| failed(key, &error)) {
                // What some systems say of a folder.
                Err(BlobError::Unavailable(_)) if store.root.join(key).is_dir() => Ok(()),
                Ok(()) | Err(BlobError::NotFound(_)) => Ok(()),
                Err(other) => Err(other),
            }
        };
        self.run(key, delete).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<BlobPage, BlobError> {
        check_prefix(prefix)?;
        check_prefix(after.unwrap_or_default())?;
        let store = Arc::clone(&self.store);
        let (prefix, after) = (prefix.to_owned(), after.unwrap_or_default().to_owned());
        let list = move || listing::page(&store.root, &prefix, &after).map_err(|error| failed(&prefix, &error));
        blocking(list).await
    }

    async fn presign_get(&self, key: &str, valid: Duration) -> Result<String, BlobError> {
        self.signer.sign(key, Access::Get, valid)
    }

    async fn presign_put(
        &self,
        key: &str,
        length: u64,
        valid: Duration,
        _kms_key: Option<&str>,
    ) -> Result<PresignedPut, BlobError> {
        self.signer.sign_put(key, length, valid)
    }
}

#[cfg(test)]
mod tests;
