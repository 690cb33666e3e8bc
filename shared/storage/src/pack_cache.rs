//! Indexes, chunks and decoded objects of packs, kept over requests. All of it is immutable, so nothing is ever stale.

mod disk;

use std::hash::Hash;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use packhouse_git::hash::{ObjectFormat, ObjectId, oid};
use packhouse_git::object::Kind;
use packhouse_git::pack::index::{self, Index};
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use self::disk::DiskChunks;
use crate::blobs::{BlobError, Blobs};
use crate::error::{Error, Result};
use crate::keys;
use crate::limits::Reads;
use crate::manifest::Pack;
use crate::repository_id::RepositoryId;
use crate::sidecar::Sidecar;
use crate::spool::Spool;

/// Decoded objects above this size are not kept.
const LARGEST_KEPT: usize = 1 << 20;
/// Bytes of indexes that are kept, whatever the limit for chunks and objects.
const INDEX_BYTES: u64 = 256 << 20;
/// Bytes of sidecars that are kept.
const SIDECAR_BYTES: u64 = 128 << 20;

/// How many segments of pack lists are kept.
const LISTS: usize = 32;

/// Where the bytes of a pack are.
#[derive(Debug)]
enum Source {
    Blob(String),
    Spool(Arc<Spool>),
}

/// A pack with its index.
pub(crate) struct PackFile {
    /// Fresh for each loaded index; names it in the caches.
    number: u64,
    source: Source,
    pub(crate) pack: Pack,
    pub(crate) index: Arc<Index<Bytes>>,
    format: ObjectFormat,
    /// The key of its sidecar, and how long that is.
    sidecar: Option<(String, u64)>,
    /// Positions in the index, in the order of the pack.
    order: OnceLock<Vec<u32>>,
}

impl std::fmt::Debug for PackFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackFile")
            .field("source", &self.source)
            .field("pack", &self.pack)
            .finish_non_exhaustive()
    }
}

impl PackFile {
    /// Where the entry of an object starts.
    pub(crate) fn find(&self, id: &oid) -> Option<u64> {
        self.index.lookup(id).map(|at| self.index.pack_offset_at_index(at))
    }

    /// Positions in the index, in the order of the pack.
    pub(crate) fn order(&self) -> &[u32] {
        self.order.get_or_init(|| {
            let mut order: Vec<u32> = (0..self.index.num_objects()).collect();
            order.sort_unstable_by_key(|&at| self.index.pack_offset_at_index(at));
            order
        })
    }

    /// Where the trailer starts.
    pub(crate) fn end(&self) -> u64 {
        self.pack.bytes.saturating_sub(self.format.len_in_bytes() as u64)
    }

    /// The rank in the pack of the entry that starts at `offset`.
    pub(crate) fn rank(&self, offset: u64) -> Result<usize> {
        let found = self
            .order()
            .binary_search_by_key(&offset, |&at| self.index.pack_offset_at_index(at));
        found.map_err(|_| Error::corrupt(format!("pack {} has no entry at {offset}", self.pack.id)))
    }

    /// Where the entry of that rank ends.
    pub(crate) fn end_of(&self, rank: usize) -> u64 {
        self.order()
            .get(rank + 1)
            .map_or_else(|| self.end(), |&at| self.index.pack_offset_at_index(at))
    }

    /// The bases that completed it as a thin pack.
    pub(crate) fn appended(&self) -> Vec<ObjectId> {
        let tail = self.pack.appended.map_or(u64::MAX, |tail| tail.offset);
        let all = 0..self.index.num_objects();
        let appended = all.filter(|&at| self.index.pack_offset_at_index(at) >= tail);
        appended.map(|at| self.index.oid_at_index(at).to_owned()).collect()
    }

    /// Names the pack's bytes in the blob store; `None` for one that is not stored yet.
    pub(crate) fn key(&self) -> Option<&str> {
        match &self.source {
            Source::Blob(key) => Some(key),
            Source::Spool(_) => None,
        }
    }
}

/// A decoded object.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) kind: Kind,
    pub(crate) data: Bytes,
}

#[derive(Clone, Debug)]
struct Weights;

impl Weighter<(u64, u64), Bytes> for Weights {
    fn weight(&self, _: &(u64, u64), chunk: &Bytes) -> u64 {
        chunk.len() as u64 + 64
    }
}

impl Weighter<(u64, u64), Object> for Weights {
    fn weight(&self, _: &(u64, u64), object: &Object) -> u64 {
        object.data.len() as u64 + 64
    }
}

impl Weighter<String, Arc<PackFile>> for Weights {
    fn weight(&self, _: &String, file: &Arc<PackFile>) -> u64 {
        // One that is larger than all that is kept is kept alone: read for each request, it would take as much for each.
        let weight = file.pack.index_bytes + u64::from(file.pack.objects) * 4 + 512;
        weight.min(INDEX_BYTES / 10 * 9)
    }
}

