//! `keepEmptyFolders`: folders that a merge takes the last file of.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use packhouse_git::diff::trees::TreeDiff;
use packhouse_git::find::{Find, FindError};
use packhouse_git::hash::{ObjectFormat, ObjectId, object_id, oid};
use packhouse_git::object::Kind;
use packhouse_git::tree::{EditError, Edits, Found, Mode, TreePath, lookup};
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::odb::Odb;

use crate::contents::too_far;
use crate::error::{Error, Result};

/// What a folder without files keeps.
const KEEPER: &str = ".gitkeep";

/// The repository with objects that are not in it yet.
struct With<'a> {
    odb: &'a Odb,
    made: HashMap<ObjectId, (Kind, Bytes)>,
}

impl Find for With<'_> {
    fn format(&self) -> ObjectFormat {
        Odb::format(self.odb)
    }

    fn find(&self, id: &oid) -> Result<Option<(Kind, Bytes)>, FindError> {
        match self.made.get(id) {
            Some((kind, data)) => Ok(Some((*kind, data.clone()))),
            None => self.odb.find(id),
        }
    }
}

/// A tree, and the objects that the repository may lack of it.
pub(super) type Drawn = (ObjectId, Vec<(Kind, Vec<u8>)>);

/// Puts a keeper into each folder of `before` that is not in `after`, where its parent folder still is or is kept.
pub(super) fn keep_folders(
    odb: &Odb,
    (before, after): (ObjectId, ObjectId),
    mut objects: Vec<(Kind, Vec<u8>)>,
) -> Result<Drawn> {
    let format = Odb::format(odb);
    let id_of = |kind, data: &[u8]| object_id(format, kind, data).map_err(|error| invalid(&error));
    let mut made = HashMap::new();
    for (kind, data) in &objects {
        made.insert(id_of(*kind, data)?, (*kind, Bytes::copy_from_slice(data)));
    }
    let find = With { odb, made };
    let root = |id| Some(Found { mode: Mode::Tree, id });
    let mut emptied = BTreeSet::new();
    for difference in TreeDiff::new(&find, root(before), root(after)) {
        let difference = difference.map_err(too_far)?;
        let folder = difference.path.iter().rposition(|byte| *byte == b'/');
        if let (None, Some(end)) = (difference.after, folder) {
            emptied.insert(difference.path[..end].to_vec());
        }
    }
    let empty = id_of(Kind::Blob, b"")?;
    let mut edits = Edits::default();
    let mut any = false;
    for folder in emptied {
        if lookup(&find, &after, &folder).map_err(StorageError::from)?.is_some() {
            continue;
        }
        let path = format!("{}/{KEEPER}", String::from_utf8_lossy(&folder));
        if let Ok(path) = TreePath::file(&path) {
            edits.put(&path, Mode::Normal, empty).map_err(unfit)?;
            any = true;
        }
    }
    if !any {
        return Ok((after, objects));
    }
    let applied = edits.apply(&find, Some(&after)).map_err(unfit)?;
    objects.push((Kind::Blob, Vec::new()));
    objects.extend(applied.trees.into_iter().map(|(_, data)| (Kind::Tree, data)));
    Ok((applied.root, objects))
}

fn invalid(error: &impl std::fmt::Display) -> Error {
    StorageError::Invalid(error.to_string()).into()
}

fn unfit(error: EditError) -> Error {
    match error {
        EditError::Find(error) => StorageError::from(error).into(),
        other => invalid(&other),
    }
}
