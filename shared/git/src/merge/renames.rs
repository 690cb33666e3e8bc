//! Finding the files that one side renamed, in the steps of git's `merge-ort`: equal files first, then those whose name
//! is unique, then the most similar ones.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::folders::Moves;
use super::overlay::Overlay;
use super::paths::{Candidates, Path, join, name, parent};
use super::similarity::{Fingerprint, MAX_SCORE, score, sizes_exclude};
use super::{Limits, MergeError};
use crate::find::Find;
use crate::hash::ObjectId;
use crate::object::Kind;
use crate::tree::{Found, Mode};

/// How similar files must be to count as one that was renamed.
const LEAST: u64 = MAX_SCORE / 2;

/// The same where nothing but the name says which files to compare.
const LEAST_BY_NAME: u64 = MAX_SCORE / 4 * 3;

/// How many of the files that might have become a new one are weighed to the end.
const BEST: usize = 4;

/// How many equal files are looked at for the best one.
const MAX_EQUAL: usize = 100;

/// The files that a side renamed.
#[derive(Default)]
pub(super) struct Renames {
    /// From the old to the new path.
    pub(super) pairs: BTreeMap<Path, Path>,
    /// Where folders seem to have gone.
    pub(super) moves: Moves,
}

/// A file that was removed or added.
struct File {
    path: Path,
    found: Found,
    is_taken: bool,
}

struct Search<'a, 'b, F: ?Sized> {
    objects: &'a Overlay<'b, F>,
    old: Vec<File>,
    new: Vec<File>,
    sizes: HashMap<ObjectId, u64>,
    fingerprints: HashMap<ObjectId, Option<Fingerprint>>,
    found: Renames,
}

/// Finds what a side renamed, as far as it matters.
pub(super) fn find_renames<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    candidates: &Candidates,
    limits: &Limits,
) -> Result<Renames, MergeError> {
    if candidates.needed.is_empty() || candidates.added.is_empty() {
        return Ok(Renames::default());
    }
    let empty = crate::hash::object_id(objects.format(), Kind::Blob, b"")?;
    let files = |files: &BTreeMap<Path, Found>| {
        let file = |(path, found): (&Path, &Found)| File {
            path: path.clone(),
            found: *found,
            is_taken: false,
        };
        files.iter().filter(|(_, found)| found.id != empty).map(file).collect()
    };
    let mut search = Search {
        objects,
        old: files(&candidates.removed),
        new: files(&candidates.added),
        sizes: HashMap::new(),
        fingerprints: HashMap::new(),
        found: Renames {
            pairs: BTreeMap::new(),
            moves: Moves::new(candidates.lost.clone()),
        },
    };
    search.equal();
    search.old.retain(|file| !file.is_taken);
    search.by_name(candidates)?;
    search
        .old
        .retain(|file| !file.is_taken && candidates.needed.contains_key(&file.path));
    let unneeded = search
        .found
        .moves
        .settle(search.old.iter().map(|file| &file.path), &candidates.needed);
    search.old.retain(|file| !unneeded.contains(&file.path));
    search.by_similarity(limits)?;
    Ok(search.found)
}

impl<F: Find + ?Sized> Search<'_, '_, F> {
    fn take(&mut self, old: usize, new: usize) {
        let (old, new) = (&mut self.old[old], &mut self.new[new]);
        (old.is_taken, new.is_taken) = (true, true);
        self.found.moves.count(&old.path, &new.path);
        self.found.pairs.insert(old.path.clone(), new.path.clone());
    }

    /// Pairs files that are equal, those of one name before others.
    fn equal(&mut self) {
        let mut by_id: HashMap<ObjectId, Vec<usize>> = HashMap::new();
        for (index, file) in self.old.iter().enumerate() {
            by_id.entry(file.found.id).or_default().push(index);
        }
        let is_file = |mode| matches!(mode, Mode::Normal | Mode::Executable);
        for new in 0..self.new.len() {
            let Some(equal) = by_id.get_mut(&self.new[new].found.id) else {
                continue;
            };
            equal.retain(|&old| !self.old[old].is_taken);
            let target = &self.new[new];
            let mut best = None;
            for &old in equal.iter().take(MAX_EQUAL) {
                let source = &self.old[old];
                let (from, to) = (source.found.mode, target.found.mode);
                if (!is_file(from) || !is_file(to)) && from != to {
                    continue;
                }
                if name(&source.path) == name(&target.path) {
                    best = Some(old);
                    break;
                }
                best = best.or(Some(old));
            }
            if let Some(old) = best {
                self.take(old, new);
            }
        }
    }

