//! What objects refer to.

use packhouse_git::hash::ObjectId;
use packhouse_git::object::{self, Kind};

use super::Odb;
use crate::error::{Error, Result};

impl Odb {
    /// What an object refers to, submodules aside.
    ///
    /// # Errors
    /// [`Error::NoObject`], and when it cannot be read.
    pub(crate) fn references(&self, id: &ObjectId) -> Result<Vec<ObjectId>> {
        if self.kind(id)? == Some(Kind::Blob) {
            return Ok(Vec::new());
        }
        let Some((kind, data)) = self.read(id)? else {
            return Err(Error::NoObject(*id));
        };
        let malformed = |error: object::Malformed| Error::corrupt(format!("{id}: {error}"));
        let format = self.format();
        Ok(match kind {
            Kind::Blob => Vec::new(),
            Kind::Tag => vec![object::parse_tag(format, &data).map_err(malformed)?.target],
            Kind::Commit => {
                let commit = object::parse_commit(format, &data).map_err(malformed)?;
                [commit.tree].into_iter().chain(commit.parents).collect()
            }
            Kind::Tree => {
                let entries = object::tree_entries(format, &data)
                    .filter(|entry| !matches!(entry, Ok(entry) if entry.is_gitlink()));
                let ids = entries.map(|entry| entry.map(|entry| entry.id.to_owned()));
                ids.collect::<std::result::Result<_, _>>().map_err(malformed)?
            }
        })
    }
}
