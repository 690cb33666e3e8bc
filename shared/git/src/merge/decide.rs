//! Deciding what becomes of each path.

use std::collections::{BTreeMap, HashMap};

use super::content;
use super::overlay::Overlay;
use super::paths::{BASE, Info, OURS, Path, Paths, THEIRS, bit, parent};
use super::{Labels, Level, MergeError};
use crate::find::Find;
use crate::tree::Found;

/// Changes to the tree of the base: what is put at each path, or that it is removed.
pub(super) type Edits = BTreeMap<Path, Option<Found>>;

/// A path whose versions do not go together.
#[derive(Clone, Debug)]
pub(super) struct Clash {
    pub(super) path: Path,
    /// The versions, folders too.
    pub(super) versions: [Option<Found>; 3],
    pub(super) kind: ClashKind,
    /// In how many places contents conflict; what is not text, and whole files, count once.
    pub(super) contents: usize,
    pub(super) has_mode_conflict: bool,
    /// Where a file was put in whose place there is a folder.
    pub(super) aside: Option<Path>,
}

/// What a clash is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClashKind {
    /// Both sides have a file, of the same type.
    Content,
    /// A side removed the file; or renames put versions in different places.
    Presence,
    /// A file was put where its folder was renamed to, which might not be wanted.
    MovedAlong,
    /// Versions are of different types.
    Type,
}

/// What came of all paths.
#[derive(Debug, Default)]
pub(super) struct Decided {
    pub(super) edits: Edits,
    pub(super) clashes: Vec<Clash>,
}

/// What came of one path.
struct Outcome {
    result: Option<Found>,
    clash: Option<(ClashKind, usize, bool)>,
}

impl Outcome {
    const fn clean(result: Option<Found>) -> Self {
        Self { result, clash: None }
    }

    const fn clash(result: Option<Found>, kind: ClashKind, contents: usize) -> Self {
        Self {
            result,
            clash: Some((kind, contents, false)),
        }
    }
}

/// Decides on all paths. Where there are clashes, the edits hold makeshifts, which do for bases that are merged.
pub(super) fn decide<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    paths: &Paths,
    labels: &Labels,
    level: Level,
) -> Result<Decided, MergeError> {
    let mut run = Run {
        objects,
        paths,
        labels,
        level,
        live: paths.agreed.clone(),
        decided: Decided::default(),
    };
    // What lies in a folder comes before the folder, since paths of folders are prefixes.
    for (path, info) in paths.infos.iter().rev() {
        run.path(path, info)?;
    }
    run.decided.clashes.reverse();
    Ok(run.decided)
}

struct Run<'a, 'b, F: ?Sized> {
    objects: &'a Overlay<'b, F>,
    paths: &'a Paths,
    labels: &'a Labels,
    level: Level,
    /// How many entries of the folder at a path there will be.
    live: HashMap<Path, usize>,
    decided: Decided,
}

impl<F: Find + ?Sized> Run<'_, '_, F> {
    fn put(&mut self, path: &[u8], result: Option<Found>) {
        self.decided.edits.insert(path.to_vec(), result);
        if result.is_some() {
            self.enliven(path);
        }
    }

    /// Counts an entry for its folder, and those that are made for it.
    fn enliven(&mut self, path: &[u8]) {
        let mut path = path;
        while !path.is_empty() {
            path = parent(path);
            let live = self.live.entry(path.to_vec()).or_default();
            *live += 1;
            if *live > 1 || self.paths.infos.contains_key(path) {
                return;
            }
        }
    }

