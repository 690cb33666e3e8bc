//! Bounds on what clients may bring, and on what that may use.

use std::time::Duration;

use clap::Args;
use packhouse_storage::limits::{Limits, Reads};

use super::Switch;

/// Bounds on what clients may bring, and on what that may use.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitOptions {
    /// The longest pack of one push
    #[arg(long, env = "PACKHOUSE_MAX_PACK_BYTES", default_value_t = Limits::default().pack_bytes, value_name = "BYTES")]
    max_pack_bytes: u64,

    /// The most objects in the pack of one push
    #[arg(long, env = "PACKHOUSE_MAX_PACK_OBJECTS", default_value_t = Limits::default().pack_objects, value_name = "COUNT")]
    max_pack_objects: u32,

    /// The largest file
    #[arg(long, env = "PACKHOUSE_MAX_OBJECT_BYTES", default_value_t = Limits::default().object_bytes, value_name = "BYTES")]
    max_object_bytes: u64,

    /// The largest object that is held in memory: commits, trees, tags, and both ends of a delta
    #[arg(long, env = "PACKHOUSE_MAX_MEMORY_OBJECT_BYTES", default_value_t = Limits::default().in_memory_bytes, value_name = "BYTES")]
    max_memory_object_bytes: u64,

    /// How much of a pushed pack stays in memory before the rest goes to a temporary file
    #[arg(long, env = "PACKHOUSE_SPOOL_MEMORY_BYTES", default_value_t = Limits::default().spool_memory, value_name = "BYTES")]
    spool_memory_bytes: usize,

    /// Cached pieces of packs, over all requests
    #[arg(long, env = "PACKHOUSE_CACHE_BYTES", default_value_t = Limits::default().cache_bytes, value_name = "BYTES")]
    cache_bytes: usize,

    /// Cached pieces of packs on the disk, in the spool folder; only with `--store aws`
    #[arg(long, env = "PACKHOUSE_DISK_CACHE_BYTES", default_value_t = Reads::REMOTE.disk_bytes, value_name = "BYTES")]
    disk_cache_bytes: u64,

    /// Threads that one push may use
    #[arg(long, env = "PACKHOUSE_INDEX_THREADS", default_value_t = Limits::default().index_threads, value_name = "COUNT")]
    index_threads: usize,

    /// For how many days objects can still be read after the last branch or tag that reached them was deleted or moved
    #[arg(
        long,
        env = "PACKHOUSE_KEEP_UNREACHABLE_DAYS",
        default_value_t = 14,
        value_name = "DAYS"
    )]
    keep_unreachable_days: u32,

    /// The largest repository, in bytes, whose packs are all made one now and then; a larger one keeps what nothing reaches
    #[arg(long, env = "PACKHOUSE_REPACK_BYTES", default_value_t = Limits::default().repack_bytes, value_name = "BYTES")]
    repack_bytes: u64,
}

impl LimitOptions {
    pub(crate) fn limits(&self, compaction: Switch) -> Limits {
        let defaults = Limits::default();
        let inline_merge_packs = if compaction == Switch::On {
            defaults.inline_merge_packs
        } else {
            0
        };
        Limits {
            pack_bytes: self.max_pack_bytes,
            pack_objects: self.max_pack_objects,
            object_bytes: self.max_object_bytes,
            in_memory_bytes: self.max_memory_object_bytes,
            spool_memory: self.spool_memory_bytes,
            cache_bytes: self.cache_bytes,
            index_threads: self.index_threads.max(1),
            inline_merge_packs,
            keep_unreachable: Duration::from_secs(u64::from(self.keep_unreachable_days) * 24 * 3600),
            repack_bytes: self.repack_bytes,
            reads: Reads {
                disk_bytes: self.disk_cache_bytes,
                ..Reads::LOCAL
            },
            ..defaults
        }
    }
}
