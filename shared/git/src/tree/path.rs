//! Paths that a tree may hold.

use std::fmt;

use crate::fsck;

/// The longest path, in bytes.
pub const MAX_BYTES: usize = 4096;

/// How many folders a new file may lie in.
pub const MAX_NEW_FOLDERS: usize = 20;

/// The path of a file or a folder, relative to the root, parts separated by slashes. Empty for the root alone.
///
/// It is at most [`MAX_BYTES`] long and no part is empty, `.`, `..`, or what some file system takes for `.git`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(String);

/// Why a text is no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It is empty, and the root is no file.
    #[error("path is empty")]
    Empty,
    /// It is longer than [`MAX_BYTES`].
    #[error("path is longer than {MAX_BYTES} bytes")]
    TooLong,
    /// It has a NUL.
    #[error("path contains a NUL")]
    Nul,
    /// Two slashes follow each other, or a file's path ends in one.
    #[error("path has an empty part between slashes")]
    EmptyPart,
    /// A file's path ends in a backslash.
    #[error("path ends with a backslash")]
    EndsWithBackslash,
    /// A part is `.`, `..` or `.git`, or some file system takes it for that.
    #[error("path has a part that is '.', '..' or '.git'")]
    BadPart,
    /// It lies in more than [`MAX_NEW_FOLDERS`] folders.
    #[error("path lies in more than {MAX_NEW_FOLDERS} folders")]
    TooDeep,
}

impl TreePath {
    /// The path of a file that may exist. A slash at the start is left out.
    ///
    /// # Errors
    /// When the text is no path, or that of the root.
    pub fn file(text: &str) -> Result<Self, PathError> {
        let text = text.strip_prefix('/').unwrap_or(text);
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        if text.ends_with('\\') {
            return Err(PathError::EndsWithBackslash);
        }
        Self::checked(text)
    }

    /// The path of a file to be made: one in at most [`MAX_NEW_FOLDERS`] folders.
    ///
    /// # Errors
    /// As [`Self::file`], and when it lies deeper.
    pub fn new_file(text: &str) -> Result<Self, PathError> {
        let path = Self::file(text)?;
        if path.parts().count() > MAX_NEW_FOLDERS.saturating_add(1) {
            return Err(PathError::TooDeep);
        }
        Ok(path)
    }

    /// The path of a folder, where nothing and `/` mean the root. Slashes at the start and at the end are left out.
    ///
    /// # Errors
    /// When the text is no path.
    pub fn folder(text: &str) -> Result<Self, PathError> {
        let text = text.strip_prefix('/').unwrap_or(text);
        let text = text.strip_suffix('/').unwrap_or(text);
        if text.is_empty() {
            return Ok(Self::root());
        }
        Self::checked(text)
    }

    /// The path of the root.
    #[must_use]
    pub const fn root() -> Self {
        Self(String::new())
    }

    fn checked(text: &str) -> Result<Self, PathError> {
        if text.len() > MAX_BYTES {
            return Err(PathError::TooLong);
        }
        if text.contains('\0') {
            return Err(PathError::Nul);
        }
        for part in text.split('/') {
            if part.is_empty() {
                return Err(PathError::EmptyPart);
            }
            if fsck::is_forbidden_name(part.as_bytes()) {
                return Err(PathError::BadPart);
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether it is the root's.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Its parts, of which the root has none.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// The last part; empty for the root.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit_once('/').map_or(self.0.as_str(), |(_, name)| name)
    }

    /// The folder that it lies in; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(
            self.0
                .rsplit_once('/')
                .map_or_else(Self::root, |(folder, _)| Self(folder.to_owned())),
        )
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
