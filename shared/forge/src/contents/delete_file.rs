//! `DeleteFile`.

use packhouse_git::hash::ObjectId;
use packhouse_git::tree::{Edits, TreePath};
use packhouse_storage::odb::Odb;

use super::branch_commit::{Branch, Commit, Drawn, Onto, apply, blob_id, file, in_the_way};
use super::create_commit::KEEPER;
use super::old_path;
use crate::authorship::Authorship;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
#[cfg(doc)]
use crate::refusal::Refusal;

/// A file that is to be taken off a branch.
#[derive(Clone, Debug)]
pub struct Delete {
    /// The branch, by its short name.
    pub branch: String,
    /// The commit that it is expected to point to.
    pub parent: Option<String>,
    /// Where the file lies.
    pub path: String,
    /// A folder that has nothing else in it keeps an empty `.gitkeep`. It goes with its `.gitkeep` all the same.
    pub keep_folders: bool,
    /// What the commit says of itself.
    pub authorship: Authorship,
}

/// A file that was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// The commit that took it away.
    pub commit: ObjectId,
    /// What was in it.
    pub blob: ObjectId,
    /// The root of that commit.
    pub tree: ObjectId,
    /// Where it lay, from the root.
    pub path: String,
}

/// Deletes a file, or a symbolic link, in a commit of its own.
///
/// # Errors
/// [`Refusal::PathRequired`], [`Refusal::InvalidPath`], [`Refusal::FileDoesNotExist`], what is wrong with the branch or the
/// parent, and the store's.
pub async fn delete_file(forge: &Forge, caller: &Caller, name: &RepositoryName, delete: Delete) -> Result<Deleted> {
    let branch = Branch::open(forge, caller, Action::DeleteFile, (name, &delete.branch)).await?;
    let path = old_path(&delete.path)?;
    let onto = Onto {
        parent: delete.parent.as_deref(),
        authorship: &delete.authorship,
        makes_branch: false,
    };
    let told = path.to_string();
    // A folder that was kept by this very file is given up.
    let keep = delete.keep_folders && path.name() != KEEPER;
    let draw = move |odb: &Odb, base| draw(odb, base, &path, keep);
    let Commit { id, tree, told: blob } = branch.commit(forge, caller, &onto, draw).await?;
    Ok(Deleted {
        commit: id,
        blob,
        tree,
        path: told,
    })
}

fn draw(odb: &Odb, base: Option<ObjectId>, path: &TreePath, keep: bool) -> Result<Drawn<ObjectId>> {
    let blob = file(odb, base, path)?.id;
    let mut edits = Edits::default();
    if keep {
        edits = edits.keep_folders(blob_id(odb, b"")?);
    }
    edits.remove(path).map_err(in_the_way)?;
    Ok(Drawn {
        applied: apply(odb, base, &edits)?,
        blobs: Vec::new(),
        message: format!("Deleted {path}"),
        told: blob,
    })
}
