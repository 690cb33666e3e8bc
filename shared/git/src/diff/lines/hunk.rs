//! Hunks: edits with the lines around them.

use std::ops::Range;

use super::{Edit, LineDiff};

/// Lines in a row that two files differ in, with the lines around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The number of its first line in the file before, from 1; where it has no line there, that of the line above,
    /// which is 0 at the top, as in git's patches.
    pub before_start: usize,
    /// How many lines of the file before it has.
    pub before_count: usize,
    /// The number of its first line in the file after, likewise.
    pub after_start: usize,
    /// How many lines of the file after it has.
    pub after_count: usize,
    /// Where its first line lies in each file.
    start: (usize, usize),
    /// Which edits touch it.
    edits: Range<usize>,
    /// How many lines it has.
    length: usize,
}

/// What happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineChange {
    /// Nothing.
    Context,
    /// It is new.
    Added,
    /// It is gone.
    Deleted,
}

/// A line of a hunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// What happened to it.
    pub change: LineChange,
    /// Its number in the file before, from 1; `None` for one that is new.
    pub before: Option<usize>,
    /// Its number in the file after, from 1; `None` for one that is gone.
    pub after: Option<usize>,
    /// Its text without the newline. Where blanks are ignored, the text of an unchanged line is that of the file after.
    pub content: &'a [u8],
    /// Whether a newline ends it; only the last line of a file can lack it.
    pub has_newline: bool,
}

/// The lines from a place in both files on.
struct Walk<'d, 'a> {
    diff: &'d LineDiff<'a>,
    edits: &'d [Edit],
    before: usize,
    after: usize,
}

impl<'a> Walk<'_, 'a> {
    /// The next line.
    fn next(&mut self) -> Line<'a> {
        let edit = self
            .edits
            .first()
            .filter(|edit| self.before >= edit.before.start && self.after >= edit.after.start);
        let change = match edit {
            Some(edit) if self.before < edit.before.end => LineChange::Deleted,
            Some(edit) if self.after < edit.after.end => LineChange::Added,
            _ => LineChange::Context,
        };
        let (mut before, mut after) = (None, None);
        let mut line: &[u8] = &[];
        if change != LineChange::Added {
            line = self.diff.before.line(self.before);
            self.before = self.before.saturating_add(1);
            before = Some(self.before);
        }
        if change != LineChange::Deleted {
            line = self.diff.after.line(self.after);
            self.after = self.after.saturating_add(1);
            after = Some(self.after);
        }
        if let Some((edit, rest)) = self.edits.split_first()
            && self.before >= edit.before.end
            && self.after >= edit.after.end
        {
            self.edits = rest;
        }
        let content = line.strip_suffix(b"\n");
        Line {
            change,
            before,
            after,
            content: content.unwrap_or(line),
            has_newline: content.is_some(),
        }
    }
}

impl<'a> LineDiff<'a> {
    /// The hunks, from the top, with `context` unchanged lines around the edits where there are as many. Hunks that
    /// touch are one; but one of more than `longest` lines is cut, so that it follows itself.
    #[must_use]
    pub fn hunks(&self, context: usize, longest: usize) -> Vec<Hunk> {
        let mut hunks = Vec::new();
        let mut first = 0;
        while let Some(edit) = self.edits.get(first) {
            let mut end = first.saturating_add(1);
            let mut last = edit;
            while let Some(next) = self.edits.get(end)
                && next.before.start.saturating_sub(last.before.end) <= context.saturating_mul(2)
            {
                last = next;
                end = end.saturating_add(1);
            }
            let above = context.min(edit.before.start).min(edit.after.start);
            let below = context
                .min(self.before.len().saturating_sub(last.before.end))
                .min(self.after.len().saturating_sub(last.after.end));
            let start = (
                edit.before.start.saturating_sub(above),
                edit.after.start.saturating_sub(above),
            );
            let stop = (
                last.before.end.saturating_add(below),
                last.after.end.saturating_add(below),
            );
            self.cut(first..end, start, stop, longest.max(1), &mut hunks);
            first = end;
        }
        hunks
    }

    /// Makes hunks of at most `longest` lines of what lies between two places.
    fn cut(
        &self,
        edits: Range<usize>,
        start: (usize, usize),
        stop: (usize, usize),
        longest: usize,
        hunks: &mut Vec<Hunk>,
    ) {
        let all = self.edits.get(edits.clone()).unwrap_or_default();
        let mut walk = Walk {
            diff: self,
            edits: all,
            before: start.0,
            after: start.1,
        };
        while (walk.before, walk.after) != stop {
            let start = (walk.before, walk.after);
            let passed = all.len().saturating_sub(walk.edits.len());
            let mut length = 0;
            while length < longest && (walk.before, walk.after) != stop {
                walk.next();
                length = length.saturating_add(1);
            }
            let counts = (walk.before.saturating_sub(start.0), walk.after.saturating_sub(start.1));
            let number = |start: usize, count: usize| if count == 0 { start } else { start.saturating_add(1) };
            hunks.push(Hunk {
                before_start: number(start.0, counts.0),
                before_count: counts.0,
                after_start: number(start.1, counts.1),
                after_count: counts.1,
                start,
                edits: edits.start.saturating_add(passed)..edits.end,
                length,
            });
        }
    }

    /// The lines of a hunk of this difference: of each edit first what is gone, then what is new.
    pub fn lines(&self, hunk: &Hunk) -> impl Iterator<Item = Line<'a>> {
        let mut walk = Walk {
            diff: self,
            edits: self.edits.get(hunk.edits.clone()).unwrap_or_default(),
            before: hunk.start.0,
            after: hunk.start.1,
        };
        (0..hunk.length).map(move |_| walk.next())
    }
}
