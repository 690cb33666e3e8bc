//! Files and folders: as they are in a commit, and the making of commits that change them.

mod blob;
mod blob_differences;
mod branch_commit;
mod create_commit;
mod delete_file;
mod differences;
mod file;
mod file_history;
mod folder;
mod put_file;
#[cfg(test)]
mod tests;

use packhouse_git::find::WalkError;
use packhouse_git::hash::ObjectId;
use packhouse_git::tree::TreePath;
use packhouse_storage::error::Error as StorageError;

pub use self::blob::get_blob;
pub(crate) use self::blob::read_blob;
pub use self::blob_differences::{BlobDifferences, Blobs, Hunk, Line, get_blob_differences};
pub use self::create_commit::{Changes, Committed, Content, FileAt, MAX_ENTRIES, MAX_TOGETHER, Put, create_commit};
pub use self::delete_file::{Delete, Deleted, delete_file};
pub use self::differences::{Changed, Compared, Page, Version, get_differences};
pub use self::file::{File, get_file};
pub use self::file_history::{FileHistory, FileVersion, list_file_commit_history};
pub use self::folder::{Folder, Member, get_folder};
pub use self::put_file::{PutFile, Written, put_file};

use crate::error::{Error, Result};
use crate::refusal::Refusal;
use crate::repositories::Opened;

/// The largest file that the API tells and takes, in bytes.
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
pub(crate) fn too_far(error: WalkError) -> Error {
    match error {
        WalkError::Find(error) => StorageError::from(error).into(),
        WalkError::TooFar(_) => Refusal::TipsDivergenceExceeded.into(),
    }
}

fn missing(specifier: &str) -> Error {
    let shown: String = specifier.chars().take(256).collect();
    Refusal::CommitDoesNotExist.saying(format!("Commit {shown} does not exist"))
}

/// The path of a file that is there.
fn old_path(text: &str) -> Result<TreePath> {
    if text.is_empty() {
        return Err(Refusal::PathRequired.into());
    }
    TreePath::file(text).map_err(|error| Refusal::InvalidPath.saying(format!("{error}.")))
}

/// The path of a file that is to be written.
fn new_path(text: &str) -> Result<TreePath> {
    old_path(text)?;
    TreePath::new_file(text).map_err(|error| Refusal::InvalidPath.saying(format!("{error}.")))
}

/// Refuses a file that is larger than [`MAX_FILE`].
fn check_size(content: &[u8]) -> Result<()> {
    if content.len() as u64 > MAX_FILE {
        return Err(Refusal::FileContentSizeLimitExceeded.into());
    }
    Ok(())
}
