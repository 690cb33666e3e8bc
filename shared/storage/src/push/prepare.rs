//! From a scanned pack to one that could be stored: resolved, completed, indexed, its references looked up.

use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use packhouse_git::fsck::{FinishError, Stored};
use packhouse_git::hash::{ObjectFormat, ObjectId, finish, hasher, oid};
use packhouse_git::object::Kind;
use packhouse_git::pack::edges::{Edges, IdMap, IdSet};
use packhouse_git::pack::entry::{self, Content};
use packhouse_git::pack::index::{self, IndexEntry};
use packhouse_git::pack::resolve::{Outside, OutsideBase, Source, resolve};
use packhouse_git::pack::scan::{Base, Scanned};
use packhouse_git::pack::{Limits, PackError};
use tokio::sync::OwnedSemaphorePermit;

use super::ingest::{HELD_FREELY, Ingest, Progress, Work, refusal, spool_failed};
use crate::error::{Error, Result};
use crate::manifest::{Appended, Pack};
use crate::odb::Odb;
use crate::pack_cache::PackFile;
use crate::spool::Spool;
use crate::store::Store;

/// A pack that could be stored.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The pack under a provisional name, as an object database takes it.
    pub(super) file: Arc<PackFile>,
    pub(super) spool: Arc<Spool>,
    pub(super) index: Bytes,
    /// Objects that nothing in the pack refers to: the tips of what was sent.
    pub(super) roots: Vec<ObjectId>,
    /// What its objects refer to outside of it.
    pub(super) outward: Vec<(ObjectId, Kind)>,
    /// Of those, what is in no pack of the repository.
    pub(super) missing: Arc<IdSet>,
}

impl Prepared {
    /// Looks up again what leaves the pack, in the repository as it is now.
    ///
    /// # Errors
    /// Also when a base that completed the pack is there no more: deltas of others could not be read by who clones both.
    pub(super) async fn check_again(&mut self, odb: &Odb) -> Result<()> {
        if let Some(base) = self.file.appended().iter().find(|base| !odb.contains(base)) {
            let why = format!("the pack builds on {base}, which is no longer there; push again");
            return Err(Error::Invalid(why));
        }
        let outward = std::mem::take(&mut self.outward);
        let look_up = move |odb: &Odb| {
            let missing = look_up(odb, &outward)?;
            Ok::<_, Error>((outward, missing))
        };
        let (outward, missing) = odb.walk(look_up).await?;
        self.outward = outward;
        self.missing = Arc::new(missing);
        Ok(())
    }
}

impl Ingest {
    /// Resolves and checks the whole pack; `None` when it holds no object.
    pub(super) async fn prepare(mut self, odb: &Odb) -> Result<Option<Prepared>> {
        let work = self
            .work
            .take()
            .ok_or_else(|| Error::Invalid("the pack was refused already".into()))?;
        // What is large when it is resolved takes a place then.
        self.place = None;
        let (limits, progress) = (self.limits, Arc::clone(&self.progress));
        let store = self.snapshot.store().clone();
        let checked = move |odb: &Odb| prepare(*work, &store, odb, limits, &progress);
        odb.walk(checked).await
    }
}

