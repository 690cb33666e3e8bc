//! Where walks, diffs and merges get objects from.

use bytes::Bytes;

use crate::hash::{ObjectFormat, ObjectId, oid};
use crate::object::{self, Commit, Kind, Malformed};

/// Why an object could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// There is no such object.
    #[error("object {0} does not exist")]
    Missing(ObjectId),
    /// It is of another kind.
    #[error("{id} is a {}, not a {}", found.name(), wanted.name())]
    Kind {
        /// Which object.
        id: ObjectId,
        /// What it is.
        found: Kind,
        /// What it was taken for.
        wanted: Kind,
    },
    /// It cannot be understood.
    #[error("{id}: {why}")]
    Malformed {
        /// Which object.
        id: ObjectId,
        /// Why.
        why: Malformed,
    },
    /// Where it lies could not be read.
    #[error("objects cannot be read: {0}")]
    Source(Box<dyn std::error::Error + Send + Sync>),
}

/// Why a walk of commits or trees did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// More commits or trees lie on the way than the caller allows.
    #[error("more than {0} objects would have to be read")]
    TooFar(usize),
    /// An object could not be had.
    #[error(transparent)]
    Find(#[from] FindError),
}

/// A blob that is read in pieces.
pub struct Blob<'a> {
    /// Its size, which the pieces come to.
    pub size: u64,
    /// Its content, in order. Nothing comes behind an error.
    pub pieces: Box<dyn Iterator<Item = Result<Bytes, FindError>> + 'a>,
}

impl Blob<'_> {
    /// Reads it whole.
    ///
    /// # Errors
    /// [`FindError`].
    pub fn read(self) -> Result<Vec<u8>, FindError> {
        let mut content = Vec::new();
        for piece in self.pieces {
            content.extend_from_slice(&piece?);
        }
        Ok(content)
    }
}

/// A source of objects. Its calls may block.
pub trait Find {
    /// The hash of the ids.
    fn format(&self) -> ObjectFormat;

    /// Reads an object; `None` where there is none.
    ///
    /// # Errors
    /// [`FindError::Source`].
    fn find(&self, id: &oid) -> Result<Option<(Kind, Bytes)>, FindError>;

    /// The kind and the size of an object, which may cost less than reading it.
    ///
    /// # Errors
    /// [`FindError::Source`].
    fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>, FindError> {
        Ok(self.find(id)?.map(|(kind, data)| (kind, data.len() as u64)))
    }

    /// Reads an object that has to exist and be of that kind.
    ///
    /// # Errors
    /// [`FindError`].
    fn get(&self, id: &oid, wanted: Kind) -> Result<Bytes, FindError> {
        match self.find(id)? {
            Some((kind, data)) if kind == wanted => Ok(data),
            Some((found, _)) => Err(FindError::Kind {
                id: id.to_owned(),
                found,
                wanted,
            }),
            None => Err(FindError::Missing(id.to_owned())),
        }
    }

    /// Begins to read a blob, which may take less memory than reading it at once.
    ///
    /// # Errors
    /// [`FindError`].
    fn blob(&self, id: &oid) -> Result<Blob<'_>, FindError> {
        let data = self.get(id, Kind::Blob)?;
        Ok(Blob {
            size: data.len() as u64,
            pieces: Box::new(std::iter::once(Ok(data))),
        })
    }

    /// Reads what a walk needs of a commit.
    ///
    /// # Errors
    /// [`FindError`].
    fn commit(&self, id: &oid) -> Result<Commit, FindError> {
        let data = self.get(id, Kind::Commit)?;
        object::parse_commit(self.format(), &data).map_err(|why| FindError::Malformed { id: id.to_owned(), why })
    }
}

impl<T: Find + ?Sized> Find for &T {
    fn format(&self) -> ObjectFormat {
        (**self).format()
    }

    fn find(&self, id: &oid) -> Result<Option<(Kind, Bytes)>, FindError> {
        (**self).find(id)
    }

    fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>, FindError> {
        (**self).header(id)
    }

    fn blob(&self, id: &oid) -> Result<Blob<'_>, FindError> {
        (**self).blob(id)
    }
}
