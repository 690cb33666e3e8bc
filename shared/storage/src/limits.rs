//! Bounds on what a push may bring and on what an operation may use, and how packs are read.

use std::time::Duration;

/// Bounds on what a push may bring and on what an operation may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The longest pack that a push may send, in bytes.
    pub pack_bytes: u64,
    /// The most objects that a pack of a push may declare.
    pub pack_objects: u32,
    /// The largest object, in bytes as inflated (`CodeCommit`: 2 GB).
    pub object_bytes: u64,
    /// The largest object that is held in memory as a whole: every commit, tree and tag, and both ends of a delta.
    pub in_memory_bytes: u64,
    /// How many times longer than the pack all its objects together may be, once they pass 1 GiB.
    pub inflate_ratio: u64,
    /// The longest chain of deltas.
    pub delta_depth: u32,
    /// How much of a pack is kept in memory before the rest is spooled to disk.
    pub spool_memory: usize,
    /// Bytes of cached pack chunks and decoded bases, over all requests; a quarter as much is kept of answers to fetches.
    pub cache_bytes: usize,
    /// How packs are read.
    pub reads: Reads,
    /// Threads that one push may use to resolve deltas.
    pub index_threads: usize,
    /// The largest repository, in bytes of its packs, of which all packs are made one; 0 none.
    pub repack_bytes: u64,
    /// For how long objects are kept after a ref stopped to reach them.
    pub keep_unreachable: Duration,
    /// Above how many live packs a push merges the small ones itself; 0 never.
    pub inline_merge_packs: usize,
}

/// How packs are read from the blob store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reads {
    /// Packs are read and kept in aligned chunks of this many bytes.
    pub chunk_bytes: u64,
    /// How many chunks one read brings when packs are read from front to back.
    pub chunks: u64,
    /// At most how many bytes of a pack one read brings that goes into an answer as it is.
    pub part_bytes: u64,
    /// How many reads of an answer are under way at a time.
    pub parallel: usize,
    /// How many bytes of chunks are kept on the disk, besides those in memory.
    pub disk_bytes: u64,
    /// Whether packs that are read in another order than they lie are copied to the disk first.
    pub copy_first: bool,
}

impl Reads {
    /// For blobs on a disk, where a read costs next to nothing.
    pub const LOCAL: Self = Self {
        chunk_bytes: 128 << 10,
        chunks: 1,
        part_bytes: 512 << 10,
        parallel: 1,
        disk_bytes: 0,
        copy_first: false,
    };
    /// For blobs behind a network, where a read takes as long as some megabytes do, and costs money.
    pub const REMOTE: Self = Self {
        chunk_bytes: 512 << 10,
        chunks: 4,
        part_bytes: 8 << 20,
        parallel: 2,
        disk_bytes: 1 << 30,
        copy_first: true,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pack_bytes: 16 << 30,
            pack_objects: 20_000_000,
            object_bytes: 2 << 30,
            in_memory_bytes: 512 << 20,
            inflate_ratio: 1000,
            delta_depth: 4095,
            spool_memory: 8 << 20,
            cache_bytes: 64 << 20,
            reads: Reads::LOCAL,
            index_threads: 2,
            repack_bytes: 16 << 30,
            keep_unreachable: Duration::from_secs(14 * 24 * 3600),
            inline_merge_packs: 200,
        }
    }
}