fn prepare(work: Work, store: &Store, odb: &Odb, limits: Limits, progress: &Progress) -> Result<Option<Prepared>> {
    let Work { scanner, mut spool } = work;
    let scanned = scanner.finish().map_err(refusal)?;
    if scanned.entries.is_empty() {
        return Ok(None);
    }
    let deltas = scanned
        .entries
        .iter()
        .filter(|entry| !matches!(entry.base, Base::None(_)))
        .count();
    progress
        .deltas
        .store(u32::try_from(deltas).unwrap_or(u32::MAX), Ordering::Relaxed);
    let arrived = Arrived {
        odb,
        spool: &spool,
        place: Mutex::default(),
    };
    let mut bases = Bases {
        arrived: &arrived,
        largest: limits.in_memory_bytes,
        room: store.limits().pack_bytes.saturating_sub(scanned.end),
        streams: Spool::new(store.spool(), store.limits().spool_memory),
    };
    let threads = store.limits().index_threads;
    let (scanned, resolved) =
        resolve(scanned, limits, threads, &arrived, &mut bases, &progress.resolved).map_err(refusal)?;
    let Bases { streams, .. } = bases;
    drop(arrived);

    let ids = resolved.objects.iter().map(|object| object.id);
    let entries = ids.zip(&scanned.entries).map(|(id, entry)| IndexEntry {
        id,
        crc: entry.crc,
        offset: entry.offset,
    });
    let mut entries: Vec<IndexEntry> = entries.collect();
    let appended = complete(&mut spool, &scanned, (&resolved.outside, &streams), &mut entries)?;
    let checksum = if appended.is_some() {
        seal(&mut spool, scanned.format, entries.len())?
    } else {
        scanned.checksum
    };
    let index = index::write(scanned.format, &mut entries, &checksum).map_err(|error| refusal(error.into()))?;
    if let Some(pair) = entries.windows(2).find(|pair| pair[0].id == pair[1].id) {
        return Err(refusal(PackError::Duplicate(pair[0].id)));
    }
    let (index, spool) = (Bytes::from(index), Arc::new(spool));
    let pack = Pack {
        id: "incoming".into(),
        bytes: spool.len(),
        index_bytes: index.len() as u64,
        sidecar_bytes: None,
        objects: u32::try_from(entries.len()).map_err(|_| Error::TooLarge("too many objects".into()))?,
        appended,
        overlaps: false,
        key_epoch: 0,
    };
    let file = store
        .packs()
        .spooled(Arc::clone(&spool), pack, index.clone(), scanned.format)?;
    let with_pack = odb.with(Arc::clone(&file));
    finish_checks(resolved.checker, &with_pack, limits)?;

    let kinds = resolved
        .objects
        .iter()
        .chain(resolved.outside.iter().map(|base| &base.object));
    let kinds: IdMap<Kind> = kinds.map(|object| (object.id, object.kind)).collect();
    let outward = outward(&resolved.edges, &kinds)?;
    let missing = Arc::new(look_up(odb, &outward)?);
    let sent = resolved.objects.iter().map(|object| object.id);
    let roots = sent.filter(|id| !resolved.edges.contains(id)).collect();
    Ok(Some(Prepared {
        file,
        spool,
        index,
        roots,
        outward,
        missing,
    }))
}

/// The pack as it arrived.
struct Arrived<'a> {
    odb: &'a Odb,
    spool: &'a Spool,
    /// Once something large was met.
    place: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Source for Arrived<'_> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::result::Result<(), String> {
        self.odb.abandoned().check().map_err(|error| error.to_string())?;
        self.spool.read_at(offset, buffer).map_err(|error| error.to_string())
    }

    fn make_room(&self, bytes: u64) -> std::result::Result<(), PackError> {
        if bytes <= HELD_FREELY {
            return Ok(());
        }
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        if place.is_none() {
            *place = Some(self.odb.large_place().map_err(|_| PackError::NoRoom)?);
        }
        Ok(())
    }
}

/// The repository as the place where bases of a thin pack are. What is to be appended may be a multiple of what was sent, so it
/// is not held in memory.
struct Bases<'a> {
    arrived: &'a Arrived<'a>,
    /// The size of the largest that is taken.
    largest: u64,
    /// How long their streams may be together.
    room: u64,
    /// Their zlib streams.
    streams: Spool,
}

impl Outside for Bases<'_> {
    fn find(&mut self, id: &oid) -> std::result::Result<Option<(Kind, Vec<u8>)>, PackError> {
        let failed = |error: Error| PackError::Read(error.to_string());
        let Arrived { odb, .. } = self.arrived;
        let Some(place) = odb.place(id) else {
            return Ok(None);
        };
        let (size, limit) = (odb.size(place).map_err(failed)?, self.largest);
        if size > limit {
            let id = id.to_owned();
            return Err(PackError::BaseTooLarge { id, size, limit });
        }
        self.arrived.make_room(size)?;
        let found = odb.read_at(place).map_err(failed)?;
        Ok(Some((found.kind, Vec::from(found.data))))
    }

    fn keep(&mut self, deflated: &[u8]) -> std::result::Result<Range<u64>, PackError> {
        let failed = |error: std::io::Error| PackError::Read(error.to_string());
        let start = self.streams.len();
        if start + deflated.len() as u64 > self.room {
            return Err(PackError::TooLong(self.arrived.odb.store().limits().pack_bytes));
        }
        self.streams.append(deflated).map_err(failed)?;
        Ok(start..self.streams.len())
    }
}

