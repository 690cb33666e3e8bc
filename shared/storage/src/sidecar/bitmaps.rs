//! What some commits reach, each told by what it reaches besides another.

use std::collections::HashMap;

use bytes::{Buf as _, BufMut as _, Bytes};
use roaring::RoaringBitmap;

use super::Known;
use crate::error::{Error, Result};

/// Length of an entry.
pub(super) const ENTRY: usize = 16;
/// How many bitmaps are put together to get one.
const LONGEST: usize = if cfg!(test) { 3 } else { 32 };

#[derive(Clone, Debug)]
struct Entry {
    commit: u32,
    /// The number of another entry, before this one, which this one adds to.
    upon: Option<u32>,
    bits: Bytes,
}

/// The stored bitmaps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bitmaps {
    entries: Vec<Entry>,
    by_commit: HashMap<u32, u32>,
    bytes: u64,
}

impl Bitmaps {
    pub(super) fn count(&self) -> usize {
        self.entries.len()
    }

    /// How long they are together.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds what a commit reaches, which is all that the commit of another bitmap reaches, and more.
    pub(crate) fn push(
        &mut self,
        commit: u32,
        reaches: &RoaringBitmap,
        upon: Option<(u32, &RoaringBitmap)>,
    ) -> Result<()> {
        let upon = upon.and_then(|(other, bits)| Some((*self.by_commit.get(&other)?, bits)));
        let upon = upon.filter(|(other, _)| self.chain(*other).count() < LONGEST);
        let mut bits = upon.map_or_else(|| reaches.clone(), |(_, other)| reaches - other);
        bits.optimize();
        let mut encoded = Vec::with_capacity(bits.serialized_size());
        let failed = |error: std::io::Error| Error::corrupt(format!("a bitmap: {error}"));
        bits.serialize_into(&mut encoded).map_err(failed)?;
        self.add(commit, upon.map(|(other, _)| other), encoded.into());
        Ok(())
    }

    fn add(&mut self, commit: u32, upon: Option<u32>, bits: Bytes) {
        self.bytes += bits.len() as u64;
        // One a commit, and ranks are of 32 bits.
        self.by_commit
            .insert(commit, u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        self.entries.push(Entry { commit, upon, bits });
    }

    /// An entry and those that it adds to.
    fn chain(&self, entry: u32) -> impl Iterator<Item = &Entry> {
        let get = |at: u32| self.entries.get(at as usize);
        std::iter::successors(get(entry), move |entry| get(entry.upon?))
    }

    /// Reads bitmaps; `None` if they make no sense.
    pub(super) fn decode(mut table: Bytes, bits: &Bytes) -> Option<Self> {
        let mut bitmaps = Self::default();
        let mut start = 0;
        while table.has_remaining() {
            let (commit, upon) = (table.get_u32(), table.get_u32());
            let end = usize::try_from(table.get_u64()).ok()?;
            let upon = upon.checked_sub(1);
            // So that no chain goes round in a circle.
            if end < start || end > bits.len() || upon.is_some_and(|upon| upon as usize >= bitmaps.entries.len()) {
                return None;
            }
            bitmaps.add(commit, upon, bits.slice(start..end));
            start = end;
        }
        (start == bits.len()).then_some(bitmaps)
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let mut end = 0;
        for entry in &self.entries {
            end += entry.bits.len() as u64;
            out.put_u32(entry.commit);
            out.put_u32(entry.upon.map_or(0, |upon| upon + 1));
            out.put_u64(end);
        }
        self.entries.iter().for_each(|entry| out.put_slice(&entry.bits));
    }
}

impl Known for Bitmaps {
    fn reached(&self, commit: u32) -> Result<Option<RoaringBitmap>> {
        let Some(entry) = self.by_commit.get(&commit) else {
            return Ok(None);
        };
        let mut reaches = RoaringBitmap::new();
        for entry in self.chain(*entry) {
            let bits = RoaringBitmap::deserialize_from(&*entry.bits);
            reaches |= bits.map_err(|error| Error::corrupt(format!("a bitmap: {error}")))?;
        }
        Ok(Some(reaches))
    }
}
