//! What becomes of conflicts.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;

use super::decide::{Clash, ClashKind, Decided, Edits};
use super::overlay::Overlay;
use super::paths::{BASE, OURS, Path, THEIRS};
use super::{Level, MergeError, Options, content};
use crate::find::Find;
use crate::object::Kind;
use crate::tree::{Found, Mode};

/// What to do with conflicts.
#[derive(Clone, Debug, Default)]
pub enum Strategy {
    /// Nothing: `NONE`.
    #[default]
    Nothing,
    /// Take the source's side of what conflicts: `ACCEPT_SOURCE`.
    AcceptSource,
    /// Take the destination's side of what conflicts: `ACCEPT_DESTINATION`.
    AcceptDestination,
    /// Do what is said for each path: `AUTOMERGE`.
    Resolve(BTreeMap<Vec<u8>, Resolution>),
}

/// What becomes of a path in conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// One of the versions is kept as it is, or with another mode; where it does not exist, the path is removed.
    Keep {
        /// Which.
        version: Which,
        /// The mode, if not that of the version.
        mode: Option<Mode>,
    },
    /// A new file takes the place.
    Content {
        /// What is in it.
        data: Bytes,
        /// Its mode; if absent, that of the destination, the source or the base, the first that has a file there.
        mode: Option<Mode>,
    },
    /// The path is removed: `deleteFiles`.
    Delete,
    /// The contents are merged, and the file gets this mode: `setFileModes`. Resolves what conflicts by mode only.
    SetMode(Mode),
}

/// One of the three versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Which {
    /// That of the merge base.
    Base,
    /// That of the destination.
    Destination,
    /// That of the source.
    Source,
}

/// A clash, and whether something became of it.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) clash: Clash,
    pub(super) is_resolved: bool,
}

#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) edits: Edits,
    pub(super) clashes: Vec<Settled>,
}

/// What comes to lie at a path.
enum Verdict {
    Open,
    /// This, in place of everything.
    Put(Option<Found>),
    /// The folder, as merged.
    Folder,
}

/// Applies the strategy.
pub(super) fn resolve<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    decided: Decided,
    options: &Options,
) -> Result<Resolved, MergeError> {
    let Decided { mut edits, clashes } = decided;
    if let Strategy::Resolve(resolutions) = &options.strategy {
        let has_conflict = |path: &Vec<u8>| clashes.iter().any(|clash| clash.path == *path);
        if let Some(path) = resolutions.keys().find(|path| !has_conflict(path)) {
            return Err(MergeError::NoConflict(path.clone()));
        }
    }
    let mut settled = Vec::with_capacity(clashes.len());
    for clash in clashes {
        let verdict = match &options.strategy {
            Strategy::Nothing => Verdict::Open,
            Strategy::AcceptSource => accept(objects, &clash, THEIRS, options.level)?,
            Strategy::AcceptDestination => accept(objects, &clash, OURS, options.level)?,
            Strategy::Resolve(resolutions) => match resolutions.get(&clash.path) {
                Some(resolution) => apply(objects, &clash, resolution)?,
                None => Verdict::Open,
            },
        };
        let is_resolved = !matches!(verdict, Verdict::Open);
        settle(&mut edits, &clash, &verdict);
        settled.push(Settled { clash, is_resolved });
    }
    Ok(Resolved {
        edits,
        clashes: settled,
    })
}

fn accept<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    clash: &Clash,
    side: usize,
    level: Level,
) -> Result<Verdict, MergeError> {
    match clash.kind {
        ClashKind::Content if level == Level::Line && clash.contents > 0 => {
            Ok(Verdict::Put(content::merge_favoring(objects, clash.versions, side)?))
        }
        ClashKind::MovedAlong => Ok(Verdict::Put(clash.versions[OURS].or(clash.versions[THEIRS]))),
        _ => Ok(keep(clash.versions[side])),
    }
}

fn keep(version: Option<Found>) -> Verdict {
    match version {
        Some(found) if found.mode.is_tree() => Verdict::Folder,
        found => Verdict::Put(found),
    }
}

fn apply<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    clash: &Clash,
    resolution: &Resolution,
) -> Result<Verdict, MergeError> {
    let unfit = || MergeError::Unfit(clash.path.clone());
    let [base, ours, theirs] = clash.versions;
    match resolution {
        Resolution::Keep { version, mode } => {
            let kept = match version {
                Which::Base => base,
                Which::Destination => ours,
                Which::Source => theirs,
            };
            match mode {
                None => Ok(keep(kept)),
                Some(mode) => {
                    let kept = kept
                        .filter(|kept| is_file(*kept) && !mode.is_tree())
                        .ok_or_else(unfit)?;
                    Ok(Verdict::Put(Some(Found { mode: *mode, ..kept })))
                }
            }
        }
        Resolution::Content { data, mode } => {
            let file = [ours, theirs, base].into_iter().flatten().find(|found| is_file(*found));
            let mode = mode.or(file.map(|file| file.mode)).unwrap_or(Mode::Normal);
            let id = objects.write(Kind::Blob, data.clone())?;
            Ok(Verdict::Put(Some(Found { mode, id })))
        }
        Resolution::Delete => Ok(Verdict::Put(None)),
        Resolution::SetMode(_) if clash.kind != ClashKind::Content || clash.contents > 0 => Ok(Verdict::Open),
        Resolution::SetMode(mode) => {
            // The modes conflict and the contents do not, so that either side's content is the base's or both are equal,
            // or they merge.
            let merged = content::merge_favoring(objects, clash.versions, OURS)?.ok_or_else(unfit)?;
            Ok(Verdict::Put(Some(Found { mode: *mode, ..merged })))
        }
    }
}

fn is_file(found: Found) -> bool {
    matches!(found.mode, Mode::Normal | Mode::Executable | Mode::Symlink)
}

fn settle(edits: &mut Edits, clash: &Clash, verdict: &Verdict) {
    match verdict {
        Verdict::Open => {}
        Verdict::Folder => {
            edits.insert(clash.path.clone(), None);
            drop_aside(edits, clash);
        }
        Verdict::Put(found) => {
            drop_below(edits, &clash.path);
            drop_aside(edits, clash);
            edits.insert(clash.path.clone(), *found);
        }
    }
}

/// Removes what a folder holds.
fn drop_below(edits: &mut Edits, path: &[u8]) {
    let first: Path = [path, b"/"].concat();
    let end: Path = [path, b"0"].concat();
    let below = (Bound::Included(first), Bound::Excluded(end));
    let below: Vec<Path> = edits.range::<Path, _>(below).map(|(path, _)| path.clone()).collect();
    for path in below {
        edits.remove(&path);
    }
}

/// Removes the file that had to give way to a folder.
fn drop_aside(edits: &mut Edits, clash: &Clash) {
    if let Some(aside) = &clash.aside {
        edits.remove(aside);
    }
}

const _: () = assert!(
    BASE == 0 && OURS == 1 && THEIRS == 2,
    "versions are taken apart in this order"
);
