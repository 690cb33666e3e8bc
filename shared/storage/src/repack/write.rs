//! Writing the packs: sorted by kind, newest first, every base before what builds on it.

use std::ops::Range;

use packhouse_git::hash::{ObjectId, finish, hasher};
use packhouse_git::object::Kind;
use packhouse_git::pack::entry::{self, Content, EntryHeader, pack_header};
use packhouse_git::zlib::deflate;

use super::mark::{Marked, Node};
use super::reuse::{Form, Forms};
use super::search::rank;
use crate::error::{Error, Result};
use crate::manifest::Prefix;
use crate::odb::{Odb, Place};
use crate::spool::Spool;
use crate::store::Store;

/// A pack as it was written.
pub(super) struct Pack {
    pub(super) spool: Spool,
    /// The objects, in order.
    pub(super) order: Vec<(ObjectId, Kind)>,
    pub(super) history: Prefix,
    pub(super) trees: Prefix,
}

/// What the packs are written from.
pub(super) struct Sources<'a> {
    pub(super) store: &'a Store,
    pub(super) odb: &'a Odb,
    pub(super) marked: &'a Marked,
    pub(super) forms: &'a Forms,
    pub(super) deltas: &'a [Spool],
}

/// Appends bytes to a pack; answers how long it is then.
type Append<'a> = &'a mut dyn FnMut(&[u8]) -> Result<u64>;

/// How much is copied at once.
const PIECE: u64 = 1 << 20;

fn failed(error: &std::io::Error) -> Error {
    Error::Unavailable(format!("spooling a pack: {error}"))
}

/// Writes the pack of some objects; `None` if there are none.
pub(super) fn write(sources: &Sources<'_>, nodes: Range<usize>) -> Result<Option<Pack>> {
    let too_many = |_| Error::TooLarge("too many objects for one pack".into());
    if nodes.is_empty() {
        return Ok(None);
    }
    let order = order(sources, nodes)?;
    let format = sources.odb.format();
    let mut spool = Spool::new(sources.store.spool(), sources.store.limits().spool_memory);
    let mut hash = hasher(format);
    let mut append = |bytes: &[u8]| {
        hash.update(bytes);
        spool.append(bytes).map_err(|error| failed(&error))?;
        Ok(spool.len())
    };
    let mut end = append(&pack_header(u32::try_from(order.len()).map_err(too_many)?))?;
    let mut offsets = vec![0u64; sources.forms.forms.len()];
    let start = Prefix { end, objects: 0 };
    let (mut history, mut trees) = (start, start);
    for (node, objects) in order.iter().zip(1..) {
        offsets[*node as usize] = end;
        end = sources.entry(*node, &offsets, &mut append)?;
        let kind = rank(sources.node(*node).kind);
        let prefix = Prefix { end, objects };
        if kind < rank(Kind::Tree) {
            history = prefix;
        }
        if kind < rank(Kind::Blob) {
            trees = prefix;
        }
    }
    let collision = |_| Error::corrupt("a pack's checksum carries the marks of a collision");
    let checksum = finish(hash).map_err(collision)?;
    spool.append(checksum.as_slice()).map_err(|error| failed(&error))?;
    let ids = order.iter().map(|node| sources.node(*node));
    Ok(Some(Pack {
        spool,
        order: ids.map(|node| (node.id, node.kind)).collect(),
        history,
        trees,
    }))
}

/// The order of the pack.
fn order(sources: &Sources<'_>, nodes: Range<usize>) -> Result<Vec<u32>> {
    let too_many = |_| Error::TooLarge("too many objects for one pack".into());
    let range = u32::try_from(nodes.start).map_err(too_many)?..u32::try_from(nodes.end).map_err(too_many)?;
    let mut by_kind: Vec<u32> = range.collect();
    by_kind.sort_by_key(|&node| rank(sources.node(node).kind));
    let mut placed = vec![false; sources.forms.forms.len()];
    let mut order = Vec::with_capacity(by_kind.len());
    let mut chain = Vec::new();
    for node in by_kind {
        let mut next = Some(node);
        while let Some(at) = next.filter(|at| !placed[*at as usize]) {
            placed[at as usize] = true;
            chain.push(at);
            next = sources.forms.forms[at as usize].base();
        }
        order.extend(chain.drain(..).rev());
    }
    Ok(order)
}

impl Sources<'_> {
    fn node(&self, at: u32) -> &Node {
        &self.marked.nodes[at as usize]
    }

    /// Appends the entry of an object, whose base is at its offset already; where it ends.
    fn entry(&self, at: u32, offsets: &[u64], append: Append<'_>) -> Result<u64> {
        let (node, here) = (self.node(at), offsets[at as usize]);
        let header = |content: Content, size: u64| {
            let mut bytes = Vec::with_capacity(entry::MAX_HEADER);
            entry::write(content, size, &mut bytes);
            bytes
        };
        let distance = |base: u32| Content::OfsDelta(here - offsets[base as usize]);
        match self.forms.forms[at as usize] {
            Form::Whole { .. } => self.copy(node.place, 0, append),
            Form::Unfolded { .. } => {
                let object = self.odb.read_at(node.place)?;
                append(&header(Content::Full(object.kind), object.data.len() as u64))?;
                append(&deflate(&object.data))
            }
            Form::Reused(base) => {
                let EntryHeader { size, length, .. } = self.odb.header(node.place)?;
                append(&header(distance(base), size))?;
                self.copy(node.place, length as u64, append)
            }
            Form::Made(base, delta) => {
                append(&header(distance(base), delta.size))?;
                let mut bytes = vec![0; delta.length];
                let read = self.deltas[delta.spool].read_at(delta.offset, &mut bytes);
                read.map_err(|error| failed(&error))?;
                append(&bytes)
            }
        }
    }

    /// Appends an entry as it is stored, without its first bytes; never more than a piece of it is in memory.
    fn copy(&self, place: Place, skipped: u64, append: Append<'_>) -> Result<u64> {
        let file = &self.odb.packs()[place.pack];
        let end = file.end_of(file.rank(place.offset)?);
        let mut at = place.offset + skipped;
        loop {
            let next = end.min(at + PIECE);
            let appended = append(&self.odb.pack_bytes(place.pack, at..next)?)?;
            if next == end {
                return Ok(appended);
            }
            at = next;
        }
    }
}
