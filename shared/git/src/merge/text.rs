//! Merging three versions of a text by lines, as git's `xdl_merge` does at its level "zealous".

use std::ops::Range;

use super::lines::{Change, Lines, Numbers};

/// Which side a region takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Take {
    Ours,
    Theirs,
    /// Both sides changed the same lines in the same way.
    Either,
    Neither,
}

/// Lines that at least one side changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) take: Take,
    pub(super) base: Range<usize>,
    pub(super) ours: Range<usize>,
    pub(super) theirs: Range<usize>,
}

/// Three versions of a text, compared.
pub(super) struct TextMerge<'a> {
    numbers: Numbers<'a>,
    pub(super) base: Lines<'a>,
    pub(super) ours: Lines<'a>,
    pub(super) theirs: Lines<'a>,
    pub(super) regions: Vec<Region>,
}

/// What is written around lines that conflict.
#[derive(Clone, Copy)]
pub(super) struct Markers<'a> {
    pub(super) size: usize,
    pub(super) ours: &'a [u8],
    pub(super) theirs: &'a [u8],
}

impl<'a> TextMerge<'a> {
    pub(super) fn new(base: &'a [u8], ours: &'a [u8], theirs: &'a [u8]) -> Self {
        let mut numbers = Numbers::default();
        let (base, ours, theirs) = (numbers.lines(base), numbers.lines(ours), numbers.lines(theirs));
        let mut merge = Self {
            numbers,
            base,
            ours,
            theirs,
            regions: Vec::new(),
        };
        merge.regions = merge.find_regions();
        for region in &mut merge.regions {
            let is_same = || merge.ours.tokens[region.ours.clone()] == merge.theirs.tokens[region.theirs.clone()];
            if region.take == Take::Neither && !region.ours.is_empty() && is_same() {
                region.take = Take::Either;
            }
        }
        merge
    }

    /// How many regions conflict.
    pub(super) fn conflicts(&self) -> usize {
        self.regions
            .iter()
            .filter(|region| region.take == Take::Neither)
            .count()
    }

    /// The merged text; regions in conflict, cut down to the lines that differ, take `favored`, or both sides between
    /// markers.
    pub(super) fn write(&self, favored: Take, markers: Markers<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        let mut done = 0;
        for region in self.refined() {
            let take = if region.take == Take::Neither {
                favored
            } else {
                region.take
            };
            if take == Take::Either {
                continue;
            }
            copy(&mut out, &self.ours, done..region.ours.start);
            match take {
                Take::Ours | Take::Either => copy(&mut out, &self.ours, region.ours.clone()),
                Take::Theirs => copy(&mut out, &self.theirs, region.theirs.clone()),
                Take::Neither => self.write_conflict(&mut out, &region, markers),
            }
            done = region.ours.end;
        }
        copy(&mut out, &self.ours, done..self.ours.text.len());
        out
    }

    fn find_regions(&self) -> Vec<Region> {
        let ours = self.numbers.diff(&self.base.tokens, &self.ours.tokens);
        let theirs = self.numbers.diff(&self.base.tokens, &self.theirs.tokens);
        let mut regions = Regions(Vec::new());
        let (mut left, mut right) = (ours.iter().peekable(), theirs.iter().peekable());
        // By how much line numbers of a side differ from the base's behind its changes so far.
        let (mut ours_at, mut theirs_at) = (Shift::default(), Shift::default());
        loop {
            match (left.peek().copied(), right.peek().copied()) {
                (None, None) => break,
                (Some(a), b) if b.is_none_or(|b| a.before.end < b.before.start) => {
                    let theirs = b.map_or_else(|| theirs_at.map(&a.before), |b| shift_before(b, &a.before));
                    regions.push(Take::Ours, a.before.clone(), a.after.clone(), theirs);
                    ours_at.pass(a);
                    left.next();
                }
                (a, Some(b)) if a.is_none_or(|a| b.before.end < a.before.start) => {
                    let ours = a.map_or_else(|| ours_at.map(&b.before), |a| shift_before(a, &b.before));
                    regions.push(Take::Theirs, b.before.clone(), ours, b.after.clone());
                    theirs_at.pass(b);
                    right.next();
                }
                (Some(a), Some(b)) => {
                    if !self.is_same_change(a, b) {
                        regions.push_overlap(a, b);
                    }
                    if a.before.end >= b.before.end {
                        theirs_at.pass(b);
                        right.next();
                    }
                    if b.before.end >= a.before.end {
                        ours_at.pass(a);
                        left.next();
                    }
                }
                (Some(_), None) | (None, Some(_)) => break,
            }
        }
        regions.0
    }

    fn is_same_change(&self, ours: &Change, theirs: &Change) -> bool {
        ours.before == theirs.before && self.ours.tokens[ours.after.clone()] == self.theirs.tokens[theirs.after.clone()]
    }

