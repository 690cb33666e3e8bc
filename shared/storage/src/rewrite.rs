//! Writing an assembled pack, with its index, to a spool.

use std::sync::Arc;

use bytes::Bytes;
use packhouse_git::hash::{ObjectId, finish, hasher};
use packhouse_git::pack::entry::pack_header;
use packhouse_git::pack::index::{self, IndexEntry};

use crate::assemble::Assembler;
use crate::error::{Error, Result};
use crate::manifest::{Appended, Pack};
use crate::odb::{Odb, Place};
use crate::piece::Piece;
use crate::spool::Spool;
use crate::store::Store;

/// How much is copied at once.
const PIECE: u64 = 1 << 20;

/// A pack with its index, not stored yet.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) pack: Pack,
    pub(crate) spool: Arc<Spool>,
    pub(crate) index: Bytes,
    pub(crate) sidecar: Option<Bytes>,
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(error: std::io::Error) -> Error {
    Error::Unavailable(format!("spooling a pack: {error}"))
}

/// Writes all that `assembler` makes and behind it, as they lie, the whole entries at `tail`: appended bases of the
/// packs that are merged. Blocks on the blob store.
pub(crate) fn to_spool(
    store: &Store,
    odb: &Odb,
    mut assembler: Assembler,
    tail: &[(ObjectId, Place)],
) -> Result<Written> {
    let collision = |_| Error::corrupt("a pack's checksum carries the marks of a collision");
    let format = odb.format();
    let too_many = |_| Error::TooLarge("too many objects".into());
    let objects = u32::try_from(assembler.count() + tail.len()).map_err(too_many)?;
    let mut spool = Spool::new(store.spool(), store.limits().spool_memory);
    let mut hash = hasher(format);
    let mut append = |spool: &mut Spool, bytes: &[u8]| {
        hash.update(bytes);
        spool.append(bytes).map_err(failed)
    };
    append(&mut spool, &pack_header(objects))?;
    loop {
        let pieces = assembler.batch()?;
        if pieces.is_empty() {
            break;
        }
        for piece in pieces {
            match piece {
                Piece::Bytes(bytes) => append(&mut spool, &bytes)?,
                Piece::Copy { pack, range } => {
                    let mut start = range.start;
                    while start < range.end {
                        let end = (start + PIECE).min(range.end);
                        append(&mut spool, &odb.pack_bytes(pack, start..end)?)?;
                        start = end;
                    }
                }
            }
        }
    }
    let mut entries: Vec<IndexEntry> = assembler
        .written()
        .map(|(id, offset)| IndexEntry { id, crc: 0, offset })
        .collect();
    let appended = Appended {
        offset: spool.len(),
        objects: u32::try_from(tail.len()).map_err(too_many)?,
    };
    for (id, place) in tail {
        entries.push(IndexEntry {
            id: *id,
            crc: 0,
            offset: spool.len(),
        });
        append(&mut spool, &odb.raw(*place)?.bytes)?;
    }
    let end = spool.len();
    let checksum = finish(hash).map_err(collision)?;
    spool.append(checksum.as_slice()).map_err(failed)?;
    checksums(&spool, &mut entries, end)?;
    let index = Bytes::from(index::write(format, &mut entries, &checksum).map_err(collision)?);
    let pack = Pack {
        id: "incoming".into(),
        bytes: spool.len(),
        index_bytes: index.len() as u64,
        sidecar_bytes: None,
        objects,
        appended: (!tail.is_empty()).then_some(appended),
        overlaps: false,
        key_epoch: 0,
    };
    Ok(Written {
        pack,
        spool: Arc::new(spool),
        index,
        sidecar: None,
    })
}

/// Fills in the CRC of each entry of a pack whose trailer starts at `end`.
fn checksums(spool: &Spool, entries: &mut [IndexEntry], end: u64) -> Result<()> {
    entries.sort_unstable_by_key(|entry| entry.offset);
    let starts: Vec<u64> = entries.iter().map(|entry| entry.offset).collect();
    let ends = starts.iter().skip(1).copied().chain([end]);
    let mut buffer = Vec::new();
    for (entry, end) in entries.iter_mut().zip(ends) {
        let mut crc = crc32fast::Hasher::new();
        let mut start = entry.offset;
        while start < end {
            let length = (end - start).min(PIECE);
            buffer.resize(usize::try_from(length).unwrap_or(0), 0);
            spool.read_at(start, &mut buffer).map_err(failed)?;
            crc.update(&buffer);
            start += length;
        }
        entry.crc = crc.finalize();
    }
    Ok(())
}
