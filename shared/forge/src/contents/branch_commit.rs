//! A commit on a branch, made from changes at paths. The parent that the caller names is an optimistic lock: it is the tip
//! of the branch, or nothing is done.

use std::sync::Arc;

use packhouse_git::commit::write_commit;
use packhouse_git::hash::{Collision, ObjectId, object_id};
use packhouse_git::object::Kind;
use packhouse_git::ref_name::RefName;
use packhouse_git::tree::{Applied, EditError, Edits, Found, Mode, TreePath, lookup};
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::odb::Odb;
use packhouse_storage::push::Command;

use crate::authorship::Authorship;
use crate::branches;
use crate::change::{ATTEMPTS, Change, Made, busy, make};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::refusal::Refusal;
use crate::repositories::{Opened, opened_to_change};

/// The largest folder that a commit made here may have, in bytes of its listing.
pub(super) const MAX_FOLDER: usize = 6 << 20;

/// A branch that a commit is to be put on.
#[derive(Debug)]
pub(super) struct Branch {
    opened: Opened,
    name: RefName,
    short: String,
}

/// What the caller says of the commit, besides of its changes.
#[derive(Debug)]
pub(super) struct Onto<'a> {
    /// The commit that the branch is expected to point to.
    pub(super) parent: Option<&'a str>,
    pub(super) authorship: &'a Authorship,
    /// In a repository without branches, the branch is made.
    pub(super) makes_branch: bool,
}

/// What changes come to on the tree of the parent.
#[derive(Debug)]
pub(super) struct Drawn<T> {
    pub(super) applied: Applied,
    /// Contents of files that may be new.
    pub(super) blobs: Vec<Vec<u8>>,
    /// What the commit says where the caller said nothing.
    pub(super) message: String,
    /// What is told of it.
    pub(super) told: T,
}

/// A commit that was made.
#[derive(Debug)]
pub(super) struct Commit<T> {
    pub(super) id: ObjectId,
    pub(super) tree: ObjectId,
    pub(super) told: T,
}

impl Branch {
    /// Opens a repository for somebody who may do `action` with one of its branches, which need not be there.
    ///
    /// # Errors
    /// [`Error::InvalidBranchName`], and as [`opened_to_change`].
    pub(super) async fn open(
        forge: &Forge,
        caller: &Caller,
        action: Action,
        (repository, branch): (&RepositoryName, &str),
    ) -> Result<Self> {
        let name = branches::reference(branch)?;
        Ok(Self {
            opened: opened_to_change(forge, caller, action, (repository, &name)).await?,
            name,
            short: branch.to_owned(),
        })
    }

    /// Puts a commit on the branch. `draw` makes the changes in the tree of its parent, or in an empty one. Of two that find
    /// the repository empty, each for a branch of its own, both are made.
    ///
    /// # Errors
    /// Those of [`Authorship::check`], of [`Self::parent`] and of `draw`; [`Refusal::FolderContentSizeLimitExceeded`];
    /// [`Refusal::InvalidPath`] where the rules for objects are against it; the store's.
    pub(super) async fn commit<T: Send + 'static>(
        mut self,
        forge: &Forge,
        caller: &Caller,
        onto: &Onto<'_>,
        draw: impl Fn(&Odb, Option<ObjectId>) -> Result<Drawn<T>> + Send + Sync + 'static,
    ) -> Result<Commit<T>> {
        onto.authorship.check()?;
        let draw = Arc::new(draw);
        for _ in 0..ATTEMPTS {
            let parent = self.parent(onto).await?;
            let draw = Arc::clone(&draw);
            let drawing = self.opened.odb.walk(move |odb| {
                let base = parent.map(|parent| odb.commit(&parent)).transpose()?;
                draw(odb, base.map(|commit| commit.tree))
            });
            let Drawn {
                applied,
                blobs,
                message,
                told,
            } = drawing.await?;
            check_folders(applied.trees.iter().map(|(_, data)| data.as_slice()))?;
            let made = (applied.root, Vec::from_iter(parent));
            let data = write_commit(&onto.authorship.commit(caller, made, &message));
            let id = object_id(self.opened.format(), Kind::Commit, &data).map_err(collision)?;
            let command = Command {
                name: self.name.clone(),
                old: parent,
                new: Some(id),
            };
            let change = Change {
                commands: vec![command],
                objects: objects(&applied, blobs, data),
                ..Change::default()
            };
            match make(forge, caller, &self.opened, change).await.map_err(against_rules)? {
                Made::Done => {
                    let tree = applied.root;
                    return Ok(Commit { id, tree, told });
                }
                Made::Moved => self.opened = self.opened.again(forge).await?,
                Made::Refused(why) => return Err(Error::InvalidBranchName(why)),
            }
        }
        Err(busy())
    }

    /// The parent of the commit; `None` where it is the first of the repository.
    ///
    /// # Errors
    /// [`Refusal::BranchNameIsTagName`], [`Error::BranchDoesNotExist`], [`Refusal::ParentCommitIdRequired`],
    /// [`Refusal::InvalidParentCommitId`], [`Refusal::ParentCommitDoesNotExist`], [`Refusal::ParentCommitIdOutdated`],
    /// and the store's.
    async fn parent(&self, onto: &Onto<'_>) -> Result<Option<ObjectId>> {
        let opened = &self.opened;
        let tip = opened.tip(&self.name);
        if tip.is_none() {
            let tag = RefName::new(format!("refs/tags/{}", self.short).as_bytes());
            if tag.is_ok_and(|tag| opened.tip(&tag).is_some()) {
                return Err(Refusal::BranchNameIsTagName.into());
            }
            if !onto.makes_branch || opened.default_branch().is_some() {
                return Err(Error::BranchDoesNotExist(self.short.clone()));
            }
        }
        let expected = match (onto.parent, tip) {
            (Some(text), _) => opened.id(text).ok_or(Refusal::InvalidParentCommitId)?,
            (None, Some(_)) => return Err(Refusal::ParentCommitIdRequired.into()),
            (None, None) => return Ok(None),
        };
        if Some(expected) == tip {
            return Ok(tip);
        }
        // An annotated tag is no commit.
        Err(if opened.peeled(expected).await? == Some(expected) {
            Refusal::ParentCommitIdOutdated.into()
        } else {
            Refusal::ParentCommitDoesNotExist.into()
        })
    }
}

