//! Packs: scanning one as it arrives, resolving its deltas, and its index.
//!
//! gix-pack is the codec of entry headers; the passes are our own, because each object is handed to [`crate::fsck`] as
//! it is inflated and what it refers to is collected for the check of connectivity.
//!
//! A pack that arrives goes through [`scan::Scanner`] in chunks of any size, then through [`resolve::resolve`], which
//! needs to read it again at random.

pub mod edges;
pub mod entry;
pub mod index;
pub mod resolve;
pub mod scan;

#[cfg(test)]
mod tests;

use crate::delta::DeltaError;
use crate::fsck::Problem;
use crate::hash::{Collision, ObjectId};
use crate::zlib::InflateError;

/// Length of the header `PACK`, version, count.
pub const HEADER_LEN: u64 = 12;

/// What a pack may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most objects that a pack may declare: what is held of each takes about 70 bytes.
    pub pack_objects: u32,
    /// The largest object, inflated.
    pub object_bytes: u64,
    /// The largest commit, tree, tag, delta, and base or result of a delta: what is held in memory as a whole.
    pub in_memory_bytes: u64,
    /// How many times longer than the pack its inflated entries together may be, once they pass 1 GiB; and what its deltas make
    /// together, with the bases that it lacks, besides 64 GiB.
    pub inflate_ratio: u64,
    /// By how much an entry may be longer than twice what it holds: headers, checksums, and blocks of the stream that hold nothing.
    pub padding: u64,
    /// The longest chain of deltas.
    pub delta_depth: u32,
}

/// Why a pack is refused. The texts are for the git user.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The first bytes are not those of a pack of version 2 or 3.
    #[error("not a pack file")]
    NotAPack,
    /// An entry's header cannot be read.
    #[error("bad object header at offset {0}")]
    BadHeader(u64),
    /// A delta points before the start of the pack or into the middle of an entry.
    #[error("delta at offset {0} has a base that is not in the pack")]
    BadBaseOffset(u64),
    /// An entry's stream is damaged.
    #[error("object at offset {offset}: {source}")]
    Inflate {
        /// Where the entry starts.
        offset: u64,
        /// What is wrong.
        source: InflateError,
    },
    /// A delta does not apply.
    #[error("object at offset {offset}: {source}")]
    Delta {
        /// Where the entry starts.
        offset: u64,
        /// What is wrong.
        source: DeltaError,
    },
    /// An object is over a limit.
    #[error("object at offset {offset} has {size} bytes, more than the {limit} that are allowed")]
    ObjectTooLarge {
        /// Where the entry starts.
        offset: u64,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The header declares too many objects.
    #[error("pack declares {declared} objects, more than the {limit} that are allowed")]
    TooManyObjects {
        /// How many.
        declared: u32,
        /// The limit.
        limit: u32,
    },
    /// What a delta builds on, outside of the pack, is over the limit.
    #[error("object {id}, on which a delta builds, has {size} bytes, more than the {limit} that are allowed")]
    BaseTooLarge {
        /// Its id.
        id: ObjectId,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// An entry's stream is much longer than what it holds: readers count on the first bytes to tell something.
    #[error("object at offset {0} is padded")]
    Padded(u64),
    /// What deltas make, with the bases that the pack lacks, is too much together.
    #[error("deltas of the pack make more than {0} bytes together; push fewer commits at once")]
    TooMuchMade(u64),
    /// With the bases that it lacks the pack is too long.
    #[error("pack exceeds the limit of {0} bytes together with the objects that its deltas build on")]
    TooLong(u64),
    /// There is no room for a large object.
    #[error("no room for a large object")]
    NoRoom,
    /// All objects together inflate to too much.
    #[error("pack inflates to more than {0} times its size")]
    Bomb(u64),
    /// A chain of deltas is too long.
    #[error("delta chain is longer than {0}")]
    DeltaTooDeep(u32),
    /// The pack ended early.
    #[error("pack is truncated: {received} of {declared} objects arrived")]
    Truncated {
        /// Objects that arrived.
        received: u32,
        /// Objects that the header declares.
        declared: u32,
    },
    /// The checksum at the end is wrong.
    #[error("pack is corrupt (checksum mismatch)")]
    Checksum,
    /// Bytes follow the pack.
    #[error("garbage at the end of the pack")]
    Garbage,
    /// The base of a delta is nowhere, or is the delta itself in the end.
    #[error("pack has {0} unresolved deltas, missing base {1}")]
    Unresolved(usize, ObjectId),
    /// The same object is in the pack twice.
    #[error("object {0} is in the pack twice")]
    Duplicate(ObjectId),
    /// An object breaks git's rules.
    #[error("{0}")]
    Fsck(#[from] Problem),
    /// The marks of a SHA-1 collision.
    #[error("{0}")]
    Collision(#[from] Collision),
    /// What holds the pack or the bases could not be read.
    #[error("reading back: {0}")]
    Read(String),
}
