//! Walking three trees at once, for the paths at which they differ.

use std::iter::Peekable;
use std::vec::IntoIter;

use bytes::Bytes;

use super::MergeError;
use super::overlay::Overlay;
use super::paths::{BASE, Candidates, Info, Need, OURS, Path, Paths, THEIRS, bit, join, other};
use crate::find::{Find, FindError};
use crate::hash::ObjectId;
use crate::object::{Kind, Malformed, tree_entries};
use crate::tree::{Found, Mode};

/// All versions.
const ALL: u8 = 7;

/// A folder to be walked.
struct Folder {
    path: Path,
    trees: [Option<ObjectId>; 3],
    /// Which side still has a folder that the other one removed, above or here; [`ALL`] once that side added a file to it,
    /// so that it matters where the other side moved the folder.
    moved: u8,
}

/// Finds the paths at which the trees differ.
pub(super) fn collect<F: Find + ?Sized>(objects: &Overlay<'_, F>, trees: [ObjectId; 3]) -> Result<Paths, MergeError> {
    let mut paths = Paths::default();
    let mut folders = vec![Folder {
        path: Path::new(),
        trees: trees.map(Some),
        moved: 0,
    }];
    while let Some(folder) = folders.pop() {
        walk(objects, &mut paths, &mut folders, folder)?;
    }
    Ok(paths)
}

fn walk<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    paths: &mut Paths,
    folders: &mut Vec<Folder>,
    mut folder: Folder,
) -> Result<(), MergeError> {
    let mut data = [Bytes::new(), Bytes::new(), Bytes::new()];
    for (data, tree) in data.iter_mut().zip(&folder.trees) {
        if let Some(id) = tree {
            *data = objects.get(id, Kind::Tree)?;
        }
    }
    let lists = parse(objects, &folder.trees, &data)?;
    let is_lost_on_one_side = folder.moved == bit(OURS) || folder.moved == bit(THEIRS);
    if is_lost_on_one_side {
        let mut lists = lists.clone().map(|list| list.into_iter().peekable());
        while let Some((_, versions)) = next_name(&mut lists) {
            if files(&versions) == folder.moved {
                folder.moved = ALL;
                break;
            }
        }
    }
    let mut agreed = 0;
    let mut lists = lists.map(|list| list.into_iter().peekable());
    while let Some((name, versions)) = next_name(&mut lists) {
        let [base, ours, theirs] = versions;
        if base == ours && ours == theirs {
            agreed += 1;
            continue;
        }
        let path = join(&folder.path, name);
        objects.count_path(&path)?;
        let mut info = Info {
            versions,
            files: files(&versions),
            folders: folders_of(&versions),
            same: same(&versions),
            ..Info::default()
        };
        if info.files == ALL && info.same != 0 {
            let kept = if info.same & bit(BASE) == 0 || info.same & bit(THEIRS) != 0 {
                ours
            } else {
                theirs
            };
            info.resolved = Some(kept);
            paths.infos.insert(path, info);
            continue;
        }
        let moved = note_renames(paths, &folder, &path, &info);
        if info.folders != 0 {
            folders.push(Folder {
                path: path.clone(),
                trees: versions.map(|version| version.filter(|found| found.mode.is_tree()).map(|found| found.id)),
                moved,
            });
        }
        paths.infos.insert(path, info);
    }
    paths.agreed.insert(folder.path, agreed);
    Ok(())
}

/// Takes note of what a path means for renames. Returns what holds for the folder at it.
fn note_renames(paths: &mut Paths, folder: &Folder, path: &Path, info: &Info) -> u8 {
    let one_side = |mask: u8| mask == bit(BASE) | bit(OURS) || mask == bit(BASE) | bit(THEIRS);
    let mut moved = folder.moved;
    if moved != ALL && one_side(info.folders) {
        moved = info.folders & !bit(BASE);
    }
    if info.folders & bit(BASE) != 0 {
        let need = if moved == ALL { Need::ForAncestor } else { Need::Nothing };
        for side in [OURS, THEIRS] {
            if info.folders & bit(side) == 0 {
                paths.candidates[side].lost.insert(path.clone(), need);
            }
        }
    }
    let added_by = [OURS, THEIRS].into_iter().find(|&side| info.files == bit(side));
    if let (Some(side), ALL) = (added_by, folder.moved) {
        let lost = &mut paths.candidates[other(side)].lost;
        lost.insert(folder.path.clone(), Need::ForItself);
    }
    if info.files != 0 && info.files != ALL {
        for side in [OURS, THEIRS] {
            note_candidate(&mut paths.candidates[side], side, folder, path, info);
        }
    }
    moved
}

