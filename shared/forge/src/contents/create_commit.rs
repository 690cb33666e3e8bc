//! `CreateCommit`.

mod plan;

use packhouse_git::hash::ObjectId;
use packhouse_git::tree::Mode;
use packhouse_storage::odb::Odb;

use self::plan::Plan;
use super::branch_commit::{Branch, Commit, Onto};
use crate::authorship::Authorship;
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
#[cfg(doc)]
use crate::refusal::Refusal;

/// The most files that one commit may put, delete and give modes to.
pub const MAX_ENTRIES: usize = 100;
/// The most bytes that the files which one commit brings may have together.
pub const MAX_TOGETHER: usize = 7 << 20;
/// The file that keeps a folder which would be empty.
pub(super) const KEEPER: &str = ".gitkeep";

/// What a commit is to change, and where.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The branch, by its short name.
    pub branch: String,
    /// The commit that it is expected to point to; none in a repository without branches.
    pub parent: Option<String>,
    /// Files to be written.
    pub puts: Vec<Put>,
    /// Files to be deleted.
    pub deletes: Vec<String>,
    /// Files to be given another mode.
    pub modes: Vec<(String, Mode)>,
    /// Folders that are left empty keep an empty `.gitkeep`.
    pub keep_folders: bool,
    /// What the commit says of itself.
    pub authorship: Authorship,
}

/// A file to be written.
#[derive(Clone, Debug)]
pub struct Put {
    /// Where it is to lie.
    pub path: String,
    /// What kind of file it is to be. Without it, it stays what it is, what is new becomes a normal one, and what comes of
    /// another file becomes what that is.
    pub mode: Option<Mode>,
    /// What is to be in it.
    pub content: Content,
}

/// Where the content of a file comes from.
#[derive(Clone, Debug)]
pub enum Content {
    /// This is it.
    Given(Vec<u8>),
    /// A file of the parent has it.
    Source {
        /// Where that lies.
        path: String,
        /// That file is deleted.
        is_move: bool,
    },
}

/// A commit that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its id.
    pub commit: ObjectId,
    /// Its root.
    pub tree: ObjectId,
    /// The files that its parent does not have, with those that keep folders.
    pub added: Vec<FileAt>,
    /// The files that are others than in its parent.
    pub updated: Vec<FileAt>,
    /// The files that only its parent has, as they were.
    pub deleted: Vec<FileAt>,
}

/// A file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileAt {
    /// Where it lies, from the root.
    pub path: String,
    /// Its content.
    pub blob: ObjectId,
    /// What kind of file it is.
    pub mode: Mode,
}

/// Makes a commit that changes many files at once. In a repository without branches, the branch is made and becomes the
/// default. Each path may occur once, as what is put, moved away, deleted or given a mode.
///
/// # Errors
/// [`Refusal::FileEntryRequired`], [`Refusal::MaximumFileEntriesExceeded`], [`Refusal::FileContentSizeLimitExceeded`],
/// [`Refusal::PathRequired`], [`Refusal::InvalidPath`], [`Refusal::SamePathRequest`], [`Refusal::RestrictedSourceFile`],
/// [`Refusal::FileDoesNotExist`], [`Refusal::PutFileEntryConflict`], [`Refusal::InvalidDeletionParameter`] where what is
/// deleted would be kept, [`Refusal::NoChange`], what is in the way at a path, what is wrong with the branch or the parent,
/// and the store's.
pub async fn create_commit(
    forge: &Forge,
    caller: &Caller,
    name: &RepositoryName,
    changes: Changes,
) -> Result<Committed> {
    let branch = Branch::open(forge, caller, Action::CreateCommit, (name, &changes.branch)).await?;
    let plan = Plan::of(changes.puts, &changes.deletes, &changes.modes, changes.keep_folders)?;
    let onto = Onto {
        parent: changes.parent.as_deref(),
        authorship: &changes.authorship,
        makes_branch: true,
    };
    let draw = move |odb: &Odb, base| plan.draw(odb, base);
    let Commit { id, tree, told } = branch.commit(forge, caller, &onto, draw).await?;
    Ok(Committed {
        commit: id,
        tree,
        added: told.added,
        updated: told.updated,
        deleted: told.deleted,
    })
}
