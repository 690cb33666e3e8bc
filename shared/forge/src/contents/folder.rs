//! `GetFolder`.

use packhouse_git::hash::ObjectId;
use packhouse_git::tree::{Entry, Mode, TreePath, lookup, read_tree};
use packhouse_storage::error::Error as StorageError;

use super::commit_at;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::opened;

/// A folder of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The commit.
    pub commit: ObjectId,
    /// Where it lies, from the root; empty for the root.
    pub path: String,
    /// Its tree.
    pub tree: ObjectId,
    /// What is in it, in git's order.
    pub members: Vec<Member>,
}

/// What a folder has in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// What it is.
    pub mode: Mode,
    /// The id of its content: a blob, a tree, or the commit of a submodule.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// Where it lies, from the root.
    pub path: String,
}

/// Lists a folder of the commit that `specifier` names, HEAD where there is none.
///
/// # Errors
/// [`Refusal::InvalidPath`], [`Refusal::CommitDoesNotExist`], [`Refusal::FolderDoesNotExist`], and the store's.
pub async fn get_folder(
    forge: &Forge,
    caller: &Caller,
    name: &RepositoryName,
    (specifier, path): (Option<&str>, &str),
) -> Result<Folder> {
    let opened = opened(forge, caller, Action::GetFolder, name).await?;
    let path = TreePath::folder(path).map_err(|error| Refusal::InvalidPath.saying(format!("{error}.")))?;
    let commit = commit_at(&opened, specifier).await?;
    opened
        .odb
        .walk(move |odb| {
            let root = odb.commit(&commit)?.tree;
            let found = lookup(odb, &root, path.as_str().as_bytes()).map_err(StorageError::from)?;
            let found = found.filter(|found| found.mode == Mode::Tree);
            let missing = || Refusal::FolderDoesNotExist.saying(format!("Could not find path {path}"));
            let tree = found.ok_or_else(missing)?.id;
            let entries = read_tree(odb, &tree).map_err(StorageError::from)?;
            let path = path.to_string();
            Ok(Folder {
                commit,
                tree,
                members: entries.iter().map(|entry| member(&path, entry)).collect(),
                path,
            })
        })
        .await
}

fn member(folder: &str, entry: &Entry) -> Member {
    let name = String::from_utf8_lossy(&entry.name).into_owned();
    let path = if folder.is_empty() {
        name.clone()
    } else {
        format!("{folder}/{name}")
    };
    Member {
        mode: entry.mode,
        id: entry.id,
        name,
        path,
    }
}
