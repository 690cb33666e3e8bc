//! Commits, as they are told.

mod get;

use packhouse_git::commit::{CommitDetails, parse_details};
use packhouse_git::hash::ObjectId;
use packhouse_git::object::Kind;
use packhouse_storage::odb::Odb;

pub use self::get::{Batch, MAX_BATCH, Missing, batch_get, get};

use crate::error::{Error, Result};

/// A commit with its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// What it says.
    pub details: CommitDetails,
}

/// Reads a commit; `None` where there is no commit of that id.
///
/// # Errors
/// The store's.
pub(crate) fn read(odb: &Odb, id: ObjectId) -> Result<Option<Commit>> {
    let Some((Kind::Commit, data)) = odb.read(&id)? else {
        return Ok(None);
    };
    let details = parse_details(odb.format(), &data).map_err(|error| Error::corrupt(format!("{id}: {error}")))?;
    Ok(Some(Commit { id, details }))
}