fn note_candidate(candidates: &mut Candidates, side: usize, folder: &Folder, path: &Path, info: &Info) {
    let is_file = |version: usize| info.files & bit(version) != 0;
    let file = |version: usize| info.versions[version].filter(|_| is_file(version));
    match (file(BASE), file(side)) {
        (Some(removed), None) => {
            candidates.removed.insert(path.clone(), removed);
            let for_content = info.same & info.files == 0;
            if for_content || folder.moved == ALL {
                candidates.needed.insert(path.clone(), for_content);
            }
        }
        (None, Some(added)) => {
            candidates.added.insert(path.clone(), added);
        }
        _ => {}
    }
}

fn mask(versions: &[Option<Found>; 3], is_tree: bool) -> u8 {
    let has = |version: &usize| versions[*version].is_some_and(|found| found.mode.is_tree() == is_tree);
    [BASE, OURS, THEIRS].into_iter().filter(has).map(bit).sum()
}

fn files(versions: &[Option<Found>; 3]) -> u8 {
    mask(versions, false)
}

fn folders_of(versions: &[Option<Found>; 3]) -> u8 {
    mask(versions, true)
}

/// Which versions exist and are equal.
fn same(versions: &[Option<Found>; 3]) -> u8 {
    let pair = |a: usize, b: usize| {
        let is_same = versions[a].is_some() && versions[a] == versions[b];
        if is_same { bit(a) | bit(b) } else { 0 }
    };
    pair(BASE, OURS) | pair(BASE, THEIRS) | pair(OURS, THEIRS)
}

/// The entries of a tree, by name.
type Listed<'a> = Vec<(&'a [u8], Found)>;

/// Those that have not been walked yet.
type Rest<'a> = Peekable<IntoIter<(&'a [u8], Found)>>;

/// The entries of up to three trees, by name.
fn parse<'a, F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    trees: &[Option<ObjectId>; 3],
    data: &'a [Bytes; 3],
) -> Result<[Listed<'a>; 3], MergeError> {
    let mut lists = [Vec::new(), Vec::new(), Vec::new()];
    for ((list, tree), data) in lists.iter_mut().zip(trees).zip(data) {
        if let Some(id) = tree {
            *list = entries(objects, *id, data)?;
        }
    }
    Ok(lists)
}

/// Takes the next name of any of the lists, with what it is in each.
fn next_name<'a>(lists: &mut [Rest<'a>; 3]) -> Option<(&'a [u8], [Option<Found>; 3])> {
    let name = lists
        .iter_mut()
        .filter_map(|list| list.peek().map(|(name, _)| *name))
        .min()?;
    let mut versions = [None; 3];
    for (version, list) in versions.iter_mut().zip(lists) {
        *version = list.next_if(|(other, _)| *other == name).map(|(_, found)| found);
    }
    Some((name, versions))
}

/// The entries of a tree, by name, so that a file and a folder of one name meet.
fn entries<'a, F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    id: ObjectId,
    data: &'a [u8],
) -> Result<Listed<'a>, MergeError> {
    let malformed = |what| FindError::Malformed {
        id,
        why: Malformed { kind: Kind::Tree, what },
    };
    let mut list = Vec::with_capacity(data.len() / 40);
    for entry in tree_entries(objects.format(), data) {
        let entry = entry.map_err(|why| FindError::Malformed { id, why })?;
        if memchr::memchr(b'/', entry.name).is_some() {
            return Err(malformed("slash in a name").into());
        }
        let found = Found {
            mode: Mode::of(entry.mode),
            id: entry.id.to_owned(),
        };
        list.push((entry.name, found));
    }
    if !list.is_sorted_by(|a, b| a.0 < b.0) {
        list.sort_by(|a, b| a.0.cmp(b.0));
        if list.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(malformed("a name twice").into());
        }
    }
    Ok(list)
}
