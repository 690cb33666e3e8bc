//! Why a storage operation failed, by what the caller can do about it.

use packhouse_git::find::FindError;
use packhouse_git::hash::ObjectId;

use crate::blobs::{BlobError, KeyFault};
use crate::table::TableError;

/// Why a storage operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The repository does not exist or is deleted.
    #[error("the repository does not exist")]
    NoRepository,
    /// An object that was named does not exist.
    #[error("object {0} does not exist")]
    NoObject(ObjectId),
    /// What was sent breaks a rule; the text is for the one who sent it.
    #[error("{0}")]
    Invalid(String),
    /// What was sent is over a limit; the text is for the one who sent it.
    #[error("{0}")]
    TooLarge(String),
    /// Too many writers met at the same repository; trying again helps.
    #[error("the repository is busy, try again")]
    Busy,
    /// Something that the change was decided on has changed: to be decided again.
    #[error("what was to be changed has changed meanwhile")]
    Outdated,
    /// The encryption key of blobs is of no use; the text is for everybody, what the store says of it for the log.
    #[error("{fault}")]
    Key {
        /// Why.
        fault: KeyFault,
        /// What the store says of it.
        why: String,
    },
    /// A store is away; trying again may help.
    #[error("storage is unavailable: {0}")]
    Unavailable(String),
    /// Nobody knows whether the change was made.
    #[error("the outcome is unknown: {0}")]
    Ambiguous(String),
    /// What is stored contradicts itself.
    #[error("stored data is corrupt: {0}")]
    Corrupt(String),
}

/// The result of a storage operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A contradiction in what is stored.
    pub fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt(what.into())
    }
}

impl From<TableError> for Error {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Conflict(_) => Self::Busy,
            TableError::Unavailable(why) => Self::Unavailable(why),
            TableError::Ambiguous(why) => Self::Ambiguous(why),
            TableError::TooLarge(why) => Self::TooLarge(why),
            TableError::Corrupt(why) => Self::Corrupt(why),
        }
    }
}

impl From<BlobError> for Error {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::NotFound(_) | BlobError::OutOfRange { .. } | BlobError::InvalidKey(_) | BlobError::Exists(_) => {
                Self::Corrupt(error.to_string())
            }
            BlobError::Key { fault, why } => Self::Key { fault, why },
            BlobError::Source(_) | BlobError::Unavailable(_) => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<tokio::task::JoinError> for Error {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Unavailable(format!("a worker stopped: {error}"))
    }
}

/// What a walk over stored objects fails with. What the store said comes back as it was.
impl From<FindError> for Error {
    fn from(error: FindError) -> Self {
        match error {
            FindError::Missing(id) => Self::NoObject(id),
            FindError::Kind { .. } | FindError::Malformed { .. } => Self::Corrupt(error.to_string()),
            FindError::Source(source) => match source.downcast() {
                Ok(own) => *own,
                Err(other) => Self::Unavailable(other.to_string()),
            },
        }
    }
}
