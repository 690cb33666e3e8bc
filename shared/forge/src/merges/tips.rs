//! The two commits of a merge, and where their histories parted.

use packhouse_git::hash::ObjectId;
use packhouse_git::merge_base::{is_ancestor, merge_bases};

use super::Specifiers;
use crate::contents::{commit_at, too_far};
use crate::error::Result;
use crate::refusal::Refusal;
use crate::repositories::Opened;

/// How many commits are visited to find merge bases.
const WALK: usize = 1_000_000;

/// The commits of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tips {
    /// What is merged.
    pub source: ObjectId,
    /// What it is merged into.
    pub destination: ObjectId,
    /// Their best common ancestors; at least one.
    pub bases: Vec<ObjectId>,
}

impl Tips {
    /// Finds what the specifiers name.
    ///
    /// # Errors
    /// [`Refusal::InvalidCommit`], [`Refusal::CommitDoesNotExist`], and as [`Self::of`].
    pub(super) async fn find(opened: &Opened, named: &Specifiers) -> Result<Self> {
        let source = commit_at(opened, Some(&named.source)).await?;
        let destination = commit_at(opened, Some(&named.destination)).await?;
        Self::of(opened, source, destination).await
    }

    /// Finds the common ancestors of two commits.
    ///
    /// # Errors
    /// [`Refusal::TipsDivergenceExceeded`] where there are none, or too far away to be found; the store's.
    pub(crate) async fn of(opened: &Opened, source: ObjectId, destination: ObjectId) -> Result<Self> {
        let bases = opened
            .odb
            .walk(move |odb| merge_bases(odb, &source, &destination, WALK).map_err(too_far))
            .await?;
        if bases.is_empty() {
            return Err(Refusal::TipsDivergenceExceeded.saying("The commits have no common ancestor."));
        }
        Ok(Self {
            source,
            destination,
            bases,
        })
    }

    /// The first of the common ancestors.
    #[must_use]
    pub fn base(&self) -> ObjectId {
        self.bases.first().copied().unwrap_or(self.destination)
    }

    /// Whether the source has all that the destination has.
    pub(crate) async fn is_fast_forward(&self, opened: &Opened) -> Result<bool> {
        let (source, destination) = (self.source, self.destination);
        let walk = opened
            .odb
            .walk(move |odb| is_ancestor(odb, &destination, &source, WALK).map_err(too_far));
        walk.await
    }
}