impl Weighter<String, Option<Arc<Sidecar>>> for Weights {
    fn weight(&self, _: &String, sidecar: &Option<Arc<Sidecar>>) -> u64 {
        sidecar.as_ref().map_or(0, |sidecar| sidecar.weight()) + 512
    }
}

/// What is kept of packs, within fixed bounds.
#[derive(Debug)]
pub(crate) struct PackCache {
    /// Segments of pack lists by their id.
    pub(crate) lists: Cache<String, Arc<Vec<Pack>>>,
    files: Cache<String, Arc<PackFile>, Weights>,
    sidecars: Cache<String, Option<Arc<Sidecar>>, Weights>,
    chunks: Cache<(u64, u64), Bytes, Weights>,
    on_disk: Option<DiskChunks>,
    objects: Cache<(u64, u64), Object, Weights>,
    next: AtomicU64,
    reads: Reads,
}

/// A cache of few large things. It is one shard: split up, the bound would keep out what is larger than a fraction of it.
pub(crate) fn of_large<K: Eq + Hash, V: Clone, W: Weighter<K, V> + Clone>(weights: W, bytes: u64) -> Cache<K, V, W> {
    let options = OptionsBuilder::new()
        .shards(1)
        .estimated_items_capacity(256)
        .weight_capacity(bytes)
        .build();
    let options = options.expect("capacities are given");
    Cache::with_options(
        options,
        weights,
        DefaultHashBuilder::default(),
        DefaultLifecycle::default(),
    )
}

impl PackCache {
    /// Keeps at most `bytes` of chunks and decoded objects together, and chunks on the disk in the folder `spool`.
    pub(crate) fn new(bytes: usize, reads: Reads, spool: &Path) -> Self {
        let on_disk = DiskChunks::new(spool, reads.disk_bytes, reads.chunk_bytes).unwrap_or_else(|error| {
            tracing::warn!(%error, "pieces of packs are not kept on the disk");
            None
        });
        let half = bytes as u64 / 2;
        let items = usize::try_from(half / reads.chunk_bytes).unwrap_or(1).max(16);
        Self {
            lists: Cache::new(LISTS),
            files: of_large(Weights, INDEX_BYTES),
            sidecars: of_large(Weights, SIDECAR_BYTES),
            chunks: Cache::with_weighter(items, half, Weights),
            on_disk,
            objects: Cache::with_weighter(items * 16, half, Weights),
            next: AtomicU64::new(0),
            reads,
        }
    }

    /// A pack with its index; loaded once, however many ask at the same time.
    pub(crate) async fn file(
        &self,
        blobs: &dyn Blobs,
        id: &RepositoryId,
        format: ObjectFormat,
        pack: &Pack,
    ) -> Result<Arc<PackFile>> {
        let load = async {
            let bytes = blobs
                .get_range(&keys::pack_index(id.as_str(), &pack.id), 0..pack.index_bytes)
                .await?;
            let corrupt = |why: String| Error::corrupt(format!("index of pack {}: {why}", pack.id));
            let open = tokio::task::spawn_blocking(move || index::open(format, bytes));
            let index = open.await?.map_err(|error| corrupt(error.to_string()))?;
            if index.num_objects() != pack.objects {
                return Err(corrupt("states another number of objects".into()));
            }
            let source = Source::Blob(keys::pack(id.as_str(), &pack.id));
            let file = self.open(source, pack.clone(), index.into(), format);
            let key = || keys::pack_sidecar(id.as_str(), &pack.id);
            Ok(Arc::new(PackFile {
                sidecar: pack.sidecar_bytes.map(|bytes| (key(), bytes)),
                ..file
            }))
        };
        self.files.get_or_insert_async(&pack.id, load).await
    }

    fn open(&self, source: Source, pack: Pack, index: Arc<Index<Bytes>>, format: ObjectFormat) -> PackFile {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        PackFile {
            number,
            source,
            pack,
            index,
            format,
            sidecar: None,
            order: OnceLock::new(),
        }
    }

    /// A pack that is not stored yet.
    pub(crate) fn spooled(
        &self,
        spool: Arc<Spool>,
        pack: Pack,
        index: Bytes,
        format: ObjectFormat,
    ) -> Result<Arc<PackFile>> {
        let index = index::open(format, index).map_err(|error| Error::corrupt(error.to_string()))?;
        Ok(Arc::new(self.open(Source::Spool(spool), pack, index.into(), format)))
    }

    /// The same pack, read from a copy of it.
    pub(crate) fn copied(&self, spool: Arc<Spool>, file: &PackFile) -> PackFile {
        let index = Arc::clone(&file.index);
        self.open(Source::Spool(spool), file.pack.clone(), index, file.format)
    }

