//! How each chosen entry goes out: as it lies, as the delta that it is, or made anew.

use packhouse_git::hash::ObjectId;
use packhouse_git::pack::entry::EntryHeader;

use super::Assembler;
use super::anew::Anew;
use crate::error::Result;
use crate::odb::Place;

/// How many bytes of objects one batch makes anew at most, besides its last one.
const BATCH_BYTES: u64 = 4 << 20;
/// Entries below this length are not made anew to save some of it.
const WORTH_A_DELTA: u64 = 64;
/// The most deltas that lie under an object; one more, and it is made whole. Packs are merged again and again, and each brings deltas on
/// what those before it brought: without a bound these chains would grow with the number of pushes.
const MOST_DEPTH: u16 = if cfg!(test) { 8 } else { 250 };
/// How many entries one batch looks at.
const BATCH_ENTRIES: usize = 4096;

/// An entry that goes out.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) place: Place,
    /// Where it ends in its pack.
    pub(super) end: u64,
    pub(super) way: Way,
    /// How many deltas then lie under its object, in what goes out.
    pub(super) depth: u16,
}

#[derive(Debug)]
pub(super) enum Way {
    AsItLies,
    /// With what its entry begins with, where that was looked at.
    Delta(On, Option<EntryHeader>),
    Anew(Anew),
}

/// On what a delta builds.
#[derive(Debug)]
pub(super) enum On {
    /// An entry of the prefix, at that offset.
    Prefix(u64),
    /// A chosen entry: its pack, its rank there, and its position among those that are chosen.
    Chosen { pack: usize, rank: usize, at: usize },
    /// What goes out from another pack, or what the receiver has.
    Id(ObjectId),
}

impl Assembler {
    /// The next entries, so many that making some of them anew takes a bounded amount of memory.
    pub(super) fn next_entries(&mut self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let mut bytes = 0;
        while self.pack < self.chosen.len() && bytes < BATCH_BYTES && entries.len() < BATCH_ENTRIES {
            let Some(&rank) = self.chosen[self.pack].ranks.get(self.at) else {
                self.pack += 1;
                self.at = 0;
                continue;
            };
            self.at += 1;
            let entry = self.entry(rank as usize)?;
            if let Way::Anew(anew) = &entry.way {
                bytes += anew.size;
            }
            self.chosen[self.pack].depths.push(entry.depth);
            entries.push(entry);
        }
        Ok(entries)
    }

    /// How an entry of the current pack goes out.
    fn entry(&self, rank: usize) -> Result<Entry> {
        let file = &self.odb.packs()[self.pack];
        let offset = file.index.pack_offset_at_index(file.order()[rank]);
        let place = Place {
            pack: self.pack,
            offset,
        };
        let end = file.end_of(rank);
        let way = match self.way_by_sidecar(rank) {
            Some(way) => way,
            None => self.way(place)?,
        };
        let way = match way {
            Way::AsItLies => self.way_on_what_is_known(rank, place, end)?,
            way => way,
        };
        let depth = match &way {
            Way::AsItLies => 0,
            Way::Anew(anew) => u16::from(anew.like.is_some()),
            Way::Delta(On::Chosen { pack, at, .. }, _) => self.depth_above(*pack, *at),
            Way::Delta(On::Id(id), _) => self.depth_above_id(id)?,
            Way::Delta(On::Prefix(_), _) => 1,
        };
        if depth <= MOST_DEPTH {
            return Ok(Entry { place, end, way, depth });
        }
        let anew = Anew {
            place,
            size: self.odb.size(place)?,
            like: None,
            stored: None,
        };
        let way = Way::Anew(anew);
        let depth = 0;
        Ok(Entry { place, end, way, depth })
    }

    /// How many deltas lie under one that builds on a chosen entry; too many where that goes out behind it.
    fn depth_above(&self, pack: usize, at: usize) -> u16 {
        self.chosen[pack].depths.get(at).map_or(u16::MAX, |depth| depth + 1)
    }

    /// The same for an object of another pack, or one that the receiver has.
    fn depth_above_id(&self, id: &ObjectId) -> Result<u16> {
        let Some(place) = self.odb.place(id).filter(|place| !self.is_in_prefix(*place)) else {
            return Ok(1);
        };
        let rank = self.odb.packs()[place.pack].rank(place.offset)?;
        let at = self.position(place.pack, rank);
        Ok(at.map_or(1, |at| self.depth_above(place.pack, at)))
    }

