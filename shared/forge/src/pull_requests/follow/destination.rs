//! Which commits a destination came by when it moved.

use std::collections::{BTreeMap, BTreeSet};

use packhouse_git::find::{Find, FindError};
use packhouse_git::hash::ObjectId;
use packhouse_git::merge_base::is_ancestor;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::odb::Odb;

use super::fold::settle;
use crate::error::Result;
use crate::repositories::Opened;

/// How many commits of a branch are looked at: of those that a forced push brings, which never come to where it was.
const COMMITS: usize = 2_000;
/// How many commits are read to see how two of them are related.
pub(in crate::pull_requests) const WALK: usize = 200_000;

/// The ways that destinations took, each looked at once.
#[derive(Debug, Default)]
pub(super) struct Destinations {
    ways: BTreeMap<(ObjectId, ObjectId), BTreeSet<ObjectId>>,
}

impl Destinations {
    /// Whether a commit is on the way of first parents from `old` to `new`.
    pub(super) async fn came_by(
        &mut self,
        opened: &Opened,
        (old, new): (ObjectId, ObjectId),
        commit: ObjectId,
    ) -> Result<bool> {
        if let Some(way) = self.ways.get(&(old, new)) {
            return Ok(way.contains(&commit));
        }
        let way = opened.odb.walk(move |odb| way(odb, old, new)).await?;
        let came_by = way.contains(&commit);
        self.ways.insert((old, new), way);
        Ok(came_by)
    }
}

/// Whether a move of the destination from `old` to `new` merged `tip` by fast-forward: it went to the tip and perhaps on
/// from there. A merge commit or a squash that was made elsewhere has the tip at its side or not at all.
pub(super) fn is_merged(odb: &Odb, (old, new): (ObjectId, ObjectId), tip: ObjectId) -> Result<bool, StorageError> {
    if tip == old || !way(odb, old, new)?.contains(&tip) {
        return Ok(false);
    }
    Ok(settle(is_ancestor(odb, &old, &tip, WALK))?.unwrap_or(false))
}

/// The commits from `new` down to `old`, which is not among them, along first parents. What is too far away is left out.
fn way(odb: &Odb, old: ObjectId, new: ObjectId) -> Result<BTreeSet<ObjectId>, StorageError> {
    let (mut way, mut next) = (BTreeSet::new(), Some(new));
    while let Some(id) = next.filter(|id| *id != old && way.len() < COMMITS) {
        way.insert(id);
        next = match Find::commit(odb, &id) {
            Ok(commit) => commit.parents.first().copied(),
            // It was forced away since, and is gone.
            Err(FindError::Missing(_)) => None,
            Err(error) => return Err(error.into()),
        };
    }
    Ok(way)
}
