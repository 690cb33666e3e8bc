//! Objects that merges read and make, and how much of them they may touch.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use bytes::Bytes;

use super::{Limits, MergeError};
use crate::find::{Find, FindError};
use crate::hash::{ObjectFormat, ObjectId, object_id, oid};
use crate::object::{Kind, tree_entries};

/// How many bytes of a path cost as much as one item, so that deep folders are bounded too.
const BYTES_PER_ITEM: usize = 256;

/// A source of objects, with those on top that the merge has made.
pub(super) struct Overlay<'a, F: ?Sized> {
    find: &'a F,
    written: RefCell<BTreeMap<ObjectId, (Kind, Bytes)>>,
    items: Cell<usize>,
    content: Cell<u64>,
    for_renames: Cell<u64>,
}

impl<'a, F: Find + ?Sized> Overlay<'a, F> {
    pub(super) fn new(find: &'a F, limits: &Limits) -> Self {
        Self {
            find,
            written: RefCell::default(),
            items: Cell::new(limits.items),
            content: Cell::new(limits.content),
            for_renames: Cell::new(limits.rename_content),
        }
    }

    /// Makes an object.
    pub(super) fn write(&self, kind: Kind, data: impl Into<Bytes>) -> Result<ObjectId, MergeError> {
        let data = data.into();
        let id = object_id(self.format(), kind, &data)?;
        self.written.borrow_mut().insert(id, (kind, data));
        Ok(id)
    }

    /// Takes note of a path that has to be compared.
    pub(super) fn count_path(&self, path: &[u8]) -> Result<(), MergeError> {
        let cost = 1 + path.len() / BYTES_PER_ITEM;
        let left = self.items.get().checked_sub(cost).ok_or(MergeError::TooManyItems)?;
        self.items.set(left);
        Ok(())
    }

    /// A blob whose content has to be merged.
    pub(super) fn blob(&self, id: &oid) -> Result<Bytes, MergeError> {
        let size = self.size(id)?;
        let left = self.content.get().checked_sub(size).ok_or(MergeError::TooMuchContent)?;
        self.content.set(left);
        Ok(self.get(id, Kind::Blob)?)
    }

    /// A blob that might have been renamed; `None` when so many have been read that no more are.
    pub(super) fn blob_for_rename(&self, id: &oid, size: u64) -> Result<Option<Bytes>, MergeError> {
        let Some(left) = self.for_renames.get().checked_sub(size) else {
            return Ok(None);
        };
        self.for_renames.set(left);
        Ok(Some(self.get(id, Kind::Blob)?))
    }

    /// The size of a blob.
    pub(super) fn size(&self, id: &oid) -> Result<u64, MergeError> {
        match self.header(id)? {
            Some((Kind::Blob, size)) => Ok(size),
            Some((found, _)) => Err(FindError::Kind {
                id: id.to_owned(),
                found,
                wanted: Kind::Blob,
            }
            .into()),
            None => Err(FindError::Missing(id.to_owned()).into()),
        }
    }

    /// What was made and can be reached from the tree `root`, trees before what is in them.
    pub(super) fn made(&self, root: ObjectId) -> Vec<(Kind, Bytes, ObjectId)> {
        let mut written = self.written.borrow_mut();
        let (mut made, mut next) = (Vec::new(), vec![root]);
        while let Some(id) = next.pop() {
            let Some((kind, data)) = written.remove(&id) else {
                continue;
            };
            if kind == Kind::Tree {
                next.extend(
                    tree_entries(self.find.format(), &data)
                        .flatten()
                        .map(|entry| entry.id.to_owned()),
                );
            }
            made.push((kind, data, id));
        }
        made
    }
}

impl<F: Find + ?Sized> Find for Overlay<'_, F> {
    fn format(&self) -> ObjectFormat {
        self.find.format()
    }

    fn find(&self, id: &oid) -> Result<Option<(Kind, Bytes)>, FindError> {
        match self.written.borrow().get(id) {
            Some(object) => Ok(Some(object.clone())),
            None => self.find.find(id),
        }
    }

    fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>, FindError> {
        match self.written.borrow().get(id) {
            Some((kind, data)) => Ok(Some((*kind, data.len() as u64))),
            None => self.find.header(id),
        }
    }
}