    /// How an entry goes out that is whole: as a delta, if the receiver has something like it.
    fn way_on_what_is_known(&self, rank: usize, place: Place, end: u64) -> Result<Way> {
        let like = match self.allow.likenesses.is_empty() {
            true => None,
            false => self.like(&self.id_of(place.pack, rank))?,
        };
        if like.is_none() || end - place.offset < WORTH_A_DELTA {
            return Ok(Way::AsItLies);
        }
        Ok(Way::Anew(Anew {
            place,
            size: self.odb.size(place)?,
            like,
            stored: Some(end - place.offset),
        }))
    }

    /// The same, where the sidecar tells without a look at the entry.
    fn way_by_sidecar(&self, rank: usize) -> Option<Way> {
        let base = self.base.as_ref().filter(|base| base.pack == self.pack)?;
        let Some(on) = base.sidecar.base(u32::try_from(rank).ok()?) else {
            return Some(Way::AsItLies);
        };
        let at = self.position(self.pack, on as usize)?;
        let (pack, rank) = (self.pack, on as usize);
        Some(Way::Delta(On::Chosen { pack, rank, at }, None))
    }

    fn way(&self, place: Place) -> Result<Way> {
        let header = self.odb.header(place)?;
        let Ok(base) = self.odb.base(place, header)? else {
            return Ok(Way::AsItLies);
        };
        Ok(match self.on(base)? {
            Some(on) => Way::Delta(on, Some(header)),
            None => Way::Anew(Anew {
                place,
                size: self.odb.size(place)?,
                like: self.like(&self.odb.id_at(place)?)?,
                stored: None,
            }),
        })
    }

    /// What the receiver has that an object is likely like. What it has and gets all the same is left out: stored deltas may
    /// build the other way round, and git wants no object twice.
    fn like(&self, id: &ObjectId) -> Result<Option<ObjectId>> {
        let like = self.allow.likenesses.get(id).copied();
        let Some(place) = like.and_then(|like| self.odb.place(&like)) else {
            return Ok(None);
        };
        let rank = self.odb.packs()[place.pack].rank(place.offset)?;
        let goes_out = self.is_in_prefix(place) || self.position(place.pack, rank).is_some();
        Ok(like.filter(|_| !goes_out))
    }

    /// How a delta can name the entry at `base`; `None` when that is not at hand.
    fn on(&self, base: Place) -> Result<Option<On>> {
        if self.is_in_prefix(base) {
            return Ok(Some(On::Prefix(base.offset)));
        }
        let rank = self.odb.packs()[base.pack].rank(base.offset)?;
        if let Some(at) = self.position(base.pack, rank) {
            let pack = base.pack;
            return Ok(Some(On::Chosen { pack, rank, at }));
        }
        let id = self.id_of(base.pack, rank);
        if self.allow.known.contains(&id) || self.is_known(base, rank) {
            return Ok(Some(On::Id(id)));
        }
        // Another pack's copy of the base may be chosen.
        let Some(other) = self.odb.place(&id).filter(|other| other.pack < self.pack) else {
            return Ok(None);
        };
        if self.is_in_prefix(other) {
            return Ok(Some(On::Id(id)));
        }
        let rank = self.odb.packs()[other.pack].rank(other.offset)?;
        Ok(self.position(other.pack, rank).map(|_| On::Id(id)))
    }

    /// Whether the receiver has that object of the base.
    fn is_known(&self, place: Place, rank: usize) -> bool {
        let base = self.base.as_ref().filter(|base| base.pack == place.pack);
        base.zip(u32::try_from(rank).ok())
            .is_some_and(|(base, rank)| base.known.contains(rank))
    }

    fn is_in_prefix(&self, place: Place) -> bool {
        place.pack == 0 && self.prefix.is_some_and(|prefix| place.offset < prefix.end)
    }

    fn position(&self, pack: usize, rank: usize) -> Option<usize> {
        let rank = u32::try_from(rank).ok()?;
        self.chosen[pack].ranks.binary_search(&rank).ok()
    }
}
