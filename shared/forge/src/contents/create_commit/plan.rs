//! What a commit changes, checked as far as that goes without its parent.

use std::collections::BTreeSet;

use packhouse_git::hash::ObjectId;
use packhouse_git::tree::{Applied, Edits, Found, Mode, TreePath};
use packhouse_storage::odb::Odb;

use super::super::branch_commit::{Drawn, apply, blob_id, found, in_the_way, mode_of, own_file};
use super::super::{check_size, new_path, old_path};
use super::{Content, FileAt, KEEPER, MAX_ENTRIES, MAX_TOGETHER, Put};
use crate::error::Result;
use crate::refusal::Refusal;

/// What is to be done, each path once.
#[derive(Debug)]
pub(super) struct Plan {
    puts: Vec<PlannedPut>,
    deletes: Vec<TreePath>,
    modes: Vec<(TreePath, Mode)>,
    keep_folders: bool,
}

#[derive(Debug)]
struct PlannedPut {
    path: TreePath,
    mode: Option<Mode>,
    content: PlannedContent,
}

#[derive(Debug)]
enum PlannedContent {
    Given(Vec<u8>),
    Source { path: TreePath, is_move: bool },
}

/// The files that a commit changes.
#[derive(Debug, Default)]
pub(super) struct Sets {
    pub(super) added: Vec<FileAt>,
    pub(super) updated: Vec<FileAt>,
    pub(super) deleted: Vec<FileAt>,
}

impl Plan {
    pub(super) fn of(puts: Vec<Put>, deletes: &[String], modes: &[(String, Mode)], keep_folders: bool) -> Result<Self> {
        match puts.len() + deletes.len() + modes.len() {
            0 => return Err(Refusal::FileEntryRequired.into()),
            1..=MAX_ENTRIES => {}
            _ => return Err(Refusal::MaximumFileEntriesExceeded.into()),
        }
        let mut together = 0;
        for put in &puts {
            if let Content::Given(content) = &put.content {
                check_size(content)?;
                together += content.len();
            }
        }
        if together > MAX_TOGETHER {
            return Err(Refusal::FileContentSizeLimitExceeded.into());
        }
        let modes = modes.iter().map(|(path, mode)| Ok((old_path(path)?, *mode)));
        let plan = Self {
            puts: puts.into_iter().map(PlannedPut::of).collect::<Result<_>>()?,
            deletes: deletes.iter().map(|path| old_path(path)).collect::<Result<_>>()?,
            modes: modes.collect::<Result<_>>()?,
            keep_folders,
        };
        plan.check_paths()?;
        Ok(plan)
    }

    /// Every path that is changed.
    fn paths(&self) -> impl Iterator<Item = &TreePath> {
        let puts = self
            .puts
            .iter()
            .flat_map(|put| [Some(&put.path), put.moved()].into_iter().flatten());
        puts.chain(&self.deletes).chain(self.modes.iter().map(|(path, _)| path))
    }

    fn check_paths(&self) -> Result<()> {
        let mut seen = BTreeSet::new();
        match self.paths().find(|path| !seen.insert(*path)) {
            Some(path) => Err(Refusal::SamePathRequest.saying(format!("{path} occurs more than once."))),
            None => Ok(()),
        }
    }

    /// Makes the changes in a tree, or in an empty one.
    pub(super) fn draw(&self, odb: &Odb, base: Option<ObjectId>) -> Result<Drawn<Sets>> {
        let (mut edits, mut sets, mut blobs) = (Edits::default(), Sets::default(), Vec::new());
        let empty = blob_id(odb, b"")?;
        if self.keep_folders {
            edits = edits.keep_folders(empty);
        }
        for put in &self.puts {
            let before = found(odb, base, &put.path)?;
            let (blob, mode) = match &put.content {
                PlannedContent::Given(content) => {
                    blobs.push(content.clone());
                    (blob_id(odb, content)?, mode_of(put.mode, before))
                }
                PlannedContent::Source { path, .. } => {
                    let source = own_file(odb, base, path)?;
                    (source.id, put.mode.unwrap_or(source.mode))
                }
            };
            edits.put(&put.path, mode, blob).map_err(in_the_way)?;
            sets.put(&put.path, before, (blob, mode));
        }
        let moved = self.puts.iter().filter_map(PlannedPut::moved);
        for path in moved.chain(&self.deletes) {
            let before = own_file(odb, base, path)?;
            edits.remove(path).map_err(in_the_way)?;
            sets.deleted.push(file_at(path, before.id, before.mode));
        }
        for (path, mode) in &self.modes {
            let before = own_file(odb, base, path)?;
            edits.put(path, *mode, before.id).map_err(in_the_way)?;
            sets.put(path, Some(before), (before.id, *mode));
        }
        let applied = apply(odb, base, &edits)?;
        self.check_keepers(&applied)?;
        if Some(applied.root) == base {
            return Err(Refusal::NoChange.into());
        }
        sets.added.extend(applied.keepers.iter().map(|path| FileAt {
            path: path.clone(),
            blob: empty,
            mode: Mode::Normal,
        }));
        Ok(Drawn {
            applied,
            blobs,
            message: sets.message(),
            told: sets,
        })
    }

    /// Refuses the deletion of a file that keeps a folder, where folders are to be kept: it would be there again.
    fn check_keepers(&self, applied: &Applied) -> Result<()> {
        let is_deleted = |keeper: &&String| self.paths().any(|path| path.as_str() == **keeper);
        match applied.keepers.iter().find(is_deleted) {
            Some(path) => {
                let message = format!("{path} cannot be deleted while keepEmptyFolders asks for it.");
                Err(Refusal::InvalidDeletionParameter.saying(message))
            }
            None => Ok(()),
        }
    }
}

impl PlannedPut {
    fn of(put: Put) -> Result<Self> {
        let path = new_path(&put.path)?;
        let content = match put.content {
            Content::Given(content) => PlannedContent::Given(content),
            Content::Source { path, is_move } => {
                let path = old_path(&path)?;
                if path.name() == KEEPER {
                    return Err(Refusal::RestrictedSourceFile.into());
                }
                PlannedContent::Source { path, is_move }
            }
        };
        Ok(Self {
            path,
            mode: put.mode,
            content,
        })
    }

    /// The file that is moved here.
    fn moved(&self) -> Option<&TreePath> {
        match &self.content {
            PlannedContent::Source { path, is_move: true } => Some(path),
            _ => None,
        }
    }
}

impl Sets {
    fn put(&mut self, path: &TreePath, before: Option<Found>, (blob, mode): (ObjectId, Mode)) {
        match before.filter(|before| !before.mode.is_tree()) {
            None => self.added.push(file_at(path, blob, mode)),
            Some(before) if (before.id, before.mode) == (blob, mode) => {}
            Some(_) => self.updated.push(file_at(path, blob, mode)),
        }
    }

    /// What a commit that changes these says.
    fn message(&self) -> String {
        match (&*self.added, &*self.updated, &*self.deleted) {
            ([file], [], []) => format!("Added {}", file.path),
            ([], [file], []) => format!("Edited {}", file.path),
            ([], [], [file]) => format!("Deleted {}", file.path),
            (added, updated, deleted) => format!("Changed {} files", added.len() + updated.len() + deleted.len()),
        }
    }
}

fn file_at(path: &TreePath, blob: ObjectId, mode: Mode) -> FileAt {
    FileAt {
        path: path.to_string(),
        blob,
        mode,
    }
}
