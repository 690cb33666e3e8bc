//! Bringing together the versions of files that were renamed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::folders::{follow, renamed_folder, targets};
use super::overlay::Overlay;
use super::paths::{BASE, Info, OURS, Path, Paths, THEIRS, bit, other};
use super::renames::{Renames, find_renames};
use super::{FolderRenames, MergeError, Options, content};
use crate::find::Find;
use crate::hash::ObjectId;
use crate::tree::{Found, Mode, lookup};

/// A rename by one side.
struct Rename {
    old: Path,
    new: Path,
    side: usize,
}

/// Finds renames and changes `paths` so that what belongs together lies at one path.
pub(super) fn apply_renames<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    paths: &mut Paths,
    base: ObjectId,
    labels: &super::Labels,
    options: &Options,
) -> Result<(), MergeError> {
    let mut sides = [
        Renames::default(),
        find_renames(objects, &paths.candidates[OURS], &options.limits)?,
        find_renames(objects, &paths.candidates[THEIRS], &options.limits)?,
    ];
    let is_any_possible = [OURS, THEIRS].iter().any(|&side| {
        let candidates = &paths.candidates[side];
        let pairs = candidates.removed.len() + candidates.added.len();
        pairs > 0 && !candidates.needed.is_empty()
    });
    if !is_any_possible {
        return Ok(());
    }
    if labels.depth == 0 && options.folder_renames != FolderRenames::Ignore {
        follow_folders(objects, paths, base, &mut sides, options)?;
    }
    let mut renames = Vec::new();
    for (side, found) in sides.into_iter().enumerate() {
        renames.extend(found.pairs.into_iter().map(|(old, new)| Rename { old, new, side }));
    }
    renames.sort_by(|a, b| (&a.old, a.side).cmp(&(&b.old, b.side)));
    let mut rest = renames.as_slice();
    while let [rename, tail @ ..] = rest {
        rest = tail;
        if paths.infos.get(&rename.old).is_none_or(|info| info.resolved.is_some()) {
            continue;
        }
        if let [second, tail @ ..] = tail
            && second.old == rename.old
        {
            rest = tail;
            by_both(objects, &mut paths.infos, &rename.old, &rename.new, &second.new, labels)?;
        } else {
            by_one(objects, &mut paths.infos, rename, labels)?;
        }
    }
    Ok(())
}

/// Moves files that a side added, or renamed, into a folder that the other side renamed.
fn follow_folders<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    paths: &mut Paths,
    base: ObjectId,
    sides: &mut [Renames; 3],
    options: &Options,
) -> Result<(), MergeError> {
    let mut renamed = [
        BTreeMap::new(),
        sides[OURS].moves.renamed(),
        sides[THEIRS].moves.renamed(),
    ];
    // Where both sides renamed a folder, neither is followed.
    let both: Vec<Path> = renamed[OURS]
        .keys()
        .filter(|folder| renamed[THEIRS].contains_key(*folder))
        .cloned()
        .collect();
    for folder in both {
        renamed[OURS].remove(&folder);
        renamed[THEIRS].remove(&folder);
    }
    if renamed.iter().all(BTreeMap::is_empty) {
        return Ok(());
    }
    let added = |side: usize| paths.candidates[side].added.keys();
    let collisions: [HashMap<Path, BTreeSet<Path>>; 3] = [
        HashMap::new(),
        targets(added(OURS), &renamed[THEIRS]),
        targets(added(THEIRS), &renamed[OURS]),
    ];
    let added = [
        Vec::new(),
        added(OURS).cloned().collect(),
        added(THEIRS).cloned().collect::<Vec<_>>(),
    ];
    for side in [OURS, THEIRS] {
        let sources: HashMap<Path, Path> = sides[side]
            .pairs
            .iter()
            .map(|(old, new)| (new.clone(), old.clone()))
            .collect();
        let mut refused: HashSet<Path> = HashSet::new();
        for path in &added[side] {
            if collisions[other(side)].contains_key(path) {
                continue;
            }
            let Some((old, new)) = renamed_folder(path, &renamed[other(side)]) else {
                continue;
            };
            if renamed[side].contains_key(new) {
                continue;
            }
            let target = follow(path, old, new);
            let is_shared = collisions[side].get(&target).is_some_and(|sources| sources.len() > 1);
            if refused.contains(&target) || is_shared || is_in_the_way(objects, paths, base, &target, side)? {
                refused.insert(target);
                continue;
            }
            put_at(&mut paths.infos, path, &target, side, options);
            if let Some(source) = sources.get(path) {
                sides[side].pairs.insert(source.clone(), target);
            }
        }
    }
    Ok(())
}

/// Whether a side has something at the path to which a file of it would follow its folder.
fn is_in_the_way<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    paths: &Paths,
    base: ObjectId,
    path: &[u8],
    side: usize,
) -> Result<bool, MergeError> {
    match paths.infos.get(path) {
        Some(info) => Ok(info.resolved.is_some() || (info.files | info.folders) & bit(side) != 0),
        // What all three trees agree upon is not among the paths.
        None => Ok(lookup(objects, &base, path)?.is_some()),
    }
}

