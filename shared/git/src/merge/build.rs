//! Writing the tree that results from edits.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::MergeError;
use super::decide::Edits;
use super::overlay::Overlay;
use super::paths::{Path, join, name, parent};
use crate::find::{Find, FindError};
use crate::hash::{ObjectId, oid};
use crate::object::{Kind, tree_entries};
use crate::tree::{Found, Mode, compare};

/// A folder in which something changes.
#[derive(Default)]
struct Folder {
    before: Option<ObjectId>,
    /// The files put or removed, and the folders rebuilt.
    files: BTreeMap<Path, Option<Found>>,
    folders: BTreeMap<Path, Option<Found>>,
}

/// Makes the edits in the tree `base`. What is put at a path replaces a folder there; a folder in which something is
/// put replaces a file that is removed.
pub(super) fn build<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    base: ObjectId,
    edits: &Edits,
) -> Result<ObjectId, MergeError> {
    let mut folders: BTreeMap<Path, Folder> = BTreeMap::new();
    folders.entry(Path::new()).or_default().before = Some(base);
    for (path, file) in edits {
        let mut folder = parent(path);
        folders
            .entry(folder.to_vec())
            .or_default()
            .files
            .insert(name(path).to_vec(), *file);
        while !folder.is_empty() {
            let outer = folders.entry(parent(folder).to_vec()).or_default();
            if outer.folders.insert(name(folder).to_vec(), None).is_some() {
                break;
            }
            folder = parent(folder);
        }
    }
    let mut trees: BTreeMap<Path, Bytes> = BTreeMap::new();
    let all: Vec<Path> = folders.keys().cloned().collect();
    for path in &all {
        let before = folders.get(path).and_then(|folder| folder.before);
        let Some(before) = before else {
            continue;
        };
        let data = objects.get(&before, Kind::Tree)?;
        for entry in tree_entries(objects.format(), &data).flatten() {
            if entry.is_tree()
                && let Some(inner) = folders.get_mut(&join(path, entry.name))
            {
                inner.before = Some(entry.id.to_owned());
            }
        }
        trees.insert(path.clone(), data);
    }
    let mut root = base;
    for path in all.iter().rev() {
        let Some(folder) = folders.remove(path) else {
            continue;
        };
        let tree = rebuild(objects, &folder, &trees.remove(path).unwrap_or_default())?;
        if path.is_empty() {
            root = match tree {
                Some(id) => id,
                None => objects.write(Kind::Tree, Vec::new())?,
            };
        } else if let Some(outer) = folders.get_mut(parent(path)) {
            let found = tree.map(|id| Found { mode: Mode::Tree, id });
            outer.folders.insert(name(path).to_vec(), found);
        }
    }
    Ok(root)
}

/// Writes a folder, whose tree was `before`; `None` when nothing is left of it.
fn rebuild<F: Find + ?Sized>(
    objects: &Overlay<'_, F>,
    folder: &Folder,
    before: &[u8],
) -> Result<Option<ObjectId>, MergeError> {
    let mut entries: Vec<(&[u8], Mode, &oid)> = Vec::with_capacity(before.len() / 40);
    for entry in tree_entries(objects.format(), before) {
        let entry = entry.map_err(|why| FindError::Malformed {
            id: folder.before.unwrap_or(objects.format().null()),
            why,
        })?;
        if !folder.files.contains_key(entry.name) && !folder.folders.contains_key(entry.name) {
            entries.push((entry.name, Mode::of(entry.mode), entry.id));
        }
    }
    for (name, file) in &folder.files {
        let found = file.as_ref().or_else(|| folder.folders.get(name)?.as_ref());
        entries.extend(found.map(|found| (name.as_slice(), found.mode, &*found.id)));
    }
    for (name, inner) in folder
        .folders
        .iter()
        .filter(|(name, _)| !folder.files.contains_key(*name))
    {
        entries.extend(inner.as_ref().map(|found| (name.as_slice(), found.mode, &*found.id)));
    }
    if entries.is_empty() {
        return Ok(None);
    }
    entries.sort_by(|a, b| compare(a.0, a.1.is_tree(), b.0, b.1.is_tree()));
    let mut data = Vec::with_capacity(before.len() + 64);
    for (name, mode, id) in entries {
        for part in [mode.octal().as_bytes(), b" ", name, b"\0", id.as_bytes()] {
            data.extend_from_slice(part);
        }
    }
    if data == before
        && let Some(id) = folder.before
    {
        return Ok(Some(id));
    }
    objects.write(Kind::Tree, data).map(Some)
}
