//! Where objects lie: which of several copies counts.

use packhouse_git::hash::{ObjectId, oid};

use super::{Odb, Place};

impl Odb {
    /// Where an object lies: of several copies, the one in the oldest pack, but rather none that was appended to
    /// complete a thin pack, so that such a base never stands in for the original that other deltas build on; and of what is
    /// set aside only what lies nowhere else.
    pub(crate) fn place(&self, id: &oid) -> Option<Place> {
        let (mut appended, mut cruft) = (None, None);
        for (pack, file) in self.packs.iter().enumerate() {
            if let Some(offset) = file.find(id) {
                let place = Place { pack, offset };
                if self.is_cruft(pack) {
                    cruft = cruft.or(Some(place));
                } else if self.is_appended(place) {
                    appended = appended.or(Some(place));
                } else {
                    return Some(place);
                }
            }
        }
        appended.or(cruft)
    }

    /// Whether the objects of a pack are set aside.
    pub(crate) fn is_cruft(&self, pack: usize) -> bool {
        self.cruft.contains(&self.packs[pack].pack.id)
    }

    /// Whether one of these is there only among what is set aside.
    pub(crate) fn leans_on_cruft<'a>(&self, ids: impl IntoIterator<Item = &'a ObjectId>) -> bool {
        let in_cruft = |id: &ObjectId| self.place(id).is_some_and(|place| self.is_cruft(place.pack));
        self.has_cruft() && ids.into_iter().any(in_cruft)
    }

    /// Whether anything is set aside.
    pub(crate) fn has_cruft(&self) -> bool {
        !self.cruft.is_empty()
    }

    /// Whether an entry was appended to complete a thin pack.
    pub(crate) fn is_appended(&self, place: Place) -> bool {
        self.packs[place.pack]
            .pack
            .appended
            .is_some_and(|tail| place.offset >= tail.offset)
    }

    /// Where each object lies, each once; without those that are set aside.
    pub(crate) fn every_place(&self) -> Vec<Place> {
        let packs = 0..self.packs.len();
        packs.flat_map(|pack| self.places_in(pack)).collect()
    }

    /// Where each object lies that lies in that pack; none if the pack is set aside.
    pub(crate) fn places_in(&self, pack: usize) -> impl Iterator<Item = Place> {
        let file = &self.packs[pack];
        let all = if self.is_cruft(pack) {
            0
        } else {
            file.index.num_objects()
        };
        (0..all).filter_map(move |at| {
            let offset = file.index.pack_offset_at_index(at);
            let place = Place { pack, offset };
            (self.place(file.index.oid_at_index(at)) == Some(place)).then_some(place)
        })
    }
}
