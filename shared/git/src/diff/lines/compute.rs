//! The edits that make one file of another.

use std::hash::Hash;

use gix_imara_diff::{Algorithm, Diff, IndentHeuristic, IndentLevel, InternedInput, Interner, SliderHeuristic, Token};

use super::{Edit, File};

const TAB_WIDTH: u8 = 8;

pub(super) fn edits(before: &File<'_>, after: &File<'_>, ignore_whitespace: bool) -> Vec<Edit> {
    if ignore_whitespace {
        // Git's blanks. The newline is one of them, so that one missing at the end is no difference.
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        compute(before, after, |line| {
            line.iter().copied().filter(|byte| !is_blank(byte)).collect::<Vec<u8>>()
        })
    } else {
        compute(before, after, |line| line)
    }
}

/// Compares lines by their keys.
fn compute<'a, K: Hash + Eq>(before: &File<'a>, after: &File<'a>, key: impl Fn(&'a [u8]) -> K) -> Vec<Edit> {
    let mut input = InternedInput {
        before: Vec::new(),
        after: Vec::new(),
        interner: Interner::new(before.len().saturating_add(after.len())),
    };
    input.update_before(before.lines().map(&key));
    input.update_after(after.lines().map(&key));
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    let places = Places {
        before: (before, &input.before, numbers(before.len())),
        after: (after, numbers(after.len())),
    };
    diff.postprocess_with(&input.before, &input.after, places);
    let range = |range: std::ops::Range<u32>| place(range.start)..place(range.end);
    diff.hunks()
        .map(|hunk| Edit {
            before: range(hunk.before),
            after: range(hunk.after),
        })
        .collect()
}

fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn numbers(length: usize) -> Vec<Token> {
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    (0..length).map(Token).collect()
}

/// Git's heuristic of where an edit goes that can slide. It goes by how lines are indented, and lines that count as
/// the same may be indented differently, so it is told of places rather than of tokens.
struct Places<'s, 'a> {
    before: (&'s File<'a>, &'s [Token], Vec<Token>),
    after: (&'s File<'a>, Vec<Token>),
}

impl SliderHeuristic for Places<'_, '_> {
    fn best_slider_end(&mut self, tokens: &[Token], hunk: std::ops::Range<u32>, earliest_end: u32) -> u32 {
        let (file, places) = if std::ptr::eq(tokens, self.before.1) {
            (self.before.0, &self.before.2)
        } else {
            (self.after.0, &self.after.1)
        };
        let indent = |token: Token| {
            // A form feed is no blank to git.
            let bytes = file.line(place(token.0)).iter();
            let bytes = bytes.map(|&byte| if byte == b'\x0c' { b'x' } else { byte });
            IndentLevel::for_ascii_line(bytes, TAB_WIDTH)
        };
        IndentHeuristic::new(indent).best_slider_end(places, hunk, earliest_end)
    }
}
