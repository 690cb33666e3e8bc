//! Where in a comparison a comment stands.

use packhouse_git::hash::ObjectId;
use packhouse_git::tree::{Mode, TreePath, lookup};
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::odb::Odb;

use crate::contents::read_blob;
use crate::error::Result;
use crate::refusal::Refusal;

/// Which of the two files a comment stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileVersion {
    /// That of the commit before.
    Before,
    /// That of the commit after.
    After,
}

/// A file of a comparison, or a line of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Where the file lies, from the root.
    pub path: String,
    /// The line, from 1; absent for the whole file.
    pub position: Option<u64>,
    /// Which of the two files.
    pub version: FileVersion,
}

/// A location with the contents of the file before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where.
    pub location: Location,
    /// The content before; absent where there was no such file.
    pub before_blob: Option<ObjectId>,
    /// The content after.
    pub after_blob: Option<ObjectId>,
}

/// Finds a location in a comparison of two commits.
///
/// # Errors
/// [`Refusal::InvalidPath`], [`Refusal::PathDoesNotExist`], [`Refusal::InvalidFilePosition`], and the store's.
pub(super) fn find(odb: &Odb, before: Option<&ObjectId>, after: &ObjectId, location: &Location) -> Result<Place> {
    let path = TreePath::file(&location.path).map_err(|error| Refusal::InvalidPath.saying(format!("{error}.")))?;
    let file = |commit: &ObjectId| -> Result<Option<ObjectId>> {
        let tree = odb.commit(commit)?.tree;
        let found = lookup(odb, &tree, path.as_str().as_bytes()).map_err(StorageError::from)?;
        let found = found.filter(|found| !matches!(found.mode, Mode::Tree | Mode::Gitlink));
        Ok(found.map(|found| found.id))
    };
    let before_blob = before.map(file).transpose()?.flatten();
    let after_blob = file(after)?;
    let commented = match location.version {
        FileVersion::Before => before_blob,
        FileVersion::After => after_blob,
    };
    let commented = commented.ok_or(Refusal::PathDoesNotExist)?;
    if let Some(position) = location.position {
        let lines = lines(&read_blob(odb, commented)?);
        if position == 0 || position > lines {
            return Err(Refusal::InvalidFilePosition.saying(format!("The file has {lines} lines.")));
        }
    }
    Ok(Place {
        location: Location {
            path: path.to_string(),
            ..location.clone()
        },
        before_blob,
        after_blob,
    })
}

/// How many lines a file has; the last one may lack its end.
fn lines(content: &[u8]) -> u64 {
    let ends = content.iter().filter(|byte| **byte == b'\n').count() as u64;
    ends + u64::from(content.last().is_some_and(|last| *last != b'\n'))
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn a_last_line_counts_with_and_without_its_end() {
        for (content, count) in [("", 0), ("a", 1), ("a\n", 1), ("a\nb", 2), ("\n\n", 2)] {
            assert_eq!(lines(content.as_bytes()), count, "{content:?}");
        }
    }
}
