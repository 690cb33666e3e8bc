//! A ref segment: sorted, prefix-compressed names with their ids.
//!
//! `PHRS` · version 1 · id length · count (u32, big-endian), then for each ref: bytes shared with the name before
//! (u16), length of the rest (u16), the rest, the id, 1 and the peeled id or 0; at the end the SHA-1 of all before.

use packhouse_git::hash::{ObjectFormat, ObjectId, hasher};
use packhouse_git::ref_name::RefName;

use crate::error::{Error, Result};
use crate::manifest::Target;

const MAGIC: &[u8; 5] = b"PHRS\x01";

/// Refs sorted by name.
#[derive(Debug, Default)]
pub(crate) struct Refs(Vec<(RefName, Target)>);

impl Refs {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What `name` points to.
    pub(crate) fn get(&self, name: &RefName) -> Option<Target> {
        self.0
            .binary_search_by(|(other, _)| other.cmp(name))
            .ok()
            .map(|at| self.0[at].1)
    }

    /// The refs whose names start with `prefix`.
    pub(crate) fn starting_with(&self, prefix: &str) -> &[(RefName, Target)] {
        let (_, rest) = self
            .0
            .split_at(self.0.partition_point(|(name, _)| name.as_str() < prefix));
        let end = rest.partition_point(|(name, _)| name.as_str().starts_with(prefix));
        &rest[..end]
    }
}

/// Writes a segment of refs that come in byte order.
pub(crate) fn encode<'a>(format: ObjectFormat, refs: impl Iterator<Item = (&'a RefName, Target)>) -> Vec<u8> {
    let mut out = Vec::from(MAGIC);
    out.push(u8::try_from(format.len_in_bytes()).unwrap_or(0));
    let count_at = out.len();
    out.extend([0; 4]);
    let (mut count, mut previous) = (0u32, "");
    for (name, target) in refs {
        let name = name.as_str();
        let shared = name.bytes().zip(previous.bytes()).take_while(|(a, b)| a == b).count();
        let rest = &name.as_bytes()[shared..];
        out.extend(u16::try_from(shared).unwrap_or(0).to_be_bytes());
        out.extend(u16::try_from(rest.len()).unwrap_or(0).to_be_bytes());
        out.extend(rest);
        out.extend(target.id.as_slice());
        out.push(u8::from(target.peeled.is_some()));
        out.extend(target.peeled.iter().flat_map(|id| id.as_slice().to_vec()));
        count += 1;
        previous = name;
    }
    out[count_at..count_at + 4].copy_from_slice(&count.to_be_bytes());
    let sum = checksum(&out);
    out.extend(sum.as_slice());
    out
}

fn checksum(bytes: &[u8]) -> ObjectId {
    let mut sum = hasher(ObjectFormat::Sha1);
    sum.update(bytes);
    // A collision attack on our own checksum harms nobody but the attacker, and reads as a wrong sum.
    packhouse_git::hash::finish(sum).unwrap_or_else(|_| ObjectId::null(ObjectFormat::Sha1))
}

/// Reads a segment.
pub(crate) fn decode(format: ObjectFormat, bytes: &[u8]) -> Result<Refs> {
    parse(format, bytes).ok_or_else(|| Error::corrupt("unreadable ref segment"))
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

fn number(bytes: &mut &[u8], width: usize) -> Option<usize> {
    Some(
        take(bytes, width)?
            .iter()
            .fold(0, |sum, &byte| sum << 8 | usize::from(byte)),
    )
}

fn parse(format: ObjectFormat, bytes: &[u8]) -> Option<Refs> {
    let (mut rest, sum) = bytes.split_at_checked(bytes.len().checked_sub(20)?)?;
    if checksum(rest).as_slice() != sum {
        return None;
    }
    let id_len = format.len_in_bytes();
    rest = rest.strip_prefix(MAGIC)?;
    if number(&mut rest, 1)? != id_len {
        return None;
    }
    let count = number(&mut rest, 4)?;
    let mut refs: Vec<(RefName, Target)> = Vec::with_capacity(count.min(rest.len() / (id_len + 5)));
    let mut name = Vec::new();
    for _ in 0..count {
        let shared = number(&mut rest, 2)?;
        let fresh = number(&mut rest, 2)?;
        if shared > name.len() {
            return None;
        }
        name.truncate(shared);
        name.extend(take(&mut rest, fresh)?);
        let id = ObjectId::try_from(take(&mut rest, id_len)?).ok()?;
        let peeled = match number(&mut rest, 1)? {
            0 => None,
            _ => Some(ObjectId::try_from(take(&mut rest, id_len)?).ok()?),
        };
        let name = RefName::new(&name).ok()?;
        if refs.last().is_some_and(|(last, _)| *last >= name) {
            return None;
        }
        refs.push((name, Target { id, peeled }));
    }
    rest.is_empty().then_some(Refs(refs))
}
