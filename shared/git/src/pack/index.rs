//! Pack indexes (version 2, gitformat-pack(5)). gix-pack reads them; writing one is ours, because the CRCs that it
//! states are of the bytes as they lie in the pack.

use std::path::PathBuf;

use gix_pack::index::File;

use crate::hash::{Collision, ObjectFormat, ObjectId, finish, hasher};

/// An index over bytes that somebody else holds.
pub type Index<T> = File<T>;

/// What an index says of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// The object.
    pub id: ObjectId,
    /// CRC-32 of its entry.
    pub crc: u32,
    /// Where its entry starts.
    pub offset: u64,
}

/// An index that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bad pack index: {0}")]
pub struct BadIndex(String);

/// Offsets from here on are written in the table of large ones.
const LARGE: u64 = 1 << 31;

/// Writes the index of a pack; sorts `entries` by id.
///
/// # Errors
/// When the index itself carries the marks of a SHA-1 collision.
pub fn write(format: ObjectFormat, entries: &mut [IndexEntry], pack_checksum: &ObjectId) -> Result<Vec<u8>, Collision> {
    entries.sort_unstable_by_key(|entry| entry.id);
    let id_len = format.len_in_bytes();
    let mut out = Vec::with_capacity(8 + 1024 + entries.len() * (id_len + 8) + 2 * id_len);
    out.extend(b"\xfftOc\0\0\0\x02");
    let mut at = 0usize;
    for first in 0..=u8::MAX {
        at += entries[at..].partition_point(|entry| entry.id.first_byte() <= first);
        out.extend(u32::try_from(at).unwrap_or(u32::MAX).to_be_bytes());
    }
    for entry in entries.iter() {
        out.extend(entry.id.as_slice());
    }
    for entry in entries.iter() {
        out.extend(entry.crc.to_be_bytes());
    }
    let mut large = Vec::new();
    for entry in entries.iter() {
        let offset = match u32::try_from(entry.offset) {
            Ok(offset) if entry.offset < LARGE => offset,
            _ => {
                large.push(entry.offset);
                1 << 31 | u32::try_from(large.len() - 1).unwrap_or(0)
            }
        };
        out.extend(offset.to_be_bytes());
    }
    for offset in large {
        out.extend(offset.to_be_bytes());
    }
    out.extend(pack_checksum.as_slice());
    let mut hash = hasher(format);
    hash.update(&out);
    out.extend(finish(hash)?.as_slice());
    Ok(out)
}

/// Opens an index after checking its checksum.
///
/// # Errors
/// When it is damaged or of another object format.
pub fn open<T: std::ops::Deref<Target = [u8]>>(format: ObjectFormat, data: T) -> Result<Index<T>, BadIndex> {
    let id_len = format.len_in_bytes();
    let (body, sum) = data
        .split_at_checked(data.len().saturating_sub(id_len))
        .unwrap_or_default();
    let mut hash = hasher(format);
    hash.update(body);
    if finish(hash).map_err(|error| BadIndex(error.to_string()))?.as_slice() != sum {
        return Err(BadIndex("checksum mismatch".into()));
    }
    File::from_data(data, PathBuf::new(), format).map_err(|error| BadIndex(error.to_string()))
}
