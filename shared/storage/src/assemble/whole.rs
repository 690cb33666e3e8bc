//! Entries made anew, whole: what takes the time of an answer, so several threads share it.

use bytes::Bytes;
use packhouse_git::pack::entry::{self, Content};
use packhouse_git::zlib::deflate;

use crate::error::Result;
use crate::odb::{Odb, Place};

/// Fewer than these are not worth a thread.
const A_THREADS_WORTH: usize = 16;

/// The objects at some places as whole entries, in that order.
pub(super) fn made_whole(odb: &Odb, places: &[Place]) -> Result<Vec<Bytes>> {
    let most = odb.store().limits().index_threads;
    let threads = (places.len() / A_THREADS_WORTH).clamp(1, most.max(1));
    if threads == 1 {
        return places.iter().map(|place| made(odb, *place)).collect();
    }
    // Neighbours build on the same objects, so each thread takes some in a row.
    let shares = places.chunks(places.len().div_ceil(threads));
    let shares: Vec<Result<Vec<Bytes>>> = std::thread::scope(|scope| {
        let share = |places: &'_ [Place]| places.iter().map(|place| made(odb, *place)).collect();
        let threads: Vec<_> = shares.map(|places| scope.spawn(move || share(places))).collect();
        let joined = threads.into_iter().map(|thread| {
            let panicked = |panic| std::panic::resume_unwind(panic);
            thread.join().unwrap_or_else(panicked)
        });
        joined.collect()
    });
    let shares = shares.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(shares.into_iter().flatten().collect())
}

fn made(odb: &Odb, place: Place) -> Result<Bytes> {
    let object = odb.read_at(place)?;
    let mut bytes = Vec::new();
    entry::write(Content::Full(object.kind), object.data.len() as u64, &mut bytes);
    bytes.extend(deflate(&object.data));
    Ok(bytes.into())
}
