//! What is known of a sorted pack besides its index: the graph of its commits, on what each delta builds, how large each object
//! is, and what some of its commits reach.
//!
//! A sidecar says nothing that the pack does not: it is made of the pack, and where it is missing, damaged or of another
//! version, the pack is read instead. Objects are named by their rank, their position in the pack.
//!
//! The blob, whose numbers are big-endian:
//!
//! ```text
//! magic and version    8
//! objects, commits, parents, bitmaps                4 each
//! length of the bitmaps                             8
//! checksum of the pack                              20 or 32
//! commits: tree, generation, time                   4, 4, 8 each
//! where each commit's parents end                   4 each
//! parents                                           4 each
//! objects: on what each builds, or 2^32-1           4 each
//! objects: how large each is; 2^32-1 for more       4 each
//! bitmaps: commit, another bitmap + 1 or 0, end     4, 4, 8 each
//! bitmaps, in the portable form of Roaring
//! CRC-32 of all that                                4
//! ```
//!
//! A bitmap of a commit holds all that it reaches, itself included; or, if it names another, what it reaches besides that.

mod bitmaps;
mod graph;
#[cfg(test)]
mod tests;

use bytes::{Buf as _, BufMut as _, Bytes};
use packhouse_git::hash::oid;
use roaring::RoaringBitmap;

pub(crate) use self::bitmaps::Bitmaps;
pub(crate) use self::graph::Graph;
use crate::error::{Error, Result};

const MAGIC: &[u8; 8] = b"PHSIDE\0\x01";
/// In the place of a number that does not fit, or of no object.
pub(crate) const NONE: u32 = u32::MAX;
const CRC: usize = 4;

/// What is known beforehand of what commits reach.
pub(crate) trait Known {
    /// All that a commit reaches, itself included, where that is known.
    fn reached(&self, commit: u32) -> Result<Option<RoaringBitmap>>;
}

/// A sidecar that was read, or that is made.
#[derive(Debug)]
pub(crate) struct Sidecar {
    pub(crate) graph: Graph,
    /// Four bytes an object.
    pub(crate) bases: Bytes,
    pub(crate) sizes: Bytes,
    pub(crate) bitmaps: Bitmaps,
}

impl Sidecar {
    /// Reads the sidecar of the pack that has this checksum.
    ///
    /// # Errors
    /// When it is damaged, of another version, or of another pack.
    pub(crate) fn decode(blob: &Bytes, pack: &oid, objects: u32) -> Result<Self> {
        let corrupt = |why: &str| Error::corrupt(format!("a sidecar {why}"));
        let short = || corrupt("ends too soon");
        let end = blob.len().checked_sub(CRC).ok_or_else(short)?;
        let (mut rest, mut crc) = (blob.slice(..end), blob.slice(end..));
        if crc32fast::hash(&rest) != crc.get_u32() {
            return Err(corrupt("does not match its checksum"));
        }
        let mut take = |length: usize| {
            let fits = rest.len() >= length;
            fits.then(|| rest.split_to(length)).ok_or_else(short)
        };
        if take(MAGIC.len())? != MAGIC.as_slice() {
            return Err(corrupt("is of another version"));
        }
        let mut counts = take(24)?;
        let [stated, commits, parents, bitmaps] = [(); 4].map(|()| counts.get_u32());
        let length = usize::try_from(counts.get_u64()).map_err(|_| short())?;
        if stated != objects || take(pack.as_bytes().len())? != pack.as_bytes() {
            return Err(corrupt("is of another pack"));
        }
        let sized = |count: u32, each: usize| (count as usize).checked_mul(each).ok_or_else(short);
        let graph = Graph::decode(
            take(sized(commits, graph::COMMIT)?)?,
            take(sized(commits, 4)?)?,
            take(sized(parents, 4)?)?,
            objects,
        );
        let graph = graph.ok_or_else(|| corrupt("contradicts itself"))?;
        let (bases, sizes) = (take(sized(objects, 4)?)?, take(sized(objects, 4)?)?);
        let (table, bits) = (take(sized(bitmaps, bitmaps::ENTRY)?)?, take(length)?);
        let bitmaps = Bitmaps::decode(table, &bits).ok_or_else(|| corrupt("contradicts itself"))?;
        Ok(Self {
            graph,
            bases,
            sizes,
            bitmaps,
        })
    }

    /// The blob of the sidecar of the pack that has this checksum.
    pub(crate) fn encode(&self, pack: &oid) -> Bytes {
        let mut out = Vec::new();
        out.put_slice(MAGIC);
        let counts = [
            self.bases.len() / 4,
            self.graph.commits(),
            self.graph.edges(),
            self.bitmaps.count(),
        ];
        for count in counts {
            out.put_u32(u32::try_from(count).unwrap_or(NONE));
        }
        out.put_u64(self.bitmaps.bytes());
        out.put_slice(pack.as_bytes());
        self.graph.encode(&mut out);
        out.put_slice(&self.bases);
        out.put_slice(&self.sizes);
        self.bitmaps.encode(&mut out);
        out.put_u32(crc32fast::hash(&out));
        out.into()
    }

    /// On what an object builds.
    pub(crate) fn base(&self, rank: u32) -> Option<u32> {
        number(&self.bases, rank)
    }

    /// How large an object is, unless that does not fit.
    pub(crate) fn size(&self, rank: u32) -> Option<u32> {
        number(&self.sizes, rank)
    }

    /// How much memory it takes.
    pub(crate) fn weight(&self) -> u64 {
        (self.bases.len() + self.sizes.len() + self.graph.weight()) as u64 + self.bitmaps.bytes()
    }
}

impl Known for Sidecar {
    fn reached(&self, commit: u32) -> Result<Option<RoaringBitmap>> {
        self.bitmaps.reached(commit)
    }
}

/// A number of a list of numbers of four bytes.
fn number(list: &Bytes, at: u32) -> Option<u32> {
    let start = at as usize * 4;
    let bytes = list.get(start..start + 4)?;
    let number = u32::from_be_bytes(bytes.try_into().ok()?);
    (number != NONE).then_some(number)
}
