//! Headers of pack entries.

use gix_pack::data::Entry;
use gix_pack::data::entry::Header;

use crate::hash::{ObjectFormat, ObjectId};
use crate::object::Kind;

/// No header is longer: a 64-bit size and a SHA-256 id or a 64-bit distance.
pub const MAX_HEADER: usize = 10 + 32;

/// What an entry holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A whole object.
    Full(Kind),
    /// A delta to the entry that starts so many bytes before this one.
    OfsDelta(u64),
    /// A delta to an object by its id.
    RefDelta(ObjectId),
}

/// The header of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryHeader {
    /// What follows.
    pub content: Content,
    /// Size of what follows once inflated.
    pub size: u64,
    /// Length of the header itself.
    pub length: usize,
}

/// What the start of an entry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// A header.
    Header(EntryHeader),
    /// More bytes are needed.
    Incomplete,
    /// No header.
    Invalid,
}

/// Reads the header at the start of `bytes`.
#[must_use]
pub fn parse(format: ObjectFormat, bytes: &[u8]) -> Parsed {
    let window = &bytes[..bytes.len().min(MAX_HEADER)];
    match Entry::from_bytes(window, 0, format) {
        Ok(entry) => {
            let content = match entry.header {
                Header::Commit => Content::Full(Kind::Commit),
                Header::Tree => Content::Full(Kind::Tree),
                Header::Blob => Content::Full(Kind::Blob),
                Header::Tag => Content::Full(Kind::Tag),
                Header::OfsDelta { base_distance } => Content::OfsDelta(base_distance),
                Header::RefDelta { base_id } => Content::RefDelta(base_id),
            };
            let length = usize::from(entry.encoded_header_size);
            Parsed::Header(EntryHeader {
                content,
                size: entry.decompressed_size,
                length,
            })
        }
        Err(_) if known_type(window) && window.len() < MAX_HEADER => Parsed::Incomplete,
        Err(_) => Parsed::Invalid,
    }
}

/// Whether the type in the first byte, if it is there, is one that exists.
fn known_type(bytes: &[u8]) -> bool {
    bytes.first().is_none_or(|byte| !matches!(byte >> 4 & 7, 0 | 5))
}

/// Appends a header.
pub fn write(content: Content, size: u64, out: &mut Vec<u8>) {
    let header = match content {
        Content::Full(Kind::Commit) => Header::Commit,
        Content::Full(Kind::Tree) => Header::Tree,
        Content::Full(Kind::Blob) => Header::Blob,
        Content::Full(Kind::Tag) => Header::Tag,
        Content::OfsDelta(base_distance) => Header::OfsDelta { base_distance },
        Content::RefDelta(base_id) => Header::RefDelta { base_id },
    };
    let written = header.write_to(size, out);
    debug_assert!(written.is_ok(), "writing into memory does not fail");
}

/// The header of a pack of `objects` entries.
#[must_use]
pub fn pack_header(objects: u32) -> [u8; 12] {
    let mut header = *b"PACK\0\0\0\x02\0\0\0\0";
    header[8..].copy_from_slice(&objects.to_be_bytes());
    header
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn content() -> impl Strategy<Value = Content> {
        prop_oneof![
            prop::sample::select(vec![Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag]).prop_map(Content::Full),
            (1u64..).prop_map(Content::OfsDelta),
            any::<[u8; 20]>().prop_map(|id| Content::RefDelta(ObjectId::Sha1(id))),
        ]
    }

    proptest! {
        #[test]
        fn headers_round_trip_and_every_prefix_is_incomplete(content in content(), size: u64) {
            let mut bytes = Vec::new();
            write(content, size, &mut bytes);
            let length = bytes.len();
            for end in 0..length {
                prop_assert_eq!(parse(ObjectFormat::Sha1, &bytes[..end]), Parsed::Incomplete);
            }
            bytes.extend([0xaa; 50]);
            prop_assert_eq!(parse(ObjectFormat::Sha1, &bytes), Parsed::Header(EntryHeader { content, size, length }));
        }

        #[test]
        fn any_bytes_parse_or_do_not(bytes: Vec<u8>) {
            if let Parsed::Header(header) = parse(ObjectFormat::Sha256, &bytes) {
                prop_assert!(header.length <= bytes.len());
            }
        }
    }
}
