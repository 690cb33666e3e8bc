//! The places at which three versions of a file differ, as `DescribeMergeConflicts` shows them.

use super::Level;
use super::lines::Lines;
use super::text::{Take, TextMerge};
use crate::diff::lines::is_binary;

/// A place at which at least one side differs from the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// Whether the sides conflict.
    pub is_conflict: bool,
    /// What is there in the base.
    pub base: HunkSide,
    /// What is there in the destination.
    pub destination: HunkSide,
    /// What is there in the source.
    pub source: HunkSide,
}

/// A version's part of a hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HunkSide {
    /// The first line, where that of the file is 0.
    pub start: usize,
    /// The line behind the last; `start` when there is no line.
    pub end: usize,
    /// The lines, with their ends.
    pub content: Vec<u8>,
}

/// The places at which three versions differ, in order; none when one of them is binary. A version that does not exist
/// is empty. By [`Level::File`] files that both sides changed are one hunk.
#[must_use]
pub fn hunks(base: &[u8], destination: &[u8], source: &[u8], level: Level) -> Vec<Hunk> {
    if [base, destination, source].into_iter().any(is_binary) {
        return Vec::new();
    }
    let text = TextMerge::new(base, destination, source);
    let is_whole = level == Level::File && base != destination && base != source && destination != source;
    if is_whole {
        let all = |lines: &Lines<'_>| side(lines, 0, lines.text.len());
        return vec![Hunk {
            is_conflict: true,
            base: all(&text.base),
            destination: all(&text.ours),
            source: all(&text.theirs),
        }];
    }
    let hunk = |region: &super::text::Region| Hunk {
        is_conflict: region.take == Take::Neither,
        base: side(&text.base, region.base.start, region.base.end),
        destination: side(&text.ours, region.ours.start, region.ours.end),
        source: side(&text.theirs, region.theirs.start, region.theirs.end),
    };
    text.regions.iter().map(hunk).collect()
}

fn side(lines: &Lines<'_>, start: usize, end: usize) -> HunkSide {
    HunkSide {
        start,
        end,
        content: lines.text.get(start..end).unwrap_or_default().concat(),
    }
}
