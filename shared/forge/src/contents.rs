//! Files and folders, as they are in a commit.

mod blob;
mod differences;
mod file;
mod folder;

use packhouse_git::find::WalkError;
use packhouse_git::hash::ObjectId;
use packhouse_storage::error::Error as StorageError;

pub use self::blob::get_blob;
pub(crate) use self::blob::read_blob;
pub use self::differences::{Changed, Compared, Page, Version, get_differences};
pub use self::file::{File, get_file};
pub use self::folder::{Folder, Member, get_folder};

use crate::error::{Error, Result};
use crate::refusal::Refusal;
use crate::repositories::Opened;

/// The largest file that the API tells, in bytes.
pub const MAX_FILE: u64 = 6 << 20;

/// The commit that a specifier names, HEAD where there is none.
///
/// # Errors
/// [`Refusal::CommitDoesNotExist`], and the store's.
pub(crate) async fn commit_at(opened: &Opened, specifier: Option<&str>) -> Result<ObjectId> {
    let specifier = specifier.unwrap_or("HEAD");
    let found = opened.commit(specifier).await?;
    found.ok_or_else(|| missing(specifier))
}

/// What a walk that was given up comes to.
fn too_far(error: WalkError) -> Error {
    match error {
        WalkError::Find(error) => StorageError::from(error).into(),
        WalkError::TooFar(_) => Refusal::TipsDivergenceExceeded.into(),
    }
}

fn missing(specifier: &str) -> Error {
    let shown: String = specifier.chars().take(256).collect();
    Refusal::CommitDoesNotExist.saying(format!("Commit {shown} does not exist"))
}
