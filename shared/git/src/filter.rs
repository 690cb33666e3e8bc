//! Object filters of partial clones: the `--filter` specs of `git-rev-list(1)`.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::fmt;

use crate::number;
use crate::object::Kind;

/// How deep `combine:` filters may lie in each other. Git has no bound; clients never nest at all.
pub const MAX_NESTING: usize = 16;

/// Which objects a client leaves out. What it names itself is sent whatever the filter says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Filter {
    /// `blob:none`: no blob.
    BlobNone,
    /// `blob:limit=<n>`: only blobs smaller than so many bytes.
    BlobLimit(u64),
    /// `tree:<depth>`: only trees and blobs that lie less deep; a commit's tree is at depth 0.
    TreeDepth(u64),
    /// `object:type=<type>`: only objects of that kind.
    ObjectType(Kind),
    /// `sparse:oid=<name>`: every tree, and the blobs that the sparse-checkout patterns select which lie in the blob of
    /// that name (see [`crate::sparse`]). The name is a revision of any form, such as `main:.sparse`; no NUL.
    SparseOid(Vec<u8>),
    /// `combine:<filter>+<filter>`: only what passes every one.
    Combine(Vec<Self>),
}

/// A spec that is no filter. The text is Git's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No filter has that name, or its number is malformed.
    #[error("invalid filter-spec '{}'", .0.escape_ascii())]
    Invalid(Vec<u8>),
    /// The depth is no number.
    #[error("expected 'tree:<depth>'")]
    TreeDepth,
    /// The type is none of the four.
    #[error("'{}' for 'object:type=<type>' is not a valid object type", .0.escape_ascii())]
    ObjectType(Vec<u8>),
    /// `sparse:path`, which Git gave up for its dangers.
    #[error("sparse:path filters support has been dropped")]
    SparsePath,
    /// `combine:` without a filter.
    #[error("expected something after combine:")]
    EmptyCombine,
    /// A character in a combined filter that must be percent-encoded.
    #[error("must escape char in sub-filter-spec: '{}'", .0.escape_ascii())]
    Reserved(u8),
    /// `combine:` filters nested deeper than [`MAX_NESTING`].
    #[error("combine filters are nested more than {MAX_NESTING} deep")]
    Nesting,
}

impl Error {
    fn invalid(spec: &[u8]) -> Self {
        Self::Invalid(spec.get(..200).unwrap_or(spec).to_vec())
    }
}

impl Filter {
    /// Parses a spec. Takes memory in proportion to it.
    ///
    /// # Errors
    /// When Git refuses the spec; also for a NUL and for nesting beyond [`MAX_NESTING`].
    pub fn parse(spec: &[u8]) -> Result<Self, Error> {
        parse_nested(spec, 0)
    }

    /// The spec that [`Filter::parse`] reads back as this filter.
    #[must_use]
    pub fn spec(&self) -> Vec<u8> {
        match self {
            Self::BlobNone => b"blob:none".to_vec(),
            Self::BlobLimit(limit) => format!("blob:limit={limit}").into_bytes(),
            Self::TreeDepth(depth) => format!("tree:{depth}").into_bytes(),
            Self::ObjectType(kind) => format!("object:type={}", kind.name()).into_bytes(),
            Self::SparseOid(name) => [b"sparse:oid=", name.as_slice()].concat(),
            Self::Combine(filters) if filters.is_empty() => b"combine:+".to_vec(),
            Self::Combine(filters) => {
                let parts: Vec<_> = filters.iter().map(|filter| percent_encode(&filter.spec())).collect();
                [b"combine:", parts.join(&b'+').as_slice()].concat()
            }
        }
    }

    /// The name by which Git's configuration allows or forbids this filter: `uploadpackfilter.<name>.allow`. A refusal
    /// reads `filter '<name>' not supported`.
    #[must_use]
    pub const fn config_name(&self) -> &'static str {
        match self {
            Self::BlobNone => "blob:none",
            Self::BlobLimit(_) => "blob:limit",
            Self::TreeDepth(_) => "tree",
            Self::ObjectType(_) => "object:type",
            Self::SparseOid(_) => "sparse:oid",
            Self::Combine(_) => "combine",
        }
    }

    /// The filters that an object must pass, none of them a `combine:`.
    #[must_use]
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Combine(filters) => filters.iter().flat_map(Self::parts).collect(),
            _ => vec![self],
        }
    }
}

