//! A conflict, as several operations tell it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packhouse_git::merge::{Change, Conflict, Hunk, HunkSide, Version};
use packhouse_git::tree::Mode;
use serde::Serialize;

use super::file_mode;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConflictMetadata {
    file_path: String,
    file_sizes: Sides<u64>,
    file_modes: Sides<&'static str>,
    object_types: Sides<&'static str>,
    number_of_conflicts: usize,
    is_binary_file: Sides<bool>,
    content_conflict: bool,
    file_mode_conflict: bool,
    object_type_conflict: bool,
    merge_operations: MergeOperations,
}

/// Something of each version that there is.
#[derive(Serialize)]
struct Sides<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<T>,
}

#[derive(Serialize)]
struct MergeOperations {
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<&'static str>,
}

impl ConflictMetadata {
    pub(super) fn new(conflict: &Conflict) -> Self {
        Self {
            file_path: String::from_utf8_lossy(&conflict.path).into_owned(),
            file_sizes: sides(conflict, |version| Some(version.size)),
            file_modes: sides(conflict, |version| file_mode::word(version.mode)),
            object_types: sides(conflict, |version| Some(object_type(version.mode))),
            number_of_conflicts: conflict.conflicts,
            is_binary_file: sides(conflict, |version| Some(version.is_binary)),
            content_conflict: conflict.is_content_conflict,
            file_mode_conflict: conflict.is_file_mode_conflict,
            object_type_conflict: conflict.is_object_type_conflict,
            merge_operations: MergeOperations {
                source: conflict.source_change.map(letter),
                destination: conflict.destination_change.map(letter),
            },
        }
    }
}

fn sides<T>(conflict: &Conflict, of: impl Fn(&Version) -> Option<T>) -> Sides<T> {
    Sides {
        source: conflict.source.as_ref().and_then(&of),
        destination: conflict.destination.as_ref().and_then(&of),
        base: conflict.base.as_ref().and_then(&of),
    }
}

const fn object_type(mode: Mode) -> &'static str {
    match mode {
        Mode::Normal | Mode::Executable => "FILE",
        Mode::Symlink => "SYMBOLIC_LINK",
        Mode::Tree => "DIRECTORY",
        Mode::Gitlink => "GIT_LINK",
    }
}

const fn letter(change: Change) -> &'static str {
    match change {
        Change::Added => "A",
        Change::Modified => "M",
        Change::Deleted => "D",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MergeHunk {
    is_conflict: bool,
    source: MergeHunkDetail,
    destination: MergeHunkDetail,
    base: MergeHunkDetail,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MergeHunkDetail {
    start_line: usize,
    end_line: usize,
    hunk_content: String,
}

impl From<Hunk> for MergeHunk {
    fn from(hunk: Hunk) -> Self {
        Self {
            is_conflict: hunk.is_conflict,
            source: hunk.source.into(),
            destination: hunk.destination.into(),
            base: hunk.base.into(),
        }
    }
}

impl From<HunkSide> for MergeHunkDetail {
    fn from(side: HunkSide) -> Self {
        Self {
            start_line: side.start,
            end_line: side.end,
            hunk_content: STANDARD.encode(side.content),
        }
    }
}