    /// The blob of a pack's sidecar; `None` where there is none.
    pub(crate) async fn sidecar_blob(&self, blobs: &dyn Blobs, file: &PackFile) -> Result<Option<Bytes>> {
        let Some((key, bytes)) = &file.sidecar else {
            return Ok(None);
        };
        match blobs.get_range(key, 0..*bytes).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(BlobError::NotFound(_) | BlobError::OutOfRange { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The sidecar of a pack, if it has one that can be read: all that it tells, the pack does too.
    pub(crate) async fn sidecar(&self, blobs: &dyn Blobs, file: &PackFile) -> Option<Arc<Sidecar>> {
        let told = |error: &Error| tracing::warn!(pack = file.pack.id, %error, "a pack is read without its sidecar");
        let load = async {
            let Some(blob) = self.sidecar_blob(blobs, file).await? else {
                return Ok(None);
            };
            let (checksum, objects) = (file.index.pack_checksum(), file.pack.objects);
            let decoded = tokio::task::spawn_blocking(move || Sidecar::decode(&blob, &checksum, objects)).await?;
            Ok(decoded.inspect_err(told).ok().map(Arc::new))
        };
        file.sidecar.as_ref()?;
        // What failed now may be there later; what is damaged stays so.
        let loaded = self.sidecars.get_or_insert_async(&file.pack.id, load).await;
        loaded.inspect_err(told).ok().flatten()
    }

    /// Bytes of a pack, through the cache.
    pub(crate) async fn bytes(&self, blobs: &dyn Blobs, file: &PackFile, range: Range<u64>) -> Result<Bytes> {
        let size = self.reads.chunk_bytes;
        let (first, last) = (range.start / size, range.end.saturating_sub(1) / size);
        if first == last {
            let chunk = self.chunk(blobs, file, first).await?;
            return slice(&chunk, range.start - first * size..range.end - first * size);
        }
        let mut joined = BytesMut::with_capacity(usize::try_from(range.end - range.start).unwrap_or(0));
        for at in first..=last {
            let chunk = self.chunk(blobs, file, at).await?;
            let start = range.start.saturating_sub(at * size);
            let end = (range.end - at * size).min(chunk.len() as u64);
            joined.extend_from_slice(&slice(&chunk, start..end)?);
        }
        Ok(joined.freeze())
    }

    async fn chunk(&self, blobs: &dyn Blobs, file: &PackFile, at: u64) -> Result<Bytes> {
        let key = (file.number, at);
        if let Some(chunk) = self.chunks.get(&key) {
            return Ok(chunk);
        }
        let on_disk = self.on_disk.as_ref().filter(|_| file.key().is_some());
        if let Some(on_disk) = on_disk
            && let Some(chunk) = on_disk.get(key).await
        {
            self.chunks.insert(key, chunk.clone());
            return Ok(chunk);
        }
        let Reads {
            chunk_bytes, chunks, ..
        } = self.reads;
        // Whoever has just read the chunk before is likely to go on.
        let goes_on = at > 0 && self.chunks.get(&(file.number, at - 1)).is_some();
        let start = at * chunk_bytes;
        let end = (start + if goes_on { chunk_bytes * chunks } else { chunk_bytes }).min(file.pack.bytes);
        if start >= end {
            return Err(Error::corrupt(format!(
                "a read behind the end of pack {}",
                file.pack.id
            )));
        }
        let read = match &file.source {
            Source::Blob(key) => blobs.get_range(key, start..end).await?,
            Source::Spool(spool) => {
                let mut read = vec![0; usize::try_from(end - start).unwrap_or(0)];
                spool
                    .read_at(start, &mut read)
                    .map_err(|error| Error::Unavailable(error.to_string()))?;
                read.into()
            }
        };
        // Copies, because a slice would keep all that was read for as long as the last chunk of it.
        let size = usize::try_from(chunk_bytes).unwrap_or(usize::MAX);
        for (chunk, at) in read.chunks(size).zip(at..) {
            let whole = chunk.len() == read.len();
            let chunk = if whole {
                read.clone()
            } else {
                Bytes::copy_from_slice(chunk)
            };
            self.chunks.insert((file.number, at), chunk.clone());
            if let Some(on_disk) = on_disk {
                on_disk.keep((file.number, at), chunk).await;
            }
        }
        slice(&read, 0..(end - start).min(chunk_bytes))
    }

    /// A decoded object, if it is kept.
    pub(crate) fn object(&self, file: &PackFile, offset: u64) -> Option<Object> {
        self.objects.get(&(file.number, offset))
    }

    /// Keeps a decoded object, unless it is large.
    pub(crate) fn keep(&self, file: &PackFile, offset: u64, object: &Object) {
        if object.data.len() <= LARGEST_KEPT {
            self.objects.insert((file.number, offset), object.clone());
        }
    }
}

fn slice(chunk: &Bytes, range: Range<u64>) -> Result<Bytes> {
    let (Ok(start), Ok(end)) = (usize::try_from(range.start), usize::try_from(range.end)) else {
        return Err(Error::corrupt("a pack is larger than this machine can address"));
    };
    if start > end || end > chunk.len() {
        return Err(Error::corrupt("a read behind the end of a pack"));
    }
    Ok(chunk.slice(start..end))
}
