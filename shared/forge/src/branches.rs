//! Branches.

mod create;
mod delete;
mod get;
mod list;

use packhouse_git::ref_name::RefName;

pub use self::create::create;
pub use self::delete::delete;
pub use self::get::{Branch, get};
pub use self::list::{Page, list};

use crate::error::{Error, Result};

/// The ref of a branch, by its short name.
///
/// # Errors
/// [`Error::InvalidBranchName`].
pub(crate) fn reference(branch: &str) -> Result<RefName> {
    if branch == "@" {
        // Clients read it as `HEAD`.
        return Err(Error::InvalidBranchName("a branch cannot be named '@'".into()));
    }
    RefName::branch(branch).map_err(|error| Error::InvalidBranchName(error.to_string()))
}
