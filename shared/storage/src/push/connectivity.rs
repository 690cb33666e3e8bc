//! Whether what a ref would point to is there as a whole.
//!
//! The committed objects are closed under reachability, so only objects of the pushed pack, the newest of the database,
//! need to be walked; and only if something that they refer to is missing at all.

use packhouse_git::hash::ObjectId;
use packhouse_git::object::{self, Kind};
use packhouse_git::pack::edges::IdSet;

use crate::error::{Error, Result};
use crate::odb::Odb;

/// What an object refers to, submodules aside.
pub(super) fn references(odb: &Odb, id: &ObjectId) -> Result<Vec<ObjectId>> {
    let Some((kind, data)) = odb.read(id)? else {
        return Err(Error::NoObject(*id));
    };
    let malformed = |error: object::Malformed| Error::corrupt(format!("{id}: {error}"));
    let format = odb.format();
    Ok(match kind {
        Kind::Blob => Vec::new(),
        Kind::Tag => vec![object::parse_tag(format, &data).map_err(malformed)?.target],
        Kind::Commit => {
            let commit = object::parse_commit(format, &data).map_err(malformed)?;
            [commit.tree].into_iter().chain(commit.parents).collect()
        }
        Kind::Tree => {
            let entries = object::tree_entries(format, &data).filter(|entry| !matches!(entry, Ok(entry) if entry.is_gitlink()));
            let ids = entries.map(|entry| entry.map(|entry| entry.id.to_owned()));
            ids.collect::<std::result::Result<_, _>>().map_err(malformed)?
        }
    })
}

/// Everything in the newest pack that `tips` reach.
///
/// # Errors
/// When a pack cannot be read.
pub(super) fn reachable(odb: &Odb, tips: &[ObjectId], missing: &IdSet) -> Result<Reached> {
    let newest = odb.packs().len().saturating_sub(1);
    let mut reached = Reached { objects: IdSet::default(), broken: false };
    let mut open = tips.to_vec();
    while let Some(id) = open.pop() {
        if missing.contains(&id) {
            reached.broken = true;
            continue;
        }
        let inside = odb.place(&id).is_some_and(|place| place.pack == newest);
        if inside && reached.objects.insert(id) && odb.kind(&id)? != Some(Kind::Blob) {
            open.extend(references(odb, &id)?);
        }
    }
    Ok(reached)
}

/// What a walk found.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) objects: IdSet,
    /// Something on the way is missing.
    pub(super) broken: bool,
}

/// Whether something is missing of what `tip` reaches.
pub(super) fn reaches_missing(odb: &Odb, missing: &IdSet, tip: &ObjectId) -> Result<bool> {
    if missing.is_empty() {
        return Ok(false);
    }
    Ok(reachable(odb, std::slice::from_ref(tip), missing)?.broken)
}
