//! What lies behind annotated tags.

use packhouse_git::hash::{ObjectId, oid};
use packhouse_git::object::Kind;
use packhouse_git::pack::edges::IdMap;

use super::Odb;
use crate::error::{Error, Result};

/// What lies behind the tags that were met so far: tags may lie behind each other, and all may be asked about.
#[derive(Debug, Default)]
pub(crate) struct Peeled {
    behind: IdMap<(ObjectId, Kind)>,
}

impl Peeled {
    /// As [`Odb::peel`].
    ///
    /// # Errors
    /// As there.
    pub(crate) fn of(&mut self, odb: &Odb, id: &oid) -> Result<(ObjectId, Kind)> {
        let mut at = id.to_owned();
        let mut tags = Vec::new();
        let behind = loop {
            if let Some(behind) = self.behind.get(&at) {
                break *behind;
            }
            match odb.kind(&at)?.ok_or(Error::NoObject(at))? {
                Kind::Tag => {
                    tags.push(at);
                    at = odb.tag(&at)?.target;
                }
                kind => break (at, kind),
            }
        };
        self.behind.extend(tags.into_iter().map(|tag| (tag, behind)));
        Ok(behind)
    }
}