    /// Pairs files of the same name, where there is but one of that name on either side, or where the folder that it
    /// was in seems to have moved.
    fn by_name(&mut self, candidates: &Candidates) -> Result<(), MergeError> {
        let guesses = self.found.moves.guesses();
        let unique = |files: &[File]| {
            let mut names: HashMap<Path, Option<usize>> = HashMap::new();
            for (index, file) in files.iter().enumerate().filter(|(_, file)| !file.is_taken) {
                let at = names.entry(name(&file.path).to_vec());
                at.and_modify(|at| *at = None).or_insert(Some(index));
            }
            names
        };
        let (sources, targets) = (unique(&self.old), unique(&self.new));
        let by_path: HashMap<Path, usize> = self
            .new
            .iter()
            .enumerate()
            .filter(|(_, file)| !file.is_taken)
            .map(|(index, file)| (file.path.clone(), index))
            .collect();
        for old in 0..self.old.len() {
            let path = &self.old[old].path;
            let Some(&target) = targets.get(name(path)) else {
                continue;
            };
            if !candidates.needed.contains_key(path) {
                continue;
            }
            let is_unique = sources.get(name(path)).is_some_and(Option::is_some);
            let target = target.filter(|_| is_unique).or_else(|| {
                let folder = guesses.get(parent(path))?;
                by_path.get(&join(folder, name(path))).copied()
            });
            if let Some(new) = target.filter(|&new| !self.new[new].is_taken)
                && self.similarity(old, new, LEAST_BY_NAME)? >= LEAST_BY_NAME
            {
                self.take(old, new);
            }
        }
        Ok(())
    }

    /// Pairs the most similar of the files that are left.
    fn by_similarity(&mut self, limits: &Limits) -> Result<(), MergeError> {
        let left: Vec<_> = (0..self.new.len()).filter(|&new| !self.new[new].is_taken).collect();
        if left.len().saturating_mul(self.old.len()) > limits.renames.saturating_mul(limits.renames) {
            return Ok(());
        }
        let mut pairs = Vec::new();
        for new in left {
            let mut best: Vec<(u64, bool, usize, usize)> = Vec::with_capacity(BEST);
            for old in 0..self.old.len() {
                let score = self.similarity(old, new, LEAST)?;
                let is_same_name = name(&self.old[old].path) == name(&self.new[new].path);
                record_if_better(&mut best, (score, is_same_name, old, new));
            }
            pairs.extend(best);
        }
        pairs.sort_by_key(|&(score, is_same_name, ..)| Reverse((score, is_same_name)));
        for (score, _, old, new) in pairs {
            if score >= LEAST && !self.old[old].is_taken && !self.new[new].is_taken {
                self.take(old, new);
            }
        }
        Ok(())
    }

    /// How similar two files are; 0 where they are less so than `least` for sure.
    fn similarity(&mut self, old: usize, new: usize, least: u64) -> Result<u64, MergeError> {
        let (old, new) = (self.old[old].found, self.new[new].found);
        let is_file = |found: Found| matches!(found.mode, Mode::Normal | Mode::Executable);
        if !is_file(old) || !is_file(new) {
            return Ok(0);
        }
        let (old_size, new_size) = (self.size(old.id)?, self.size(new.id)?);
        if sizes_exclude(old_size, new_size, least) {
            return Ok(0);
        }
        self.load(old.id, old_size)?;
        self.load(new.id, new_size)?;
        let print = |id: &ObjectId| self.fingerprints.get(id).and_then(Option::as_ref);
        let (Some(before), Some(after)) = (print(&old.id), print(&new.id)) else {
            return Ok(0);
        };
        Ok(score(before.shared(after), old_size, new_size))
    }

    fn size(&mut self, id: ObjectId) -> Result<u64, MergeError> {
        if let Some(&size) = self.sizes.get(&id) {
            return Ok(size);
        }
        let size = self.objects.size(&id)?;
        self.sizes.insert(id, size);
        Ok(size)
    }

    fn load(&mut self, id: ObjectId, size: u64) -> Result<(), MergeError> {
        if !self.fingerprints.contains_key(&id) {
            let data = self.objects.blob_for_rename(&id, size)?;
            self.fingerprints.insert(id, data.map(|data| Fingerprint::of(&data)));
        }
        Ok(())
    }
}

/// Keeps the best few; in place of the first of the worst ones, so that ties come out as in git.
fn record_if_better(best: &mut Vec<(u64, bool, usize, usize)>, pair: (u64, bool, usize, usize)) {
    if best.len() < BEST {
        best.push(pair);
        return;
    }
    let worst = (1..best.len()).fold(0, |worst, next| {
        if (best[next].0, best[next].1) < (best[worst].0, best[worst].1) {
            next
        } else {
            worst
        }
    });
    if (best[worst].0, best[worst].1) < (pair.0, pair.1) {
        best[worst] = pair;
    }
}
