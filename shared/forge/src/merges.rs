//! Merges of two commits: what conflicts, how it is resolved, and the commits that come of it.
//!
//! The *destination* is what is merged into, the *source* what is merged. [`carry_out`] makes a commit; `branches`,
//! `unreferenced` and pull requests put it somewhere.

mod branches;
mod commit;
mod conflicts;
mod keep_folders;
mod known;
mod option;
mod options;
mod tips;
mod unreferenced;

pub(crate) use self::branches::about;
pub use self::branches::merge_branches;
pub(crate) use self::commit::{Made, carry_out};
pub use self::conflicts::{Conflicts, Described, Page, describe_conflicts, describe_one, get_conflicts};
pub(crate) use self::known::remember;
pub use self::known::{Known, get_merge_commit};
pub use self::option::MergeOption;
pub use self::options::{Options, get_options};
pub use self::tips::Tips;
pub use self::unreferenced::create_unreferenced;

use packhouse_git::merge::{Level, MergeError, Strategy};
use packhouse_storage::error::Error as StorageError;

use crate::authorship::Authorship;
use crate::error::Error;
use crate::refusal::Refusal;

/// What is merged, as callers name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Specifiers {
    /// The commit that is merged.
    pub source: String,
    /// The commit that it is merged into.
    pub destination: String,
}

/// How conflicts are seen and resolved.
#[derive(Clone, Debug, Default)]
pub struct Handling {
    /// What is a conflict.
    pub level: Level,
    /// What becomes of conflicts.
    pub strategy: Strategy,
}

/// How a commit is made of a merge.
#[derive(Clone, Debug, Default)]
pub struct Commitment {
    /// How conflicts are seen and resolved.
    pub handling: Handling,
    /// Who makes it, and what it says.
    pub authorship: Authorship,
    /// A folder that loses its last file keeps a `.gitkeep`.
    pub keep_empty_folders: bool,
}

impl Handling {
    /// The names that the API has for level and strategy.
    pub(crate) const fn names(&self) -> (&'static str, &'static str) {
        let level = match self.level {
            Level::File => "FILE_LEVEL",
            Level::Line => "LINE_LEVEL",
        };
        let strategy = match self.strategy {
            Strategy::Nothing => "NONE",
            Strategy::AcceptSource => "ACCEPT_SOURCE",
            Strategy::AcceptDestination => "ACCEPT_DESTINATION",
            Strategy::Resolve(_) => "AUTOMERGE",
        };
        (level, strategy)
    }
}

/// What a merge that cannot be made comes to.
fn refused(error: MergeError) -> Error {
    match error {
        MergeError::TooManyItems => Refusal::MaximumItemsToCompareExceeded.into(),
        MergeError::TooMuchContent => Refusal::MaximumFileContentToLoadExceeded.into(),
        MergeError::TooManyBases => Refusal::TipsDivergenceExceeded.into(),
        MergeError::NoConflict(_) | MergeError::Unfit(_) => {
            Refusal::InvalidConflictResolution.saying(format!("{error}."))
        }
        MergeError::Collision(collision) => StorageError::Invalid(collision.to_string()).into(),
        MergeError::Find(error) => StorageError::from(error).into(),
        MergeError::Walk(error) => crate::contents::too_far(error),
    }
}