/// Whether the API may make these folders, as tree objects.
///
/// # Errors
/// [`Refusal::FolderContentSizeLimitExceeded`].
pub(crate) fn check_folders<'a>(mut trees: impl Iterator<Item = &'a [u8]>) -> Result<()> {
    if trees.any(|data| data.len() > MAX_FOLDER) {
        return Err(Refusal::FolderContentSizeLimitExceeded.into());
    }
    Ok(())
}

fn objects(applied: &Applied, blobs: Vec<Vec<u8>>, commit: Vec<u8>) -> Vec<(Kind, Vec<u8>)> {
    let empty = (!applied.keepers.is_empty()).then(Vec::new);
    let blobs = blobs.into_iter().chain(empty).map(|data| (Kind::Blob, data));
    let trees = applied.trees.iter().map(|(_, data)| (Kind::Tree, data.clone()));
    blobs.chain(trees).chain([(Kind::Commit, commit)]).collect()
}

/// What is said where the rules that pushes obey are against an object, such as a `.gitmodules` that none would clone.
fn against_rules(error: Error) -> Error {
    match error {
        Error::Storage(StorageError::Invalid(why)) => Refusal::InvalidPath.saying(why),
        Error::Storage(StorageError::TooLarge(why)) => Refusal::FileContentSizeLimitExceeded.saying(why),
        other => other,
    }
}

/// The id of a file's content.
pub(super) fn blob_id(odb: &Odb, content: &[u8]) -> Result<ObjectId> {
    object_id(odb.format(), Kind::Blob, content).map_err(collision)
}

fn collision(collision: Collision) -> Error {
    against_rules(StorageError::Invalid(collision.to_string()).into())
}

/// What lies at a path of a tree, or of none.
pub(super) fn found(odb: &Odb, base: Option<ObjectId>, path: &TreePath) -> Result<Option<Found>> {
    let Some(base) = base else { return Ok(None) };
    Ok(lookup(odb, &base, path.as_bytes()).map_err(StorageError::from)?)
}

/// The file, or the symbolic link, at a path.
///
/// # Errors
/// [`Refusal::FileDoesNotExist`], and the store's.
pub(super) fn file(odb: &Odb, base: Option<ObjectId>, path: &TreePath) -> Result<Found> {
    let found = found(odb, base, path)?.filter(|found| !matches!(found.mode, Mode::Tree | Mode::Gitlink));
    found.ok_or_else(|| missing(path.as_str()))
}

/// The same; what a submodule has is refused for that reason.
///
/// # Errors
/// As [`file`], and [`Refusal::FilePathConflictsWithSubmodulePath`].
pub(super) fn own_file(odb: &Odb, base: Option<ObjectId>, path: &TreePath) -> Result<Found> {
    let mut above = Some(path.clone());
    while let Some(part) = above {
        if found(odb, base, &part)?.is_some_and(|found| found.mode == Mode::Gitlink) {
            return Err(in_the_way(EditError::Submodule(part.to_string())));
        }
        above = part.parent();
    }
    file(odb, base, path)
}

fn missing(path: &str) -> Error {
    Refusal::FileDoesNotExist.saying(format!("Could not find path {path}"))
}

/// The mode of a file that is put over what was `before`: the one that is asked for, else the one that the file has. What
/// was no file becomes a normal one.
pub(super) fn mode_of(asked: Option<Mode>, before: Option<Found>) -> Mode {
    asked.unwrap_or(match before.map(|found| found.mode) {
        Some(Mode::Executable) => Mode::Executable,
        _ => Mode::Normal,
    })
}

/// Makes changes in a tree, or in an empty one.
///
/// # Errors
/// The refusal for what is in the way, and the store's.
pub(super) fn apply(odb: &Odb, base: Option<ObjectId>, edits: &Edits) -> Result<Applied> {
    edits.apply(odb, base.as_deref()).map_err(in_the_way)
}

/// What is said of changes that cannot be made.
pub(super) fn in_the_way(error: EditError) -> Error {
    let saying = |refusal: Refusal, error: &EditError| refusal.saying(format!("{} {error}.", refusal.message()));
    match error {
        EditError::Twice(_) => saying(Refusal::SamePathRequest, &error),
        EditError::FileAndFolder(_) => saying(Refusal::PutFileEntryConflict, &error),
        EditError::FileInTheWay(_) => saying(Refusal::DirectoryNameConflictsWithFileName, &error),
        EditError::FolderInTheWay(_) => saying(Refusal::FileNameConflictsWithDirectoryName, &error),
        EditError::Submodule(_) => saying(Refusal::FilePathConflictsWithSubmodulePath, &error),
        EditError::Missing(path) => missing(&path),
        EditError::TooDeep(_) => saying(Refusal::InvalidPath, &error),
        EditError::Root => Refusal::PathRequired.into(),
        EditError::Collision(error) => collision(error),
        EditError::Find(error) => StorageError::from(error).into(),
    }
}
