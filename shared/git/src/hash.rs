//! Object ids and the hashing of objects.

pub use gix_hash::{Hasher, Kind as ObjectFormat, ObjectId, oid};

use crate::object::Kind;

/// The digits of the longest id.
pub const MAX_HEX: usize = 64;

/// SHA-1 saw the marks of a known collision attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("SHA-1 collision attack detected")]
pub struct Collision;

/// Starts a hash; SHA-1 with collision detection.
#[must_use]
pub fn hasher(format: ObjectFormat) -> Hasher {
    gix_hash::hasher(format)
}

/// Ends a hash.
///
/// # Errors
/// When what was hashed carries the marks of a collision attack.
pub fn finish(hasher: Hasher) -> Result<ObjectId, Collision> {
    hasher.try_finalize().map_err(|_| Collision)
}

/// A hash that has taken the header `<kind> <size>\0` of an object.
#[must_use]
pub fn object_hasher(format: ObjectFormat, kind: Kind, size: u64) -> Hasher {
    let mut hasher = hasher(format);
    let mut header = [0u8; 32];
    let length = {
        use std::io::Write as _;
        let mut rest = &mut header[..];
        let written = write!(rest, "{} {size}\0", kind.name());
        debug_assert!(written.is_ok(), "a kind and a 64-bit number fit into 32 bytes");
        32 - rest.len()
    };
    hasher.update(&header[..length]);
    hasher
}

/// The id of an object.
///
/// # Errors
/// When the object carries the marks of a collision attack.
pub fn object_id(format: ObjectFormat, kind: Kind, data: &[u8]) -> Result<ObjectId, Collision> {
    let mut hasher = object_hasher(format, kind, data.len() as u64);
    hasher.update(data);
    finish(hasher)
}

/// Reads an id written in hex, of exactly the length that `format` has; upper-case digits are refused, as by git.
#[must_use]
pub fn parse_hex(format: ObjectFormat, hex: &[u8]) -> Option<ObjectId> {
    if hex.len() != format.len_in_hex() || hex.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    ObjectId::from_hex(hex).ok()
}
