//! The port for bytes: immutable blobs, named once and never changed.

pub mod key;
pub mod presigned;

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;

/// The most blobs that one page of a listing holds.
pub const MAX_PAGE_BLOBS: usize = 1000;

/// A stream of a blob's bytes on its way in. Its error ends the upload and reaches the caller as
/// [`BlobError::Source`].
pub type ByteStream = BoxStream<'static, std::io::Result<Bytes>>;

/// One page of a listing, in byte order of the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlobPage {
    /// Key and size of each blob.
    pub blobs: Vec<(String, u64)>,
    /// Give it as `after` for the next page; `None` at the end.
    pub next: Option<String>,
}

/// Lets its holder create one blob, without further credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresignedPut {
    /// Where to PUT the bytes (or, for the embedded stores, a path and query that our own server answers).
    pub url: String,
    /// Headers that the request must carry.
    pub headers: Vec<(String, String)>,
}

/// Why an encryption key is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The installation may not use it.
    #[error("the server may not use the encryption key of the repository")]
    AccessDenied,
    /// It is disabled.
    #[error("the encryption key of the repository is disabled")]
    Disabled,
    /// What names it is no name of a key.
    #[error("the encryption key of the repository has no valid name")]
    InvalidId,
    /// It is a key for something else than to encrypt and to decrypt with it.
    #[error("the encryption key of the repository is not one to encrypt with")]
    InvalidUsage,
    /// There is no such key.
    #[error("the encryption key of the repository does not exist")]
    NotFound,
    /// It is in a state in which nobody can use it, such as that before its deletion; or the key service is away.
    #[error("the encryption key of the repository is not available")]
    Unavailable,
}

/// Why a blob call failed, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such blob.
    #[error("there is no blob {0}")]
    NotFound(String),
    /// A blob of that name is there already; it is unchanged.
    #[error("there is a blob {0} already")]
    Exists(String),
    /// The range does not lie inside the blob.
    #[error("the range {start}..{end} is outside of blob {key}")]
    OutOfRange {
        /// The blob.
        key: String,
        /// First byte asked for.
        start: u64,
        /// One past the last byte asked for.
        end: u64,
    },
    /// The key is not one that the store takes.
    #[error("not a blob key: {0}")]
    InvalidKey(String),
    /// The stream that was to be stored failed. Nothing is stored.
    #[error("reading what was to be stored failed: {0}")]
    Source(#[source] std::io::Error),
    /// The blob's encryption key is of no use.
    #[error("{fault}: {why}")]
    Key {
        /// Why.
        fault: KeyFault,
        /// What the store says of it.
        why: String,
    },
    /// The store is busy, full or away. Trying again may help; a retried `put` may find its own earlier success.
    #[error("the blob store is unavailable: {0}")]
    Unavailable(String),
}

/// Immutable bytes by name.
///
/// Guarantees: a blob appears whole or not at all, and is durable once its `put` returned; a name is given once
/// (`put` is create-only). Keys are `/`-separated segments of `[A-Za-z0-9._-]`, none empty, `.`, `..` or over
/// 255 bytes, at most 512 bytes together; anything else is [`BlobError::InvalidKey`]. No key continues another one
/// (`a/b` and `a`), which is the callers' promise.
///
/// `kms_key` is the key (id, ARN or alias) that a store with a key service encrypts the blob with, in place of the one
/// that the store was set up with; stores without one ignore it.
#[async_trait]
pub trait Blobs: Send + Sync + fmt::Debug {
    /// Stores `bytes` under a new name.
    async fn put(&self, key: &str, bytes: Bytes, kms_key: Option<&str>) -> Result<(), BlobError>;

    /// Stores a stream of any length under a new name in bounded memory; returns its length.
    async fn put_stream(&self, key: &str, bytes: ByteStream, kms_key: Option<&str>) -> Result<u64, BlobError>;

    /// Reads exactly the bytes `range`, which may be empty but lies inside the blob ([`BlobError::OutOfRange`]).
    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, BlobError>;

    /// The length of a blob.
    async fn head(&self, key: &str) -> Result<u64, BlobError>;

    /// Removes a blob; one that is not there is no error. A crash right afterwards may bring it back.
    async fn delete(&self, key: &str) -> Result<(), BlobError>;

    /// Lists blobs whose keys start with `prefix`, behind `after`, at most 1,000 a page.
    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<BlobPage, BlobError>;

    /// A URL (or, for the embedded stores, a path and query that our own server answers) that reads the blob without
    /// further credentials for `valid`.
    async fn presign_get(&self, key: &str, valid: Duration) -> Result<String, BlobError>;

    /// As [`Blobs::presign_get`], to create the blob with exactly `length` bytes.
    async fn presign_put(
        &self,
        key: &str,
        length: u64,
        valid: Duration,
        kms_key: Option<&str>,
    ) -> Result<PresignedPut, BlobError>;
}

/// Whether `range` lies inside of the blob `key`, which is `length` bytes long.
///
/// # Errors
/// [`BlobError::OutOfRange`].
pub fn check_range(key: &str, range: &Range<u64>, length: u64) -> Result<(), BlobError> {
    if range.start <= range.end && range.end <= length {
        return Ok(());
    }
    Err(BlobError::OutOfRange {
        key: key.into(),
        start: range.start,
        end: range.end,
    })
}
