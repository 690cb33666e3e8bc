//! Lines of texts, numbered so that equal ones have equal numbers, and differences between them.

use std::collections::HashMap;
use std::ops::Range;

use gix_imara_diff::Token;

use super::compact::compact;
use super::histogram::{Changed, compare};

/// A text, cut into lines that keep their ends.
pub(super) struct Lines<'a> {
    pub(super) text: Vec<&'a [u8]>,
    pub(super) tokens: Vec<Token>,
}

/// Numbers lines.
#[derive(Default)]
pub(super) struct Numbers<'a>(HashMap<&'a [u8], u32>);

impl<'a> Numbers<'a> {
    pub(super) fn lines(&mut self, data: &'a [u8]) -> Lines<'a> {
        let text: Vec<_> = data.split_inclusive(|&byte| byte == b'\n').collect();
        let mut token = |line: &&'a [u8]| {
            let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
            Token(*self.0.entry(line).or_insert(next))
        };
        let tokens = text.iter().map(&mut token).collect();
        Lines { text, tokens }
    }

    fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// How `after` differs from `before`, as git sees it in merges.
    pub(super) fn diff(&self, before: &[Token], after: &[Token]) -> Vec<Change> {
        let mut changed = compare(before, after, self.count());
        compact(before, &mut changed.before, &changed.after);
        compact(after, &mut changed.after, &changed.before);
        changes(&changed)
    }
}

/// The changes, from lines that are marked; those between them belong together.
fn changes(changed: &Changed) -> Vec<Change> {
    let mut changes = Vec::new();
    let (mut before, mut after) = (0, 0);
    let run = |marks: &[bool], start: usize| {
        let rest = marks.get(start..).unwrap_or_default();
        start + rest.iter().take_while(|&&mark| mark).count()
    };
    while before < changed.before.len() || after < changed.after.len() {
        let change = Change {
            before: before..run(&changed.before, before),
            after: after..run(&changed.after, after),
        };
        (before, after) = (change.before.end + 1, change.after.end + 1);
        if !change.before.is_empty() || !change.after.is_empty() {
            changes.push(change);
        }
    }
    changes
}

/// Lines that were replaced by others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) before: Range<usize>,
    pub(super) after: Range<usize>,
}
