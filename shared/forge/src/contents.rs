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
use packhouse_git::ref_name::RefName;
use packhouse_git::tree::TreePath;
use packhouse_storage::error::Error as StorageError;

pub use self::blob::get_blob;
pub(crate) use self::blob::read_blob;
pub use self::blob_differences::{BlobDifferences, Blobs, Hunk, Line, get_blob_differences};
pub(crate) use self::branch_commit::check_folders;
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
/// [`Refusal::CommitDoesNotExist`]; [`Refusal::InvalidCommit`] for what can be no name, and for what names something else
/// than a commit; the store's.
pub(crate) async fn commit_at(opened: &Opened, specifier: Option<&str>) -> Result<ObjectId> {
    let specifier = specifier.unwrap_or("HEAD");
    if !is_specifier(specifier) {
        let why = format!("{} is not the name of a commit.", shown(specifier));
        return Err(Refusal::InvalidCommit.saying(why));
    }
    let Some(id) = opened.object(specifier) else {
        return Err(missing(specifier));
    };
    match opened.peeled(id).await? {
        Some(commit) => Ok(commit),
        None if opened.contains(id).await? => {
            Err(Refusal::InvalidCommit.saying(format!("{} is not a commit.", shown(specifier))))
        }
        None => Err(missing(specifier)),
    }
}

/// Whether there could be a commit of that name: an id, or what may be the name of a ref.
pub(crate) fn is_specifier(text: &str) -> bool {
    if text.starts_with("refs/") {
        return RefName::new(text.as_bytes()).is_ok();
    }
    // All names of branches and tags are of that form, and so are `HEAD` and ids.
    RefName::new(format!("refs/tags/{text}").as_bytes()).is_ok()
}

/// What a walk that was given up comes to.
pub(crate) fn too_far(error: WalkError) -> Error {
    match error {
        WalkError::Find(error) => StorageError::from(error).into(),
        WalkError::TooFar(_) => Refusal::TipsDivergenceExceeded.into(),
    }
}

fn missing(specifier: &str) -> Error {
    Refusal::CommitDoesNotExist.saying(format!("Commit {} does not exist", shown(specifier)))
}

/// A text from outside, cut to what a message may carry.
fn shown(text: &str) -> String {
    text.chars().take(256).collect()
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
