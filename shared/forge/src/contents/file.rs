//! `GetFile`.

use bytes::Bytes;
use packhouse_git::hash::ObjectId;
use packhouse_git::tree::{Mode, TreePath, lookup};
use packhouse_storage::error::Error as StorageError;

use super::blob::read_blob;
use super::commit_at;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::opened;

/// A file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The commit.
    pub commit: ObjectId,
    /// Its content's id.
    pub blob: ObjectId,
    /// Where it lies, from the root.
    pub path: String,
    /// What kind of file it is: no folder and no submodule.
    pub mode: Mode,
    /// Its content; that of a symbolic link is where it leads.
    pub content: Bytes,
}

/// Reads a file of the commit that `specifier` names, HEAD where there is none.
///
/// # Errors
/// [`Refusal::InvalidPath`], [`Refusal::CommitDoesNotExist`], [`Refusal::FileDoesNotExist`], [`Refusal::FileTooLarge`],
/// and the store's.
pub async fn get_file(
    forge: &Forge,
    caller: &Caller,
    name: &RepositoryName,
    (specifier, path): (Option<&str>, &str),
) -> Result<File> {
    let opened = opened(forge, caller, Action::GetFile, name).await?;
    let path = TreePath::file(path).map_err(|error| Refusal::InvalidPath.saying(format!("{error}.")))?;
    let commit = commit_at(&opened, specifier).await?;
    opened
        .odb
        .walk(move |odb| {
            let tree = odb.commit(&commit)?.tree;
            let found = lookup(odb, &tree, path.as_str().as_bytes()).map_err(StorageError::from)?;
            let found = found.filter(|found| !matches!(found.mode, Mode::Tree | Mode::Gitlink));
            let missing = || Refusal::FileDoesNotExist.saying(format!("Could not find path {path}"));
            let found = found.ok_or_else(missing)?;
            Ok(File {
                commit,
                blob: found.id,
                path: path.to_string(),
                mode: found.mode,
                content: read_blob(odb, found.id)?,
            })
        })
        .await
}
