//! What CodeCommit's `ConflictMetadata` says of a path.

use super::MergeError;
use super::decide::ClashKind;
use super::overlay::Overlay;
use super::paths::{BASE, OURS, THEIRS};
use super::resolve::Settled;
use crate::diff::lines::is_binary;
use crate::find::Find;
use crate::hash::ObjectId;
use crate::tree::{Found, Mode};

/// A path whose versions do not go together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The path; where a side renamed the file, the new one.
    pub path: Vec<u8>,
    /// The version of the merge base.
    pub base: Option<Version>,
    /// The version of the destination ("ours").
    pub destination: Option<Version>,
    /// The version of the source ("theirs").
    pub source: Option<Version>,
    /// What the destination did to the base's version; `None` when nothing.
    pub destination_change: Option<Change>,
    /// What the source did to it.
    pub source_change: Option<Change>,
    /// Contents conflict, or one side removed what the other changed, or renames lead to different places.
    pub is_content_conflict: bool,
    /// Both sides set another file mode.
    pub is_file_mode_conflict: bool,
    /// There is a folder, a link or a submodule on one side, and something else on the other.
    pub is_object_type_conflict: bool,
    /// In how many places contents conflict, and one more for each of the other kinds.
    pub conflicts: usize,
    /// The strategy or a resolution says what becomes of it.
    pub is_resolved: bool,
}

/// One version of a path in conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// What it is.
    pub mode: Mode,
    /// Its blob, tree or commit.
    pub id: ObjectId,
    /// The size of the file or link; 0 for folders and submodules.
    pub size: u64,
    /// Whether it is a file that git takes for no text.
    pub is_binary: bool,
}

/// What a side did to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// The base has no such path.
    Added,
    /// It differs from the base.
    Modified,
    /// Only the base has it.
    Deleted,
}

pub(super) fn describe<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    settled: &[Settled],
) -> Result<Vec<Conflict>, MergeError> {
    settled.iter().map(|settled| conflict(objects, settled)).collect()
}

fn conflict<F: Find + ?Sized>(objects: &Overlay<'_, F>, settled: &Settled) -> Result<Conflict, MergeError> {
    let clash = &settled.clash;
    let version = |found: Option<Found>| found.map(|found| version(objects, found)).transpose();
    let [base, ours, theirs] = clash.versions;
    let is_object_type_conflict = clash.kind == ClashKind::Type;
    Ok(Conflict {
        path: clash.path.clone(),
        base: version(clash.versions[BASE])?,
        destination: version(clash.versions[OURS])?,
        source: version(clash.versions[THEIRS])?,
        destination_change: change(base, ours),
        source_change: change(base, theirs),
        is_content_conflict: clash.contents > 0,
        is_file_mode_conflict: clash.has_mode_conflict,
        is_object_type_conflict,
        conflicts: clash.contents + usize::from(clash.has_mode_conflict) + usize::from(is_object_type_conflict),
        is_resolved: settled.is_resolved,
    })
}

fn change(base: Option<Found>, side: Option<Found>) -> Option<Change> {
    match (base, side) {
        (None, Some(_)) => Some(Change::Added),
        (Some(_), None) => Some(Change::Deleted),
        (base, side) if base != side => Some(Change::Modified),
        _ => None,
    }
}

fn version<F: Find + ?Sized>(objects: &Overlay<'_, F>, found: Found) -> Result<Version, MergeError> {
    let Found { mode, id } = found;
    let (size, is_binary) = match mode {
        Mode::Normal | Mode::Executable => {
            let data = objects.blob(&id)?;
            (data.len() as u64, is_binary(&data))
        }
        Mode::Symlink => (objects.size(&id)?, false),
        Mode::Tree | Mode::Gitlink => (0, false),
    };
    Ok(Version {
        mode,
        id,
        size,
        is_binary,
    })
}
