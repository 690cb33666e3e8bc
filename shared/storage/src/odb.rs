//! The objects of a repository at one instant, over all its packs.
//!
//! Its calls block on the blob store: they belong on the blocking pool, where [`Odb::walk`] runs them.

mod abandoned;
mod blob;
mod peel;
mod places;
mod references;
#[cfg(test)]
mod tests;
mod walk;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use packhouse_git::delta::{self, DeltaError};
use packhouse_git::find::{Blob, Find, FindError};
use packhouse_git::hash::{ObjectFormat, ObjectId, oid};
use packhouse_git::object::{self, Commit, Kind, Tag};
use packhouse_git::pack::entry::{self, Content, EntryHeader, MAX_HEADER, Parsed};
use packhouse_git::zlib::Inflater;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use self::abandoned::Abandoned;
pub(crate) use self::peel::Peeled;
use crate::error::{Error, Result};
use crate::manifest::Pack;
use crate::pack_cache::{Object, PackFile};
use crate::repository_id::RepositoryId;
use crate::sidecar::Sidecar;
use crate::store::Store;

/// How many indexes are loaded at once.
const LOADS: usize = 16;
/// How much of the deltas that lead to an object is held at once, besides the last.
const HELD_DELTAS: usize = if cfg!(test) { 64 } else { 32 << 20 };
/// Reads of at least this length are not worth caching.
const LONG_READ: u64 = 64 << 10;
/// How much of a delta's stream holds its two sizes, as a rule.
const SIZES_WINDOW: u64 = 512;

/// Where an object lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// Position in [`Odb::packs`].
    pub(crate) pack: usize,
    /// Where its entry starts.
    pub(crate) offset: u64,
}

/// An entry as it lies in its pack.
#[derive(Clone, Debug)]
pub(crate) struct RawEntry {
    pub(crate) header: EntryHeader,
    /// All of it, header included.
    pub(crate) bytes: Bytes,
}

/// The objects of a repository at one instant.
#[derive(Clone, Debug)]
pub struct Odb {
    store: Store,
    format: ObjectFormat,
    packs: Arc<[Arc<PackFile>]>,
    /// [`Manifest::cruft`](crate::manifest::Manifest::cruft).
    cruft: Arc<[String]>,
    runtime: Handle,
    /// Whether the one who waited for what is done with it has gone.
    abandoned: Abandoned,
}

impl Odb {
    /// Opens the packs of a repository, in the order given.
    pub(crate) async fn open(store: &Store, id: &RepositoryId, format: ObjectFormat, packs: &[Pack]) -> Result<Self> {
        // Each load owns what it needs: futures that borrow from a closure's argument cannot cross threads.
        let load = |pack: Pack| {
            let (store, id) = (store.clone(), id.clone());
            async move { store.packs().file(&**store.blobs(), &id, format, &pack).await }
        };
        let packs: Vec<_> = stream::iter(packs.to_vec())
            .map(load)
            .buffered(LOADS)
            .try_collect()
            .await?;
        Ok(Self {
            store: store.clone(),
            format,
            packs: packs.into(),
            cruft: Arc::default(),
            runtime: Handle::current(),
            abandoned: Abandoned::default(),
        })
    }

    /// The same, with the objects of some packs set aside: there, but never where others are.
    pub(crate) fn with_cruft(self, cruft: &[String]) -> Self {
        Self {
            cruft: cruft.into(),
            ..self
        }
    }

    /// The same without the newest pack.
    pub(crate) fn without_newest(&self) -> Self {
        let older = self.packs.len().saturating_sub(1);
        self.in_packs(self.packs[..older].to_vec())
    }

    /// The same objects, in packs that lie somewhere else.
    pub(crate) fn in_packs(&self, packs: Vec<Arc<PackFile>>) -> Self {
        Self {
            packs: packs.into(),
            ..self.clone()
        }
    }

