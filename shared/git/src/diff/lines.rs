//! Which lines two files differ in.
//!
//! The same hunks as `git diff` with its defaults: Myers' algorithm, and changes that can slide placed by indentation.
//! Source: diff-options in git-diff(1).

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod compute;
mod hunk;

#[cfg(test)]
mod tests;

pub use hunk::{Hunk, Line, LineChange};

use std::ops::Range;

use memchr::{memchr, memchr_iter};

/// The largest file that is compared, in bytes.
pub const MAX_BYTES: usize = 8 << 20;

/// The most lines of a file that is compared. Files of very many lines, few of which are distinct, take time that grows with the
/// square of them.
pub const MAX_LINES: usize = 1 << 17;

/// How much of a file git looks at to tell whether it is binary.
const BINARY_PREFIX: usize = 8000;

/// A file has more than [`MAX_BYTES`] or [`MAX_LINES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the file is too large to be compared")]
pub struct TooLarge;

/// Whether git takes a file for binary: it has a NUL near its start.
#[must_use]
pub fn is_binary(data: &[u8]) -> bool {
    memchr(0, data.get(..BINARY_PREFIX).unwrap_or(data)).is_some()
}

/// The lines of a file.
#[derive(Clone, Debug)]
struct File<'a> {
    data: &'a [u8],
    /// Where each line ends, behind its newline.
    ends: Vec<usize>,
}

impl<'a> File<'a> {
    fn new(data: &'a [u8]) -> Result<Self, TooLarge> {
        if data.len() > MAX_BYTES {
            return Err(TooLarge);
        }
        let mut ends: Vec<usize> = memchr_iter(b'\n', data)
            .map(|at| at.saturating_add(1))
            .take(MAX_LINES.saturating_add(1))
            .collect();
        if ends.last().copied().unwrap_or(0) < data.len() {
            ends.push(data.len());
        }
        if ends.len() > MAX_LINES {
            return Err(TooLarge);
        }
        Ok(Self { data, ends })
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    /// A line with its newline; empty where there is none.
    fn line(&self, at: usize) -> &'a [u8] {
        let start = at
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .copied()
            .unwrap_or(0);
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.data.get(start..end).unwrap_or_default()
    }

    fn lines(&self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.len()).map(|at| self.line(at))
    }
}

/// Lines that took the place of others; one of the two may be none. Counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edit {
    before: Range<usize>,
    after: Range<usize>,
}

/// The difference of two files.
#[derive(Clone, Debug)]
pub struct LineDiff<'a> {
    before: File<'a>,
    after: File<'a>,
    edits: Vec<Edit>,
}

impl<'a> LineDiff<'a> {
    /// Compares two files, line by line. With `ignore_whitespace`, lines are the same that differ only in blanks, as by
    /// `git diff -w`.
    ///
    /// The differences of large files that have little in common may be longer than need be.
    ///
    /// # Errors
    /// When a file is too large.
    pub fn new(before: &'a [u8], after: &'a [u8], ignore_whitespace: bool) -> Result<Self, TooLarge> {
        let (before, after) = (File::new(before)?, File::new(after)?);
        let edits = compute::edits(&before, &after, ignore_whitespace);
        Ok(Self { before, after, edits })
    }

    /// Whether no line differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// How many lines were removed, and how many were added.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let removed = self.edits.iter().map(|edit| edit.before.len());
        let added = self.edits.iter().map(|edit| edit.after.len());
        (removed.sum(), added.sum())
    }
}
