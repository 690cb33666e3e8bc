//! Making a pack out of chosen entries of stored packs, without inflating what can be copied.
//!
//! Entries come in the order of the packs and of their offsets, so a delta's base in the same pack is written before
//! it. A delta is copied when its base is chosen too (in the same pack, or in an earlier one, so that no two packs can
//! make a circle) or when the receiver is known to have it; all others are written whole, and so is what would lie above too many
//! deltas.

mod anew;
mod ways;

use std::sync::Arc;

use bytes::Bytes;
use packhouse_git::hash::ObjectId;
use packhouse_git::pack::HEADER_LEN;
use packhouse_git::pack::edges::{IdMap, IdSet};
use packhouse_git::pack::entry::{self, Content, EntryHeader};
use roaring::RoaringBitmap;

use self::anew::{Anew, make};
use self::ways::{Entry, On, Way};
use crate::error::{Error, Result};
use crate::manifest::Prefix;
use crate::odb::{Odb, Place};
use crate::piece::Piece;
use crate::sidecar::Sidecar;

/// What the receiver of a pack allows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allow {
    /// Deltas may name their base by its distance.
    pub(crate) ofs_delta: bool,
    /// Objects that the receiver has, which deltas may build on.
    pub(crate) known: IdSet,
    /// Objects that the receiver has, each by an object that it is likely like.
    pub(crate) likenesses: IdMap<ObjectId>,
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
    /// How many deltas lie under each object, as far as that was decided.
    depths: Vec<u16>,
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
        if let Some(prefix) = self.prefix.filter(|_| self.offset == HEADER_LEN) {
            self.offset = prefix.end;
            let range = HEADER_LEN..prefix.end;
            pieces.push(Piece::Copy { pack: 0, range });
        }
        let entries = self.next_entries()?;
        let anew = entries.iter().filter_map(|entry| match &entry.way {
            Way::Anew(anew) => Some(*anew),
            Way::AsItLies | Way::Delta(..) => None,
        });
        let mut made = make(&self.odb, &anew.collect::<Vec<Anew>>())?.into_iter();
        for entry in &entries {
            let start = self.offset;
            match &entry.way {
                Way::AsItLies => self.copy(entry, 0, &mut pieces),
                Way::Anew(_) => match made.next().flatten() {
                    Some(bytes) => self.put(bytes, &mut pieces),
                    None => self.copy(entry, 0, &mut pieces),
                },
                Way::Delta(on, header) => self.delta(entry, on, *header, &mut pieces)?,
            }
            self.chosen[entry.place.pack].written.push(start);
        }
        Ok(pieces)
    }

    /// Adds an entry as it lies, without its first bytes.
    fn copy(&mut self, entry: &Entry, skipped: usize, pieces: &mut Vec<Piece>) {
        let Place { pack, offset } = entry.place;
        let range = offset + skipped as u64..entry.end;
        self.offset += range.end - range.start;
        match pieces.last_mut() {
            Some(Piece::Copy {
                pack: last,
                range: before,
            }) if *last == pack && before.end == range.start => before.end = range.end,
            _ => pieces.push(Piece::Copy { pack, range }),
        }
    }

    fn put(&mut self, bytes: Bytes, pieces: &mut Vec<Piece>) {
        self.offset += bytes.len() as u64;
        pieces.push(Piece::Bytes(bytes));
    }

    /// Adds a delta, whose base is named anew unless it lies as far away as before.
    fn delta(&mut self, entry: &Entry, on: &On, header: Option<EntryHeader>, pieces: &mut Vec<Piece>) -> Result<()> {
        let content = match *on {
            On::Prefix(offset) => Content::OfsDelta(self.offset - offset),
            On::Id(id) => Content::RefDelta(id),
            On::Chosen { pack, rank, at } => {
                let written = self.chosen[pack].written.get(at);
                match written.filter(|_| self.allow.ofs_delta) {
                    Some(written) => Content::OfsDelta(self.offset - written),
                    None => Content::RefDelta(self.id_of(pack, rank)),
                }
            }
        };
        if self.lies_as_far(entry, on, content) {
            self.copy(entry, 0, pieces);
            return Ok(());
        }
        let header = header.map_or_else(|| self.odb.header(entry.place), Ok)?;
        if content == header.content {
            self.copy(entry, 0, pieces);
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(entry::MAX_HEADER);
        entry::write(content, header.size, &mut bytes);
        self.put(bytes.into(), pieces);
        self.copy(entry, header.length, pieces);
        Ok(())
    }

    /// Whether an entry of the base, which names what it builds on by distance, does so rightly as it lies.
    fn lies_as_far(&self, entry: &Entry, on: &On, content: Content) -> bool {
        let (Some(base), On::Chosen { pack, rank, .. }) = (&self.base, on) else {
            return false;
        };
        let file = &self.odb.packs()[*pack];
        let lies = file.index.pack_offset_at_index(file.order()[*rank]);
        let distance = entry.place.offset.checked_sub(lies);
        base.pack == *pack && entry.place.pack == *pack && distance.map(Content::OfsDelta) == Some(content)
    }

    fn id_of(&self, pack: usize, rank: usize) -> ObjectId {
        let file = &self.odb.packs()[pack];
        file.index.oid_at_index(file.order()[rank]).to_owned()
    }
}