    fn path(&mut self, path: &Path, info: &Info) -> Result<(), MergeError> {
        let is_folder = self.live.get(path).is_some_and(|&live| live > 0);
        if is_folder {
            self.enliven(path);
        }
        if let Some(result) = info.resolved {
            if !is_folder || result.is_none() {
                self.put(path, result);
            }
            return Ok(());
        }
        if info.files == 0 {
            return Ok(());
        }
        let mut file = info.clone();
        for version in [BASE, OURS, THEIRS] {
            if info.files & bit(version) == 0 {
                file.versions[version] = None;
            }
        }
        if info.folders != 0 || is_folder {
            file.same &= !info.folders;
            file.same = if file.same.count_ones() > 1 { file.same } else { 0 };
        }
        if is_folder && info.files == bit(BASE) {
            self.put(path, None);
            return Ok(());
        }
        let mut outcome = self.outcome(path, &file)?;
        if outcome.clash.is_none() && file.is_moved_apart && (outcome.result.is_some() || file.same == 0) {
            let kind = if file.is_moved_along {
                ClashKind::MovedAlong
            } else {
                ClashKind::Presence
            };
            outcome.clash = Some((kind, 1, false));
        }
        if is_folder && outcome.result.is_some() {
            outcome.clash = Some((ClashKind::Type, 0, false));
        }
        let place = if is_folder && outcome.result.is_some() {
            self.put(path, None);
            let side = if info.folders & bit(OURS) == 0 { OURS } else { THEIRS };
            self.unique(path, side)
        } else {
            path.clone()
        };
        self.put(&place, outcome.result);
        let aside = (place != *path).then_some(place);
        if let Some((kind, contents, has_mode_conflict)) = outcome.clash {
            self.decided.clashes.push(Clash {
                path: path.clone(),
                versions: if is_folder { info.versions } else { file.versions },
                kind,
                contents,
                has_mode_conflict,
                aside,
            });
        }
        Ok(())
    }

    /// What becomes of a file, or whatever is no folder.
    fn outcome(&mut self, path: &[u8], file: &Info) -> Result<Outcome, MergeError> {
        let [base, ours, theirs] = file.versions;
        let is_virtual = self.labels.depth > 0;
        if file.same != 0 {
            let theirs_changed = file.same == bit(BASE) | bit(OURS);
            return Ok(Outcome::clean(if theirs_changed { theirs } else { ours }));
        }
        match (ours, theirs) {
            (Some(our), Some(their)) if content::type_of(our.mode) != content::type_of(their.mode) => {
                if is_virtual {
                    return Ok(Outcome::clash(base, ClashKind::Type, 0));
                }
                Ok(Outcome::clash(ours, ClashKind::Type, 0))
            }
            (Some(_), Some(_)) => self.both(path, file),
            (Some(_), None) | (None, Some(_)) if base.is_some() => {
                let result = if is_virtual { base } else { ours.or(theirs) };
                Ok(Outcome::clash(result, ClashKind::Presence, 1))
            }
            (ours, theirs) => Ok(Outcome::clean(ours.or(theirs))),
        }
    }

    fn both(&self, path: &[u8], file: &Info) -> Result<Outcome, MergeError> {
        let name = |version: usize| file.from[version].as_deref().unwrap_or(path);
        let names = [name(BASE), name(OURS), name(THEIRS)];
        let merged = content::merge(self.objects, file.versions, names, self.labels, 0)?;
        let is_file_conflict = self.level == Level::File && merged.is_changed_twice && self.labels.depth == 0;
        let contents = if is_file_conflict { 1 } else { merged.conflicts };
        if contents == 0 && !merged.has_mode_conflict {
            return Ok(Outcome::clean(merged.result));
        }
        Ok(Outcome {
            result: merged.result,
            clash: Some((ClashKind::Content, contents, merged.has_mode_conflict)),
        })
    }

    /// A path that is free, for a file in whose place a folder lies.
    fn unique(&self, path: &[u8], side: usize) -> Path {
        let label: Vec<u8> = self.labels.sides[side - 1]
            .iter()
            .map(|&byte| if byte == b'/' { b'_' } else { byte })
            .collect();
        let first = [path, b"~", &label].concat();
        let is_free = |path: &Path| !self.paths.infos.contains_key(path) && !self.decided.edits.contains_key(path);
        if is_free(&first) {
            return first;
        }
        let numbered = |number: usize| [&first, format!("_{number}").as_bytes()].concat();
        (0..).map(numbered).find(is_free).unwrap_or(first)
    }
}