/// The spec; a byte that is not ASCII shows as an escape, so only ASCII specs read back.
impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec().iter().try_for_each(|&byte| match byte {
            b' '..=b'~' => fmt::Write::write_char(formatter, char::from(byte)),
            _ => write!(formatter, "{}", byte.escape_ascii()),
        })
    }
}

fn parse_nested(spec: &[u8], depth: usize) -> Result<Filter, Error> {
    if spec == b"blob:none" {
        Ok(Filter::BlobNone)
    } else if let Some(limit) = spec.strip_prefix(b"blob:limit=") {
        number::parse_with_unit(limit)
            .map(Filter::BlobLimit)
            .ok_or_else(|| Error::invalid(spec))
    } else if let Some(tree_depth) = spec.strip_prefix(b"tree:") {
        number::parse_with_unit(tree_depth)
            .map(Filter::TreeDepth)
            .ok_or(Error::TreeDepth)
    } else if let Some(name) = spec.strip_prefix(b"sparse:oid=") {
        if name.contains(&0) {
            Err(Error::invalid(spec))
        } else {
            Ok(Filter::SparseOid(name.to_vec()))
        }
    } else if spec.starts_with(b"sparse:path=") {
        Err(Error::SparsePath)
    } else if let Some(name) = spec.strip_prefix(b"object:type=") {
        let invalid = || Error::ObjectType(name.get(..200).unwrap_or(name).to_vec());
        Kind::from_name(name).map(Filter::ObjectType).ok_or_else(invalid)
    } else if let Some(list) = spec.strip_prefix(b"combine:") {
        parse_combine(list, depth)
    } else {
        Err(Error::invalid(spec))
    }
}

fn parse_combine(list: &[u8], depth: usize) -> Result<Filter, Error> {
    if list.is_empty() {
        return Err(Error::EmptyCombine);
    }
    let inner = depth.saturating_add(1);
    if inner > MAX_NESTING {
        return Err(Error::Nesting);
    }
    let parts = list.split(|&byte| byte == b'+').filter(|part| !part.is_empty());
    let filters = parts.map(|part| match part.iter().find(|&&byte| is_reserved(byte)) {
        Some(&byte) => Err(Error::Reserved(byte)),
        None => parse_nested(&percent_decode(part), inner),
    });
    Ok(Filter::Combine(filters.collect::<Result<_, _>>()?))
}

/// What must be encoded within `combine:`: everything but visible ASCII, and a list of marks.
const fn is_reserved(byte: u8) -> bool {
    !byte.is_ascii()
        || byte <= b' '
        || matches!(
            byte,
            b'~' | b'`' | b'!' | b'@' | b'#' | b'$' | b'^' | b'&' | b'*' | b'(' | b')' | b'[' | b']' | b'{' | b'}'
        )
        || matches!(byte, b'\\' | b';' | b'\'' | b'"' | b',' | b'<' | b'>' | b'?')
}

fn percent_encode(spec: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(spec.len());
    for &byte in spec {
        if is_reserved(byte) || matches!(byte, b'%' | b'+') {
            out.extend_from_slice(format!("%{byte:02x}").as_bytes());
        } else {
            out.push(byte);
        }
    }
    out
}

/// Replaces `%xx`; what is no escape, `%00` among it, stays as it is.
fn percent_decode(encoded: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = if byte == b'%' {
            tail.split_first_chunk::<2>()
        } else {
            None
        };
        let decoded = escaped.and_then(|([high, low], tail)| {
            let digit = |byte: &u8| {
                char::from(*byte)
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok())
            };
            let byte = digit(high)? << 4 | digit(low)?;
            (byte != 0).then_some((byte, tail))
        });
        let (byte, tail) = decoded.unwrap_or((byte, tail));
        out.push(byte);
        rest = tail;
    }
    out
}

#[cfg(test)]
mod tests;