/// Appends the bases that a thin pack lacks.
fn complete(
    spool: &mut Spool,
    scanned: &Scanned,
    (outside, streams): (&[OutsideBase], &Spool),
    entries: &mut Vec<IndexEntry>,
) -> Result<Option<Appended>> {
    if outside.is_empty() {
        return Ok(None);
    }
    spool.truncate(scanned.end).map_err(spool_failed)?;
    for base in outside {
        let offset = spool.len();
        let mut bytes = Vec::new();
        entry::write(Content::Full(base.object.kind), base.size, &mut bytes);
        let header = bytes.len();
        let length = usize::try_from(base.deflated.end - base.deflated.start);
        bytes.resize(
            header + length.map_err(|_| Error::TooLarge("a base is too large".into()))?,
            0,
        );
        streams
            .read_at(base.deflated.start, &mut bytes[header..])
            .map_err(spool_failed)?;
        entries.push(IndexEntry {
            id: base.object.id,
            crc: crc32fast::hash(&bytes),
            offset,
        });
        spool.append(&bytes).map_err(spool_failed)?;
    }
    let objects = u32::try_from(outside.len()).map_err(|_| Error::TooLarge("too many objects".into()))?;
    Ok(Some(Appended {
        offset: scanned.end,
        objects,
    }))
}

/// Writes the header and the trailer of a pack whose entries have changed.
pub(super) fn seal(spool: &mut Spool, format: ObjectFormat, objects: usize) -> Result<ObjectId> {
    let objects = u32::try_from(objects).map_err(|_| Error::TooLarge("too many objects".into()))?;
    spool.write_at(0, &entry::pack_header(objects)).map_err(spool_failed)?;
    let mut hash = hasher(format);
    spool
        .each(spool.len(), |piece| hash.update(piece))
        .map_err(spool_failed)?;
    let checksum = finish(hash).map_err(|error| refusal(error.into()))?;
    spool.append(checksum.as_slice()).map_err(spool_failed)?;
    Ok(checksum)
}

/// Checks the special blobs that did not come by.
fn finish_checks(checker: packhouse_git::fsck::Checker, odb: &Odb, limits: Limits) -> Result<()> {
    let mut read = |id: &oid| -> Result<Stored<Bytes>> {
        let Some(place) = odb.place(id) else {
            return Ok(Stored::Missing);
        };
        if odb.size(place)? > limits.in_memory_bytes {
            return Ok(Stored::TooLarge);
        }
        let object = odb.read_at(place)?;
        Ok(Stored::Object(object.kind, object.data))
    };
    checker.finish(&mut read).map_err(|error| match error {
        FinishError::Problem(problem) => refusal(problem.into()),
        FinishError::Read(error) => error,
    })
}

/// What the objects refer to outside of the pack; what lies inside has to be of the right kind.
fn outward(edges: &Edges, kinds: &IdMap<Kind>) -> Result<Vec<(ObjectId, Kind)>> {
    if let Some(id) = edges.conflict() {
        return Err(Error::Invalid(format!(
            "object {id} is referred to as two kinds of object"
        )));
    }
    let mut outward = Vec::new();
    for (id, expected) in edges.iter() {
        match kinds.get(id) {
            Some(kind) if *kind == expected => {}
            Some(kind) => return Err(wrong_kind(id, *kind, expected)),
            None => outward.push((*id, expected)),
        }
    }
    Ok(outward)
}

fn wrong_kind(id: &ObjectId, kind: Kind, expected: Kind) -> Error {
    Error::Invalid(format!("object {id} is a {}, not a {}", kind.name(), expected.name()))
}

/// Which of `outward` are not there.
fn look_up(odb: &Odb, outward: &[(ObjectId, Kind)]) -> Result<IdSet> {
    let mut missing = IdSet::default();
    for (id, expected) in outward {
        match odb.kind(id)? {
            Some(kind) if kind == *expected => {}
            Some(kind) => return Err(wrong_kind(id, kind, *expected)),
            None => drop(missing.insert(*id)),
        }
    }
    Ok(missing)
}