    /// The same with one more pack, the newest.
    pub(crate) fn with(&self, pack: Arc<PackFile>) -> Self {
        let packs = self.packs.iter().cloned().chain([pack]).collect();
        Self { packs, ..self.clone() }
    }

    /// The hash of the ids.
    #[must_use]
    pub fn format(&self) -> ObjectFormat {
        self.format
    }

    pub(crate) fn packs(&self) -> &[Arc<PackFile>] {
        &self.packs
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Whether an object exists.
    #[must_use]
    pub fn contains(&self, id: &oid) -> bool {
        self.place(id).is_some()
    }

    /// Every object of every pack; those of several packs repeatedly.
    pub(crate) fn every_id(&self) -> impl Iterator<Item = &oid> {
        self.packs
            .iter()
            .flat_map(|file| (0..file.index.num_objects()).map(|at| file.index.oid_at_index(at)))
    }

    /// The object whose entry starts at a place.
    pub(crate) fn id_at(&self, place: Place) -> Result<ObjectId> {
        let file = &self.packs[place.pack];
        Ok(file
            .index
            .oid_at_index(file.order()[file.rank(place.offset)?])
            .to_owned())
    }

    /// Reads an object.
    ///
    /// # Errors
    /// When a pack cannot be read or contradicts itself.
    pub fn read(&self, id: &oid) -> Result<Option<(Kind, Bytes)>> {
        let Some(place) = self.place(id) else {
            return Ok(None);
        };
        let object = self.read_at(place)?;
        Ok(Some((object.kind, object.data)))
    }

    /// Reads an object that has to exist and be of that kind.
    pub(crate) fn read_kind(&self, id: &oid, kind: Kind) -> Result<Bytes> {
        match self.read(id)? {
            Some((found, data)) if found == kind => Ok(data),
            Some((found, _)) => Err(Error::corrupt(format!(
                "{id} is a {}, not a {}",
                found.name(),
                kind.name()
            ))),
            None => Err(Error::NoObject(id.to_owned())),
        }
    }

    /// Reads a commit.
    ///
    /// # Errors
    /// [`Error::NoObject`], and when it is none or cannot be read.
    pub fn commit(&self, id: &oid) -> Result<Commit> {
        let data = self.read_kind(id, Kind::Commit)?;
        object::parse_commit(self.format, &data).map_err(|error| Error::corrupt(format!("{id}: {error}")))
    }

    /// Reads an annotated tag.
    pub(crate) fn tag(&self, id: &oid) -> Result<Tag> {
        let data = self.read_kind(id, Kind::Tag)?;
        object::parse_tag(self.format, &data).map_err(|error| Error::corrupt(format!("{id}: {error}")))
    }

    /// Follows annotated tags to what is none.
    ///
    /// # Errors
    /// [`Error::NoObject`], and when a pack cannot be read.
    pub fn peel(&self, id: &oid) -> Result<(ObjectId, Kind)> {
        Peeled::default().of(self, id)
    }

    /// The kind of an object, without inflating it.
    pub(crate) fn kind(&self, id: &oid) -> Result<Option<Kind>> {
        self.place(id).map(|place| self.kind_at(place)).transpose()
    }

    /// The kind of the object whose entry lies at `place`, without inflating it.
    pub(crate) fn kind_at(&self, mut place: Place) -> Result<Kind> {
        let file = &self.packs[place.pack];
        // No chain is longer than the pack has objects, unless it goes round in a circle.
        for _ in 0..=file.pack.objects {
            match self.base(place, self.header(place)?)? {
                Ok(base) => place = base,
                Err(kind) => return Ok(kind),
            }
        }
        Err(Error::corrupt(format!("deltas of pack {} never end", file.pack.id)))
    }

    /// The size of an object, without building it.
    pub(crate) fn size(&self, place: Place) -> Result<u64> {
        let header = self.header(place)?;
        if matches!(header.content, Content::Full(_)) {
            return Ok(header.size);
        }
        let file = &self.packs[place.pack];
        let start = place.offset + header.length as u64;
        let corrupt = |why: String| Error::corrupt(format!("pack {} at {}: {why}", file.pack.id, place.offset));
        let (mut window, mut end) = (SIZES_WINDOW, file.end());
        loop {
            let until = end.min(start.saturating_add(window));
            let stream = self.bytes(file, start..until)?;
            let mut sizes = Vec::new();
            let inflated = Inflater::default().prefix(&stream, 24, &mut sizes);
            let told = inflated.map_err(|error| error.to_string()).and_then(|_| {
                let told = delta::sizes(&sizes);
                told.map(|(_, size, _)| size).map_err(|error| error.to_string())
            });
            match told {
                Ok(size) => return Ok(size),
                // A stream may begin with any number of blocks that hold nothing.
                Err(_) if until < end => {
                    window = window.saturating_mul(8);
                    end = file.end_of(file.rank(place.offset)?);
                }
                Err(why) => return Err(corrupt(why)),
            }
        }
    }

    /// Bytes of a pack, without blocking. Long reads go past the cache.
    pub(crate) async fn stored(&self, pack: usize, range: std::ops::Range<u64>) -> Result<Bytes> {
        let file = &self.packs[pack];
        let blobs = self.store.blobs();
        match file.key() {
            Some(key) if range.end - range.start >= LONG_READ => Ok(blobs.get_range(key, range).await?),
            _ => self.store.packs().bytes(&**blobs, file, range).await,
        }
    }

    /// As [`Store::large_place`].
    pub(crate) fn large_place(&self) -> Result<OwnedSemaphorePermit> {
        self.runtime.block_on(self.store.large_place())
    }

    /// Bytes of a pack. Long reads go past the cache.
    pub(crate) fn pack_bytes(&self, pack: usize, range: std::ops::Range<u64>) -> Result<Bytes> {
        self.abandoned.check()?;
        self.runtime.block_on(self.stored(pack, range))
    }

    /// The position of the base and its sidecar, where there is one.
    pub(crate) fn sidecar(&self) -> Option<(usize, Arc<Sidecar>)> {
        let load = self.store.packs().sidecar(&**self.store.blobs(), self.packs.first()?);
        self.runtime.block_on(load).map(|sidecar| (0, sidecar))
    }

    fn bytes(&self, file: &PackFile, range: std::ops::Range<u64>) -> Result<Bytes> {
        self.abandoned.check()?;
        self.runtime
            .block_on(self.store.packs().bytes(&**self.store.blobs(), file, range))
    }

    /// The header of an entry.
    pub(crate) fn header(&self, place: Place) -> Result<EntryHeader> {
        let file = &self.packs[place.pack];
        let end = (place.offset + MAX_HEADER as u64).min(file.end());
        self.parse(file, place.offset, &self.bytes(file, place.offset..end)?)
    }

    fn parse(&self, file: &PackFile, offset: u64, bytes: &[u8]) -> Result<EntryHeader> {
        match entry::parse(self.format, bytes) {
            Parsed::Header(header) => Ok(header),
            Parsed::Incomplete | Parsed::Invalid => Err(Error::corrupt(format!(
                "pack {} has a bad entry at {offset}",
                file.pack.id
            ))),
        }
    }

    /// An entry as it lies in its pack.
    pub(crate) fn raw(&self, place: Place) -> Result<RawEntry> {
        let file = &self.packs[place.pack];
        let end = file.end_of(file.rank(place.offset)?);
        let bytes = self.bytes(file, place.offset..end)?;
        Ok(RawEntry {
            header: self.parse(file, place.offset, &bytes)?,
            bytes,
        })
    }

    /// Where the base of a delta lies, or the kind of a whole object. Stored packs stand alone, so it is the same pack.
    pub(crate) fn base(&self, place: Place, header: EntryHeader) -> Result<std::result::Result<Place, Kind>> {
        let file = &self.packs[place.pack];
        let offset = match header.content {
            Content::Full(kind) => return Ok(Err(kind)),
            Content::OfsDelta(distance) => place.offset.checked_sub(distance),
            Content::RefDelta(id) => file.find(&id),
        };
        let missing = || Error::corrupt(format!("pack {} lacks the base of {}", file.pack.id, place.offset));
        Ok(Ok(Place {
            pack: place.pack,
            offset: offset.ok_or_else(missing)?,
        }))
    }

    /// Reads the object whose entry lies at `place`.
    pub(crate) fn read_at(&self, place: Place) -> Result<Object> {
        self.abandoned.check()?;
        let cache = self.store.packs();
        let file = &self.packs[place.pack];
        let mut inflater = Inflater::default();
        let mut at = place;
        // The deltas from the object down to the nearest base that is kept or whole, and where each lies. Those nearest to the
        // object are needed last: where all are too much to hold, these are read once more.
        let mut deltas: Vec<(Place, Option<Vec<u8>>)> = Vec::new();
        let (mut held, mut dropped) = (0, 0);
        let mut object = loop {
            if let Some(object) = cache.object(file, at.offset) {
                break object;
            }
            let (header, data) = self.inflated(at, &mut inflater)?;
            match self.base(at, header)? {
                Err(kind) => {
                    let object = Object {
                        kind,
                        data: data.into(),
                    };
                    cache.keep(file, at.offset, &object);
                    break object;
                }
                Ok(base) => {
                    held += data.len();
                    deltas.push((at, Some(data)));
                    at = base;
                }
            }
            while held > HELD_DELTAS && dropped + 1 < deltas.len() {
                held -= deltas[dropped].1.take().map_or(0, |delta| delta.len());
                dropped += 1;
            }
            if deltas.len() > file.pack.objects as usize {
                let why = format!("pack {} at {}: its deltas never end", file.pack.id, place.offset);
                return Err(Error::corrupt(why));
            }
        };
        while let Some((at, delta)) = deltas.pop() {
            let delta = match delta {
                Some(delta) => delta,
                None => self.inflated(at, &mut inflater)?.1,
            };
            let corrupt =
                |error: DeltaError| Error::corrupt(format!("pack {} at {}: {error}", file.pack.id, at.offset));
            let mut out = Vec::new();
            delta::apply(&object.data, &delta, &mut out).map_err(corrupt)?;
            object = Object {
                kind: object.kind,
                data: out.into(),
            };
            cache.keep(file, at.offset, &object);
        }
        Ok(object)
    }

    /// What an entry holds: an object or a delta.
    fn inflated(&self, place: Place, inflater: &mut Inflater) -> Result<(EntryHeader, Vec<u8>)> {
        let corrupt = |why: String| {
            let pack = &self.packs[place.pack].pack.id;
            Error::corrupt(format!("pack {pack} at {}: {why}", place.offset))
        };
        let raw = self.raw(place)?;
        let size = usize::try_from(raw.header.size).map_err(|_| corrupt("too large".into()))?;
        let mut data = Vec::new();
        inflater
            .inflate(&raw.bytes[raw.header.length..], size, &mut data)
            .map_err(|error| corrupt(error.to_string()))?;
        Ok((raw.header, data))
    }
}

impl Find for Odb {
    fn format(&self) -> ObjectFormat {
        self.format
    }

    fn find(&self, id: &oid) -> Result<Option<(Kind, Bytes)>, FindError> {
        self.read(id).map_err(|error| FindError::Source(error.into()))
    }

    fn blob(&self, id: &oid) -> Result<Blob<'_>, FindError> {
        self.open_blob(id)
    }

    fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>, FindError> {
        let found = || -> Result<Option<(Kind, u64)>> {
            let (Some(kind), Some(place)) = (self.kind(id)?, self.place(id)) else {
                return Ok(None);
            };
            Ok(Some((kind, self.size(place)?)))
        };
        found().map_err(|error| FindError::Source(error.into()))
    }
}
