//! Folders that a side renamed, which is where most of their files went, and what that means for files that the other
//! side put into them.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::paths::{Need, Path, parent};

/// How many files went from which folder to which.
#[derive(Clone, Debug, Default)]
pub(super) struct Moves {
    /// The folders that the side removed.
    lost: HashMap<Path, Need>,
    counts: BTreeMap<Path, BTreeMap<Path, usize>>,
}

impl Moves {
    pub(super) fn new(lost: HashMap<Path, Need>) -> Self {
        Self {
            lost,
            counts: BTreeMap::new(),
        }
    }

    fn need(&self, folder: &[u8]) -> Need {
        self.lost.get(folder).copied().unwrap_or(Need::Nothing)
    }

    /// Counts a file that was renamed, for its folder and those above that took their folders along.
    pub(super) fn count(&mut self, old: &[u8], new: &[u8]) {
        let (mut old, mut new) = (old, new);
        let mut is_first = true;
        loop {
            let (folder, target) = (parent(old), parent(new));
            if !self.lost.contains_key(folder) {
                return;
            }
            if !is_first && super::paths::name(old) != super::paths::name(new) {
                return;
            }
            let need = self.need(folder);
            if need == Need::ForItself || is_first {
                let targets = self.counts.entry(folder.to_vec()).or_default();
                *targets.entry(target.to_vec()).or_default() += 1;
            }
            is_first = false;
            if need == Need::Nothing || folder.is_empty() || target.is_empty() {
                return;
            }
            (old, new) = (folder, target);
        }
    }

    /// Where each folder most likely went.
    pub(super) fn guesses(&self) -> HashMap<Path, Path> {
        let guess = |(folder, targets): (&Path, &BTreeMap<Path, usize>)| {
            let best = targets
                .iter()
                .reduce(|best, next| if next.1 > best.1 { next } else { best });
            best.map(|(target, _)| (folder.clone(), target.clone()))
        };
        self.counts.iter().filter_map(guess).collect()
    }

    /// Which of the files left, of those that matter for their folders only, need not be looked for any more, since the
    /// majority of each folder's files is known already.
    pub(super) fn settle<'a>(
        &mut self,
        left: impl Iterator<Item = &'a Path> + Clone,
        needed: &HashMap<Path, bool>,
    ) -> HashSet<Path> {
        let mut unknown: HashMap<&[u8], usize> = HashMap::new();
        for path in left.clone() {
            let mut folder = parent(path);
            while !folder.is_empty() && self.need(folder) != Need::Nothing {
                *unknown.entry(folder).or_default() += 1;
                folder = parent(folder);
            }
        }
        for (folder, targets) in &self.counts {
            if self.need(folder) != Need::ForItself {
                continue;
            }
            let mut sorted: Vec<_> = targets.values().copied().collect();
            sorted.sort_unstable_by(|a, b| b.cmp(a));
            let nth = |n: usize| sorted.get(n).copied().unwrap_or_default();
            if nth(0) > nth(1) + unknown.get(&**folder).copied().unwrap_or_default() {
                self.lost.insert(folder.clone(), Need::ForAncestor);
            }
        }
        left.filter(|path| needed.get(*path) == Some(&false) && !self.is_needed(path))
            .cloned()
            .collect()
    }

    /// Whether it matters for a folder above where this file went.
    fn is_needed(&self, path: &[u8]) -> bool {
        let mut folder = parent(path);
        loop {
            match self.need(folder) {
                Need::ForItself => return true,
                Need::Nothing => return false,
                Need::ForAncestor if folder.is_empty() => return false,
                Need::ForAncestor => folder = parent(folder),
            }
        }
    }

    /// The folders that were renamed, with their new paths. Where no target has the most files, nothing is known; git
    /// reports a conflict that has no path.
    pub(super) fn renamed(&self) -> BTreeMap<Path, Path> {
        let mut renamed = BTreeMap::new();
        for (folder, targets) in &self.counts {
            if self.need(folder) == Need::Nothing {
                continue;
            }
            let mut best: Option<(&Path, usize)> = None;
            let mut is_split = false;
            for (target, &count) in targets {
                match best.map_or(Ordering::Greater, |(_, most)| count.cmp(&most)) {
                    Ordering::Greater => (best, is_split) = (Some((target, count)), false),
                    Ordering::Equal => is_split = true,
                    Ordering::Less => {}
                }
            }
            if let Some((target, _)) = best.filter(|_| !is_split) {
                renamed.insert(folder.clone(), target.clone());
            }
        }
        renamed
    }
}

/// The innermost renamed folder that a path lies in, with its new path.
pub(super) fn renamed_folder<'a>(path: &[u8], renamed: &'a BTreeMap<Path, Path>) -> Option<(&'a Path, &'a Path)> {
    let mut folder = path;
    while let Some(at) = memchr::memrchr(b'/', folder) {
        folder = folder.split_at(at).0;
        if let Some(found) = renamed.get_key_value(folder) {
            return Some(found);
        }
    }
    None
}

/// Where a path goes with its folder.
pub(super) fn follow(path: &[u8], old: &[u8], new: &[u8]) -> Path {
    let rest = path.strip_prefix(old).unwrap_or(path);
    if new.is_empty() {
        return rest.strip_prefix(b"/").unwrap_or(rest).to_vec();
    }
    [new, rest].concat()
}

/// For each path to which files would follow their folders, the paths of these.
pub(super) fn targets<'a>(
    paths: impl Iterator<Item = &'a Path>,
    renamed: &BTreeMap<Path, Path>,
) -> HashMap<Path, BTreeSet<Path>> {
    let mut targets: HashMap<Path, BTreeSet<Path>> = HashMap::new();
    for path in paths {
        if let Some((old, new)) = renamed_folder(path, renamed) {
            targets.entry(follow(path, old, new)).or_default().insert(path.clone());
        }
    }
    targets
}
