//! Moving changes that could stand in several places: down as far as possible, or to where the other text changed too,
//! as git does without its heuristic for indentation, which merges do not use.

use gix_imara_diff::Token;

/// Changed lines that follow each other, maybe none, between two that are unchanged.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Group {
    start: usize,
    end: usize,
}

/// A text, and which of its lines are changed.
struct Side<'a> {
    tokens: &'a [Token],
    changed: &'a mut [bool],
}

/// Moves the changes of a text, of which `others` are those of the other one.
pub(super) fn compact(tokens: &[Token], changed: &mut [bool], others: &[bool]) {
    let mut side = Side { tokens, changed };
    let mut group = first(side.changed);
    let mut other = first(others);
    loop {
        if group.start != group.end {
            (group, other) = side.place(group, other, others);
        }
        match (next(side.changed, group), next(others, other)) {
            (Some(following), Some(opposite)) => (group, other) = (following, opposite),
            _ => return,
        }
    }
}

impl Side<'_> {
    fn place(&mut self, mut group: Group, mut other: Group, others: &[bool]) -> (Group, Group) {
        let mut earliest;
        let mut meets_other;
        loop {
            let size = group.end - group.start;
            while let (Some(up), Some(opposite)) = (self.up(group), previous(others, other)) {
                (group, other) = (up, opposite);
            }
            earliest = group.end;
            meets_other = other.start != other.end;
            while let Some(opposite) = next(others, other)
                && let Some(down) = self.down(group)
            {
                (group, other) = (down, opposite);
                meets_other |= other.start != other.end;
            }
            if size == group.end - group.start {
                break;
            }
        }
        if group.end != earliest && meets_other {
            while other.start == other.end {
                let (Some(up), Some(opposite)) = (self.up(group), previous(others, other)) else {
                    break;
                };
                (group, other) = (up, opposite);
            }
        }
        (group, other)
    }

    /// Moves a group up by a line, if that makes no difference, and joins it with one that it meets.
    fn up(&mut self, group: Group) -> Option<Group> {
        let Group { start, end } = group;
        if start == 0 || self.tokens[start - 1] != self.tokens[end - 1] {
            return None;
        }
        self.changed[start - 1] = true;
        self.changed[end - 1] = false;
        Some(Group {
            start: start_of(self.changed, start - 1),
            end: end - 1,
        })
    }

    /// Moves a group down by a line, likewise.
    fn down(&mut self, group: Group) -> Option<Group> {
        let Group { start, end } = group;
        if end == self.tokens.len() || self.tokens[start] != self.tokens[end] {
            return None;
        }
        self.changed[start] = false;
        self.changed[end] = true;
        Some(Group {
            start: start + 1,
            end: end_of(self.changed, end + 1),
        })
    }
}

fn first(changed: &[bool]) -> Group {
    Group {
        start: 0,
        end: end_of(changed, 0),
    }
}

fn next(changed: &[bool], group: Group) -> Option<Group> {
    let start = group.end + 1;
    (group.end < changed.len()).then(|| Group {
        start,
        end: end_of(changed, start),
    })
}

fn previous(changed: &[bool], group: Group) -> Option<Group> {
    let end = group.start.checked_sub(1)?;
    let start = start_of(changed, end);
    Some(Group { start, end })
}

/// The end of the changed lines that start here.
fn end_of(changed: &[bool], start: usize) -> usize {
    let rest = changed.get(start..).unwrap_or_default();
    start + rest.iter().take_while(|&&is_changed| is_changed).count()
}

/// The start of the changed lines that end here.
fn start_of(changed: &[bool], end: usize) -> usize {
    let rest = changed.get(..end).unwrap_or_default();
    end - rest.iter().rev().take_while(|&&is_changed| is_changed).count()
}
