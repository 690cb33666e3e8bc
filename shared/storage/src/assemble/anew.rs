//! Entries made anew: whole, or as a delta on something that the receiver has. That takes the time of an answer, so several
//! threads share it.

use bytes::Bytes;
use packhouse_git::delta::encode;
use packhouse_git::hash::ObjectId;
use packhouse_git::pack::entry::{self, Content};
use packhouse_git::zlib::deflate;

use crate::error::Result;
use crate::odb::{Odb, Place};

/// Fewer than these are not worth a thread.
const A_THREADS_WORTH: usize = 16;
/// Objects above this size are not compared.
const LARGEST: u64 = 16 << 20;

/// An entry that is made anew.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anew {
    pub(super) place: Place,
    /// The size of the object.
    pub(super) size: u64,
    /// An object that the receiver has, and that it is likely like.
    pub(super) like: Option<ObjectId>,
    /// Where it could go out as it lies: its length then.
    pub(super) stored: Option<u64>,
}

/// The entries, in order; `None` for one that goes out as it lies.
pub(super) fn make(odb: &Odb, entries: &[Anew]) -> Result<Vec<Option<Bytes>>> {
    let most = odb.store().limits().index_threads;
    let threads = (entries.len() / A_THREADS_WORTH).clamp(1, most.max(1));
    if threads == 1 {
        return entries.iter().map(|entry| entry.make(odb)).collect();
    }
    // Neighbours build on the same objects, so each thread takes some in a row.
    let shares = entries.chunks(entries.len().div_ceil(threads));
    let shares: Vec<Result<Vec<_>>> = std::thread::scope(|scope| {
        let share = |entries: &'_ [Anew]| entries.iter().map(|entry| entry.make(odb)).collect();
        let threads: Vec<_> = shares.map(|entries| scope.spawn(move || share(entries))).collect();
        let joined = threads.into_iter().map(|thread| {
            let panicked = |panic| std::panic::resume_unwind(panic);
            thread.join().unwrap_or_else(panicked)
        });
        joined.collect()
    });
    let shares = shares.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(shares.into_iter().flatten().collect())
}

impl Anew {
    fn make(&self, odb: &Odb) -> Result<Option<Bytes>> {
        if let Some(delta) = self.delta(odb)? {
            return Ok(Some(delta));
        }
        if self.stored.is_some() {
            return Ok(None);
        }
        let object = odb.read_at(self.place)?;
        Ok(Some(written(Content::Full(object.kind), &object.data)))
    }

    /// The entry as a delta, where that is much shorter.
    fn delta(&self, odb: &Odb) -> Result<Option<Bytes>> {
        let Some(like) = self.like.and_then(|like| odb.place(&like)) else {
            return Ok(None);
        };
        if self.size.max(odb.size(like)?) > LARGEST {
            return Ok(None);
        }
        let (object, like) = (odb.read_at(self.place)?, odb.read_at(like)?);
        if object.kind != like.kind {
            return Ok(None);
        }
        let base = encode::Base::new(like.data);
        let delta = base.delta(&object.data, object.data.len() / 2);
        let id = self.like.map(Content::RefDelta);
        let entry = delta.zip(id).map(|(delta, id)| written(id, &delta));
        let shorter = |entry: &Bytes| self.stored.is_none_or(|stored| (entry.len() as u64) < stored);
        Ok(entry.filter(shorter))
    }
}

/// An entry of that content.
fn written(content: Content, data: &[u8]) -> Bytes {
    let mut bytes = Vec::new();
    entry::write(content, data.len() as u64, &mut bytes);
    bytes.extend(deflate(data));
    bytes.into()
}
