//! `PutFile`.

use packhouse_git::hash::ObjectId;
use packhouse_git::tree::{Edits, Mode, TreePath};
use packhouse_storage::odb::Odb;

use super::branch_commit::{Branch, Commit, Drawn, Onto, apply, blob_id, found, in_the_way, mode_of};
use super::{check_size, new_path};
use crate::authorship::Authorship;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;

/// A file that is to be put on a branch.
#[derive(Clone, Debug)]
pub struct PutFile {
    /// The branch, by its short name.
    pub branch: String,
    /// The commit that it is expected to point to; none in a repository without branches.
    pub parent: Option<String>,
    /// Where the file is to lie.
    pub path: String,
    /// What is to be in it.
    pub content: Vec<u8>,
    /// What kind of file it is to be; without it, it stays what it is, and what is new becomes a normal one.
    pub mode: Option<Mode>,
    /// What the commit says of itself.
    pub authorship: Authorship,
}

/// A file that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The commit that brought it.
    pub commit: ObjectId,
    /// The file's content.
    pub blob: ObjectId,
    /// The root of that commit.
    pub tree: ObjectId,
}

/// Writes a file in a commit of its own. In a repository without branches, the branch is made and becomes the default.
///
/// # Errors
/// [`Refusal::FileContentRequired`], [`Refusal::FileContentSizeLimitExceeded`], [`Refusal::PathRequired`],
/// [`Refusal::InvalidPath`], [`Refusal::SameFileContent`], what is in the way at the path, what is wrong with the branch
/// or the parent, and the store's.
pub async fn put_file(forge: &Forge, caller: &Caller, name: &RepositoryName, put: PutFile) -> Result<Written> {
    let branch = Branch::open(forge, caller, Action::PutFile, (name, &put.branch)).await?;
    let path = new_path(&put.path)?;
    if put.content.is_empty() {
        return Err(Refusal::FileContentRequired.into());
    }
    check_size(&put.content)?;
    let onto = Onto {
        parent: put.parent.as_deref(),
        authorship: &put.authorship,
        makes_branch: true,
    };
    let (content, mode) = (put.content, put.mode);
    let draw = move |odb: &Odb, base| draw(odb, base, (&path, &content, mode));
    let Commit { id, tree, told } = branch.commit(forge, caller, &onto, draw).await?;
    Ok(Written {
        commit: id,
        blob: told,
        tree,
    })
}

fn draw(
    odb: &Odb,
    base: Option<ObjectId>,
    (path, content, mode): (&TreePath, &[u8], Option<Mode>),
) -> Result<Drawn<ObjectId>> {
    let before = found(odb, base, path)?;
    let blob = blob_id(odb, content)?;
    let mut edits = Edits::default();
    edits.put(path, mode_of(mode, before), blob).map_err(in_the_way)?;
    let applied = apply(odb, base, &edits)?;
    if Some(applied.root) == base {
        return Err(Refusal::SameFileContent.into());
    }
    let verb = if before.is_some() { "Edited" } else { "Added" };
    Ok(Drawn {
        applied,
        blobs: vec![content.to_vec()],
        message: format!("{verb} {path}"),
        told: blob,
    })
}
