//! Making a pack out of chosen entries of stored packs, without inflating what can be copied.
//!
//! Entries come in the order of the packs and of their offsets, so a delta's base in the same pack is written before
//! it. A delta is copied when its base is chosen too (in the same pack, or in an earlier one, so that no two packs can
//! make a circle) or when the receiver is known to have it; all others are written whole.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use packhouse_git::hash::ObjectId;
use packhouse_git::pack::HEADER_LEN;
use packhouse_git::pack::edges::IdSet;
use packhouse_git::pack::entry::{self, Content};
use packhouse_git::zlib::deflate;
use roaring::RoaringBitmap;

use crate::error::{Error, Result};
use crate::manifest::Prefix;
use crate::odb::{Odb, Place};
use crate::sidecar::Sidecar;

/// How many bytes of entries made anew one batch holds, at most, besides its last entry.
const BATCH_BYTES: usize = 1 << 20;
/// How many entries one batch looks at.
const BATCH_ENTRIES: usize = 4096;

/// A piece of a pack that is being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Bytes as they lie in a stored pack.
    Copy {
        /// Position in [`Odb::packs`].
        pack: usize,
        /// Which bytes.
        range: Range<u64>,
    },
    /// New bytes.
    Bytes(Bytes),
}

impl Piece {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Copy { range, .. } => range.end - range.start,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

/// What the receiver of a pack allows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allow {
    /// Deltas may name their base by its distance.
    pub(crate) ofs_delta: bool,
    /// Objects that the receiver has, which deltas may build on.
    pub(crate) known: IdSet,
}

/// A sorted pack with its sidecar, of which entries are chosen by their rank.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    pub(crate) pack: usize,
    pub(crate) sidecar: Arc<Sidecar>,
    pub(crate) chosen: RoaringBitmap,
    /// Its objects that the receiver has, which deltas may build on.
    pub(crate) known: RoaringBitmap,
}

/// The entries chosen of one pack.
#[derive(Debug, Default)]
struct Chosen {
    /// Ranks in the pack, ascending.
    ranks: Vec<u32>,
    /// Where each was written, as far as they were.
    written: Vec<u64>,
}

/// Makes a pack piece by piece.
#[derive(Debug)]
pub(crate) struct Assembler {
    odb: Odb,
    allow: Allow,
    chosen: Vec<Chosen>,
    /// Entries of the first pack that go out as they lie, before all others.
    prefix: Option<Prefix>,
    base: Option<Base>,
    pack: usize,
    at: usize,
    offset: u64,
}

impl Assembler {
    /// Chooses the entries at `places`, of which each object's is the one that [`Odb::place`] prefers.
    pub(crate) fn new(odb: Odb, mut places: Vec<Place>, allow: Allow) -> Result<Self> {
        places.sort_unstable();
        places.dedup();
        let mut chosen: Vec<Chosen> = odb.packs().iter().map(|_| Chosen::default()).collect();
        for place in &places {
            let rank = odb.packs()[place.pack].rank(place.offset)?;
            chosen[place.pack]
                .ranks
                .push(u32::try_from(rank).map_err(|_| Error::corrupt("a pack of too many objects"))?);
        }
        Ok(Self {
            odb,
            allow,
            chosen,
            prefix: None,
            base: None,
            pack: 0,
            at: 0,
            offset: HEADER_LEN,
        })
    }

    /// Puts the first entries of the first pack before all others; none of `places` is among them.
    pub(crate) fn behind(self, prefix: Prefix) -> Self {
        Self {
            prefix: Some(prefix),
            ..self
        }
    }

    /// Chooses entries of a sorted pack besides; none of `places` is in it.
    pub(crate) fn with_base(mut self, base: Base) -> Self {
        self.chosen[base.pack].ranks = base.chosen.iter().collect();
        self.base = Some(base);
        self
    }

    /// How many entries are chosen.
    pub(crate) fn count(&self) -> usize {
        let prefix = self.prefix.map_or(0, |prefix| prefix.objects as usize);
        prefix + self.chosen.iter().map(|chosen| chosen.ranks.len()).sum::<usize>()
    }

    /// The objects written so far, each with its offset in the new pack.
    pub(crate) fn written(&self) -> impl Iterator<Item = (ObjectId, u64)> {
        self.odb.packs().iter().zip(&self.chosen).flat_map(|(file, chosen)| {
            chosen.ranks.iter().zip(&chosen.written).map(|(&rank, &offset)| {
                let id = file.index.oid_at_index(file.order()[rank as usize]).to_owned();
                (id, offset)
            })
        })
    }

    /// The next pieces; none at the end. Blocks on the blob store.
    pub(crate) fn batch(&mut self) -> Result<Vec<Piece>> {
        let mut pieces: Vec<Piece> = Vec::new();
        let (mut made, mut seen) = (0, 0);
        if let Some(prefix) = self.prefix.filter(|_| self.offset == HEADER_LEN) {
            self.offset = prefix.end;
            let range = HEADER_LEN..prefix.end;
            pieces.push(Piece::Copy { pack: 0, range });
        }
        while self.pack < self.chosen.len() && made < BATCH_BYTES && seen < BATCH_ENTRIES {
            let Some(&rank) = self.chosen[self.pack].ranks.get(self.at) else {
                self.pack += 1;
                self.at = 0;
                continue;
            };
            self.at += 1;
            seen += 1;
            let entry = self.entry(rank as usize)?;
            let length: u64 = entry.iter().map(Piece::len).sum();
            self.chosen[self.pack].written.push(self.offset);
            self.offset += length;
            for piece in entry {
                match (pieces.last_mut(), piece) {
                    (
                        Some(Piece::Copy {
                            pack: last,
                            range: before,
                        }),
                        Piece::Copy { pack, range },
                    ) if *last == pack && before.end == range.start => {
                        before.end = range.end;
                    }
                    (_, piece) => {
                        if let Piece::Bytes(bytes) = &piece {
                            made += bytes.len();
                        }
                        pieces.push(piece);
                    }
                }
            }
        }
        Ok(pieces)
    }

