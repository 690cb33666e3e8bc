//! The histogram diff: lines that both texts have, the rarer the better, divide the texts, and so on in the parts.
//!
//! Comes out as git's, which merges by it. Differs from it in what it costs at worst: parts wait in a list instead of on
//! the stack, and when too much has been compared, the parts that are left count as changed altogether.

use std::ops::Range;

use gix_imara_diff::{Algorithm, Diff, Token};

/// Lines that occur more often than this do not divide texts.
const MAX_OCCURRENCES: u32 = 64;

/// How many lines two parts may have that another algorithm divides, which recurses.
const MAX_FOR_MYERS: usize = 20_000;

/// How many lines may be compared, for each line of both texts.
const WORK_PER_LINE: usize = 2000;

/// No position.
const NONE: u32 = u32::MAX;

/// Which lines of two texts differ.
pub(super) struct Changed {
    pub(super) before: Vec<bool>,
    pub(super) after: Vec<bool>,
}

/// Parts of both texts that are to be compared.
#[derive(Clone)]
struct Part {
    before: Range<usize>,
    after: Range<usize>,
}

/// Where the lines of the first text's part are.
struct Index {
    /// By line, the first position.
    first: Vec<u32>,
    /// By line, how often it occurs.
    occurrences: Vec<u32>,
    /// By position, the next one of the same line.
    next: Vec<u32>,
}

struct Run<'a> {
    before: &'a [Token],
    after: &'a [Token],
    index: Index,
    changed: Changed,
    work: usize,
}

/// Finds the lines that differ. `lines` is how many different ones there are.
pub(super) fn compare(before: &[Token], after: &[Token], lines: u32) -> Changed {
    let all = before.len() + after.len();
    let mut run = Run {
        before,
        after,
        index: Index {
            first: vec![NONE; lines as usize],
            occurrences: vec![0; lines as usize],
            next: vec![NONE; before.len()],
        },
        changed: Changed {
            before: vec![false; before.len()],
            after: vec![false; after.len()],
        },
        work: all.saturating_mul(WORK_PER_LINE),
    };
    let mut parts = vec![Part {
        before: 0..before.len(),
        after: 0..after.len(),
    }];
    while let Some(part) = parts.pop() {
        run.part(&part, &mut parts);
    }
    run.changed
}

/// What divides a part.
enum Divide {
    At(Part),
    /// The texts have nothing in common.
    Nowhere,
    /// What they have in common occurs too often.
    TooOften,
}

impl Run<'_> {
    fn part(&mut self, part: &Part, parts: &mut Vec<Part>) {
        if part.before.is_empty() || part.after.is_empty() || self.work == 0 {
            self.mark(part);
            return;
        }
        self.fill(&part.before);
        let divide = self.divide(part);
        self.clear(&part.before);
        match divide {
            Divide::Nowhere => self.mark(part),
            Divide::TooOften => self.fall_back(part),
            Divide::At(common) => {
                parts.push(Part {
                    before: common.before.end..part.before.end,
                    after: common.after.end..part.after.end,
                });
                parts.push(Part {
                    before: part.before.start..common.before.start,
                    after: part.after.start..common.after.start,
                });
            }
        }
    }

    fn mark(&mut self, part: &Part) {
        self.changed.before[part.before.clone()].fill(true);
        self.changed.after[part.after.clone()].fill(true);
    }

    fn fill(&mut self, range: &Range<usize>) {
        self.spend(range.len());
        for at in range.clone().rev() {
            let line = self.before[at].0 as usize;
            self.index.next[at] = self.index.first[line];
            self.index.first[line] = u32::try_from(at).unwrap_or(NONE);
            self.index.occurrences[line] += 1;
        }
    }

    fn clear(&mut self, range: &Range<usize>) {
        for at in range.clone() {
            let line = self.before[at].0 as usize;
            self.index.first[line] = NONE;
            self.index.occurrences[line] = 0;
        }
    }

    const fn spend(&mut self, work: usize) {
        self.work = self.work.saturating_sub(work);
    }

    /// Finds the best lines that both texts have: the longest among those with the rarest line.
    fn divide(&mut self, part: &Part) -> Divide {
        let mut best: Option<Part> = None;
        let mut rarest = MAX_OCCURRENCES + 1;
        let mut is_any_common = false;
        let mut at = part.after.start;
        while at < part.after.end {
            let line = self.after[at].0 as usize;
            let occurrences = self.index.occurrences[line];
            let mut next = at + 1;
            is_any_common |= occurrences > 0;
            if occurrences > 0 && occurrences <= rarest {
                let mut position = self.index.first[line];
                while position != NONE {
                    let (common, rareness) = self.extend(part, position as usize, at, occurrences);
                    next = next.max(common.after.end);
                    let longest = best.as_ref().map_or(0, |best| best.before.len());
                    if longest < common.before.len() || rareness < rarest {
                        rarest = rareness;
                        best = Some(common.clone());
                    }
                    // Those within the lines found are not looked at again.
                    while position != NONE && (position as usize) < common.before.end {
                        position = self.index.next[position as usize];
                    }
                }
            }
            at = next;
            self.spend(1);
        }
        match best {
            Some(common) if rarest <= MAX_OCCURRENCES => Divide::At(common),
            _ if is_any_common => Divide::TooOften,
            _ => Divide::Nowhere,
        }
    }

    /// Extends a line that both texts have, to all around it that are equal. Returns how often the rarest of them occurs,
    /// too.
    fn extend(&mut self, part: &Part, before: usize, after: usize, occurrences: u32) -> (Part, u32) {
        let mut rareness = occurrences;
        let (mut start, mut after_start) = (before, after);
        while start > part.before.start
            && after_start > part.after.start
            && self.before[start - 1] == self.after[after_start - 1]
        {
            (start, after_start) = (start - 1, after_start - 1);
            rareness = rareness.min(self.index.occurrences[self.before[start].0 as usize]);
        }
        let (mut end, mut after_end) = (before + 1, after + 1);
        while end < part.before.end && after_end < part.after.end && self.before[end] == self.after[after_end] {
            rareness = rareness.min(self.index.occurrences[self.before[end].0 as usize]);
            (end, after_end) = (end + 1, after_end + 1);
        }
        self.spend(end - start);
        let common = Part {
            before: start..end,
            after: after_start..after_end,
        };
        (common, rareness)
    }

    /// Compares parts by Myers' algorithm.
    fn fall_back(&mut self, part: &Part) {
        if part.before.len() + part.after.len() > MAX_FOR_MYERS {
            self.mark(part);
            return;
        }
        let (before, after) = (&self.before[part.before.clone()], &self.after[part.after.clone()]);
        let lines = u32::try_from(self.index.first.len()).unwrap_or(u32::MAX);
        let mut diff = Diff::default();
        diff.compute_with(Algorithm::Myers, before, after, lines);
        for hunk in diff.hunks() {
            let shift = |range: Range<u32>, by: usize| range.start as usize + by..range.end as usize + by;
            self.mark(&Part {
                before: shift(hunk.before, part.before.start),
                after: shift(hunk.after, part.after.start),
            });
        }
    }
}