    /// The regions, those in conflict cut down to the lines that differ, and those joined again that hardly lie apart.
    fn refined(&self) -> Vec<Region> {
        let mut refined: Vec<Region> = Vec::new();
        for region in &self.regions {
            let is_cut = region.take == Take::Neither && !region.ours.is_empty() && !region.theirs.is_empty();
            if !is_cut {
                push_joined(&mut refined, region.clone());
                continue;
            }
            let ours = &self.ours.tokens[region.ours.clone()];
            let theirs = &self.theirs.tokens[region.theirs.clone()];
            for change in self.numbers.diff(ours, theirs) {
                let part = Region {
                    take: Take::Neither,
                    base: region.base.clone(),
                    ours: shift(&change.before, 0, region.ours.start),
                    theirs: shift(&change.after, 0, region.theirs.start),
                };
                push_joined(&mut refined, part);
            }
        }
        refined
    }

    fn write_conflict(&self, out: &mut Vec<u8>, region: &Region, markers: Markers<'_>) {
        let end: &[u8] = if self.needs_cr(region) { b"\r\n" } else { b"\n" };
        let marker = |out: &mut Vec<u8>, byte: u8, label: &[u8]| {
            out.resize(out.len() + markers.size, byte);
            if !label.is_empty() {
                out.push(b' ');
                out.extend_from_slice(label);
            }
            out.extend_from_slice(end);
        };
        let side = |out: &mut Vec<u8>, lines: &Lines<'_>, range: &Range<usize>| {
            copy(out, lines, range.clone());
            if !range.is_empty() && out.last() != Some(&b'\n') {
                out.extend_from_slice(end);
            }
        };
        marker(out, b'<', markers.ours);
        side(out, &self.ours, &region.ours);
        marker(out, b'=', b"");
        side(out, &self.theirs, &region.theirs);
        marker(out, b'>', markers.theirs);
    }

    /// Whether markers end as lines of DOS do: when both sides' lines before the conflict, and the base's first, do.
    fn needs_cr(&self, region: &Region) -> bool {
        let before = |lines: &Lines<'_>, start: usize| ends_in_cr(lines, start.saturating_sub(1));
        let all = [
            before(&self.ours, region.ours.start),
            before(&self.theirs, region.theirs.start),
            ends_in_cr(&self.base, 0),
        ];
        // The first that says no decides, and so does the last that says yes.
        !all.contains(&Some(false)) && all[2] == Some(true)
    }
}

/// How a side's line numbers differ from the base's.
#[derive(Default)]
struct Shift {
    base: usize,
    side: usize,
}

impl Shift {
    const fn pass(&mut self, change: &Change) {
        self.base = change.before.end;
        self.side = change.after.end;
    }

    const fn map(&self, range: &Range<usize>) -> Range<usize> {
        shift(range, self.base, self.side)
    }
}

/// Where lines of the base that lie before a change of a side are in that side.
const fn shift_before(change: &Change, range: &Range<usize>) -> Range<usize> {
    shift(range, change.before.start, change.after.start)
}

/// Moves lines as `base` moves to `side`. What would lie before the text belongs to the region before, and is not needed.
const fn shift(range: &Range<usize>, base: usize, side: usize) -> Range<usize> {
    (range.start + side).saturating_sub(base)..(range.end + side).saturating_sub(base)
}

struct Regions(Vec<Region>);

impl Regions {
    /// Adds a region; one that touches the last is joined with it.
    fn push(&mut self, take: Take, base: Range<usize>, ours: Range<usize>, theirs: Range<usize>) {
        if let Some(last) = self.0.last_mut()
            && (ours.start <= last.ours.end || theirs.start <= last.theirs.end)
        {
            if take != last.take {
                last.take = Take::Neither;
            }
            last.base.end = base.end;
            last.ours.end = ours.end;
            last.theirs.end = theirs.end;
            return;
        }
        self.0.push(Region {
            take,
            base,
            ours,
            theirs,
        });
    }

    /// Adds changes of both sides that overlap, each widened to what either of them covers.
    fn push_overlap(&mut self, ours: &Change, theirs: &Change) {
        let start = ours.before.start.min(theirs.before.start);
        let end = ours.before.end.max(theirs.before.end);
        let widen = |change: &Change| {
            let first = change.after.start.saturating_sub(change.before.start - start);
            first..change.after.end + (end - change.before.end)
        };
        self.push(Take::Neither, start..end, widen(ours), widen(theirs));
    }
}

/// How many lines between two conflicts are too few to keep them apart.
const JOINED_WITHIN: usize = 3;

fn push_joined(regions: &mut Vec<Region>, region: Region) {
    if let Some(last) = regions.last_mut()
        && last.take == Take::Neither
        && region.take == Take::Neither
        && region.ours.start.saturating_sub(last.ours.end) <= JOINED_WITHIN
    {
        last.base.end = region.base.end;
        last.ours.end = region.ours.end;
        last.theirs.end = region.theirs.end;
        return;
    }
    regions.push(region);
}

fn copy(out: &mut Vec<u8>, lines: &Lines<'_>, range: Range<usize>) {
    for line in lines.text.get(range).unwrap_or_default() {
        out.extend_from_slice(line);
    }
}

/// Whether a line ends in CR LF; `None` where nothing tells.
fn ends_in_cr(lines: &Lines<'_>, index: usize) -> Option<bool> {
    let line = lines.text.get(index)?;
    if line.ends_with(b"\n") {
        return Some(line.ends_with(b"\r\n"));
    }
    let before = lines.text.get(index.checked_sub(1)?)?;
    Some(before.ends_with(b"\r\n"))
}