    /// The pieces of one entry.
    fn entry(&self, rank: usize) -> Result<Vec<Piece>> {
        let file = &self.odb.packs()[self.pack];
        let offset = file.index.pack_offset_at_index(file.order()[rank]);
        let place = Place {
            pack: self.pack,
            offset,
        };
        let end = file.end_of(rank);
        if self.is_as_it_lies(rank, offset) {
            return Ok(vec![Piece::Copy {
                pack: self.pack,
                range: offset..end,
            }]);
        }
        let header = self.odb.header(place)?;
        let base = match self.odb.base(place, header)? {
            Err(_whole) => {
                return Ok(vec![Piece::Copy {
                    pack: self.pack,
                    range: offset..end,
                }]);
            }
            Ok(base) => base,
        };
        let Some(new) = self.delta_content(base)? else {
            return self.whole(place);
        };
        if new == header.content {
            return Ok(vec![Piece::Copy {
                pack: self.pack,
                range: offset..end,
            }]);
        }
        let mut bytes = Vec::with_capacity(entry::MAX_HEADER);
        entry::write(new, header.size, &mut bytes);
        let stream = offset + header.length as u64..end;
        Ok(vec![
            Piece::Bytes(bytes.into()),
            Piece::Copy {
                pack: self.pack,
                range: stream,
            },
        ])
    }

    /// Whether the sidecar tells that an entry, which starts at `offset` in its pack, goes out without a change: it is whole, or its
    /// base goes out at the same distance.
    fn is_as_it_lies(&self, rank: usize, offset: u64) -> bool {
        let Some(base) = self.base.as_ref().filter(|base| base.pack == self.pack) else {
            return false;
        };
        let Some(on) = u32::try_from(rank).ok().map(|rank| base.sidecar.base(rank)) else {
            return false;
        };
        let Some(on) = on else { return true };
        let file = &self.odb.packs()[self.pack];
        let at = self.position(self.pack, on as usize);
        let written = at.and_then(|at| self.chosen[self.pack].written.get(at));
        let lies = file
            .order()
            .get(on as usize)
            .map(|at| file.index.pack_offset_at_index(*at));
        let distance = lies.and_then(|lies| offset.checked_sub(lies));
        self.allow.ofs_delta && distance.is_some() && written.map(|written| self.offset - written) == distance
    }

    /// Whether the receiver has that object of the base.
    fn is_known(&self, place: Place, rank: usize) -> bool {
        let base = self.base.as_ref().filter(|base| base.pack == place.pack);
        base.zip(u32::try_from(rank).ok())
            .is_some_and(|(base, rank)| base.known.contains(rank))
    }

    /// How a delta on the entry at `base` can be written; `None` when its base is not at hand.
    fn delta_content(&self, base: Place) -> Result<Option<Content>> {
        if self.is_in_prefix(base) {
            return Ok(Some(Content::OfsDelta(self.offset - base.offset)));
        }
        let file = &self.odb.packs()[base.pack];
        let rank = file.rank(base.offset)?;
        if let Some(at) = self.position(base.pack, rank) {
            let written = self.chosen[base.pack].written.get(at);
            if let Some(written) = written.filter(|_| self.allow.ofs_delta) {
                return Ok(Some(Content::OfsDelta(self.offset - written)));
            }
            return Ok(Some(Content::RefDelta(self.id_of(base.pack, rank))));
        }
        let id = self.id_of(base.pack, rank);
        if self.allow.known.contains(&id) || self.is_known(base, rank) {
            return Ok(Some(Content::RefDelta(id)));
        }
        // Another pack's copy of the base may be chosen.
        let Some(other) = self.odb.place(&id).filter(|other| other.pack < self.pack) else {
            return Ok(None);
        };
        if self.is_in_prefix(other) {
            return Ok(Some(Content::RefDelta(id)));
        }
        let rank = self.odb.packs()[other.pack].rank(other.offset)?;
        Ok(self.position(other.pack, rank).map(|_| Content::RefDelta(id)))
    }

    fn is_in_prefix(&self, place: Place) -> bool {
        place.pack == 0 && self.prefix.is_some_and(|prefix| place.offset < prefix.end)
    }

    fn position(&self, pack: usize, rank: usize) -> Option<usize> {
        let rank = u32::try_from(rank).ok()?;
        self.chosen[pack].ranks.binary_search(&rank).ok()
    }

    fn id_of(&self, pack: usize, rank: usize) -> ObjectId {
        let file = &self.odb.packs()[pack];
        file.index.oid_at_index(file.order()[rank]).to_owned()
    }

    /// The object as a whole entry.
    fn whole(&self, place: Place) -> Result<Vec<Piece>> {
        let object = self.odb.read_at(place)?;
        let mut bytes = Vec::new();
        entry::write(Content::Full(object.kind), object.data.len() as u64, &mut bytes);
        bytes.extend(deflate(&object.data));
        Ok(vec![Piece::Bytes(bytes.into())])
    }
}