/// Moves the file that a side has at `old` to `new`.
fn put_at(infos: &mut BTreeMap<Path, Info>, old: &Path, new: &Path, side: usize, options: &Options) {
    let Some(mut moved) = infos.remove(old) else {
        return;
    };
    if moved.folders != 0 {
        let mut folder = moved.clone();
        folder.files = 0;
        folder.resolved = Some(None);
        for version in [BASE, OURS, THEIRS] {
            if folder.folders & bit(version) == 0 {
                folder.versions[version] = None;
            } else {
                moved.versions[version] = None;
            }
        }
        moved.folders = 0;
        infos.insert(old.clone(), folder);
    }
    let file = moved.versions[side];
    let info = infos.entry(new.clone()).or_default();
    info.files |= bit(side);
    info.versions[side] = file;
    info.from[side] = Some(old.clone());
    if options.folder_renames == FolderRenames::Suggest {
        info.is_moved_apart = true;
        info.is_moved_along = true;
    }
}

/// Handles a file that both sides renamed.
fn by_both<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    infos: &mut BTreeMap<Path, Info>,
    old: &Path,
    ours: &Path,
    theirs: &Path,
    labels: &super::Labels,
) -> Result<(), MergeError> {
    let version = |path: &Path, version: usize| infos.get(path).and_then(|info| info.versions[version]);
    let (Some(base), Some(our), Some(their)) = (version(old, BASE), version(ours, OURS), version(theirs, THEIRS))
    else {
        return Ok(());
    };
    if ours == theirs {
        if let Some(info) = infos.get_mut(ours) {
            info.versions[BASE] = Some(base);
            info.from[BASE] = Some(old.clone());
            info.files |= bit(BASE);
        }
        resolve_away(infos, old);
        return Ok(());
    }
    let names = [old.as_slice(), ours, theirs];
    let merged = content::merge(objects, [Some(base), Some(our), Some(their)], names, labels, 1)?;
    let is_one_side_taken = !merged.is_clean() && merged.result == Some(our);
    for (path, side) in [(ours, OURS), (theirs, THEIRS)] {
        if let Some(info) = infos.get_mut(path) {
            let is_kept = side == THEIRS && is_one_side_taken || labels.depth == 0 && !merged.is_clean();
            if !is_kept {
                info.versions[side] = merged.result;
            }
            info.is_moved_apart = true;
        }
    }
    if let Some(info) = infos.get_mut(old) {
        info.is_moved_apart = true;
    }
    Ok(())
}

/// Handles a file that one side renamed.
fn by_one<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    infos: &mut BTreeMap<Path, Info>,
    rename: &Rename,
    labels: &super::Labels,
) -> Result<(), MergeError> {
    let (side, stayed) = (rename.side, other(rename.side));
    let (Some(old), Some(new)) = (infos.get(&rename.old), infos.get(&rename.new)) else {
        return Ok(());
    };
    let old = old.clone();
    let is_removed = old.files == bit(BASE);
    let is_type_changed = !is_removed && is_file(old.versions[stayed]) != is_file(new.versions[side]);
    // Both sides renamed the file, but one of them put something else in its place, which hides that.
    let collides = new.files & bit(stayed) != 0 && !is_type_changed;
    let versions = [old.versions[BASE], old.versions[stayed], new.versions[side]];
    if let (true, false, [base, Some(stays), Some(moves)]) = (collides, is_removed, versions) {
        let mut three = [base, None, None];
        let mut names = [rename.old.as_slice(); 3];
        three[stayed] = Some(stays);
        three[side] = Some(moves);
        names[side] = &rename.new;
        let merged = content::merge(objects, three, names, labels, 1)?;
        if let Some(info) = infos.get_mut(&rename.new) {
            // Where theirs was renamed to what ours has anyway, git takes that.
            let is_taken = side == THEIRS && info.same != 0;
            if merged.is_clean() || labels.depth > 0 {
                info.versions[side] = merged.result;
            } else if !is_taken {
                info.is_moved_apart = true;
            }
        }
    } else if let Some(info) = infos.get_mut(&rename.new) {
        if collides {
            info.is_moved_apart = true;
        } else {
            info.versions[BASE] = old.versions[BASE];
            info.files |= bit(BASE);
            info.from[BASE] = Some(rename.old.clone());
            if is_removed && !is_type_changed {
                info.is_moved_apart = true;
            } else if !is_type_changed {
                info.versions[stayed] = old.versions[stayed];
                info.files |= bit(stayed);
                info.from[stayed] = Some(rename.old.clone());
            }
        }
    }
    if !is_type_changed {
        resolve_away(infos, &rename.old);
    } else if let Some(info) = infos.get_mut(&rename.old) {
        info.versions[BASE] = None;
        info.files &= !bit(BASE);
    }
    Ok(())
}

fn is_file(found: Option<Found>) -> bool {
    found.is_some_and(|found| matches!(found.mode, Mode::Normal | Mode::Executable))
}

/// What lay at this path lies elsewhere now.
fn resolve_away(infos: &mut BTreeMap<Path, Info>, path: &[u8]) {
    if let Some(info) = infos.get_mut(path) {
        info.resolved = Some(None);
    }
}
