//! The pack of a push, as it arrives.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use packhouse_git::fsck::{Checker, Policy};
use packhouse_git::pack::scan::Scanner;
use packhouse_git::pack::{Limits, PackError};
use tokio::sync::OwnedSemaphorePermit;

use crate::error::{Error, Result};
use crate::snapshot::Snapshot;
use crate::spool::Spool;

/// How far a push is, for messages to the pusher.
#[derive(Debug, Default)]
pub struct Progress {
    /// Objects declared by the pack.
    pub declared: AtomicU32,
    /// Objects that arrived.
    pub received: AtomicU32,
    /// Deltas to resolve.
    pub deltas: AtomicU32,
    /// Deltas resolved.
    pub resolved: AtomicU32,
}

/// Objects up to this size are held by as many pushes as there are.
pub(super) const HELD_FREELY: u64 = 16 << 20;
/// Padding of an entry that no library makes.
const PADDING: u64 = 64 << 10;

/// A pack that is arriving: scanned and spooled chunk by chunk, with threads used only while there is something to do.
pub struct Ingest {
    pub(super) work: Option<Box<Work>>,
    pub(super) snapshot: Snapshot,
    pub(super) limits: Limits,
    pack_bytes: u64,
    pub(super) progress: Arc<Progress>,
    /// While a large object is held.
    pub(super) place: Option<OwnedSemaphorePermit>,
}

pub(super) struct Work {
    pub(super) scanner: Scanner,
    pub(super) spool: Spool,
}

impl Ingest {
    /// Waits for a pack for the repository of `snapshot`.
    ///
    /// # Errors
    /// When the repository's setting names rules that do not exist.
    pub fn new(snapshot: &Snapshot) -> Result<Self> {
        let store = snapshot.store();
        let limits = store.limits();
        let manifest = snapshot.manifest();
        let policy = Policy::relaxing(&manifest.relaxed).map_err(|error| Error::corrupt(error.to_string()))?;
        let pack = Limits {
            pack_objects: limits.pack_objects,
            object_bytes: limits.object_bytes,
            in_memory_bytes: limits.in_memory_bytes,
            inflate_ratio: limits.inflate_ratio,
            padding: PADDING,
            delta_depth: limits.delta_depth,
        };
        let scanner = Scanner::new(manifest.format, pack, Checker::new(manifest.format, policy));
        let spool = Spool::new(store.spool(), limits.spool_memory);
        Ok(Self {
            work: Some(Box::new(Work { scanner, spool })),
            snapshot: snapshot.clone(),
            limits: pack,
            pack_bytes: limits.pack_bytes,
            progress: Arc::default(),
            place: None,
        })
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Takes the next bytes of the pack.
    ///
    /// # Errors
    /// At the first thing that is wrong with it; the ingest is of no use afterwards.
    pub async fn feed(&mut self, chunk: Bytes) -> Result<()> {
        let mut work = self
            .work
            .take()
            .ok_or_else(|| Error::Invalid("the pack was refused already".into()))?;
        if work.spool.len() + chunk.len() as u64 > self.pack_bytes {
            return Err(Error::TooLarge(format!(
                "pack exceeds the limit of {} bytes",
                self.pack_bytes
            )));
        }
        let mut left = chunk;
        while !left.is_empty() {
            let most = if self.place.is_some() { u64::MAX } else { HELD_FREELY };
            let scan = move || -> Result<_> {
                let taken = work.scanner.feed_below(&left, most).map_err(refusal)?;
                work.spool.append(&left[..taken]).map_err(spool_failed)?;
                Ok((work, left.slice(taken..)))
            };
            (work, left) = tokio::task::spawn_blocking(scan).await??;
            if !left.is_empty() {
                self.place = Some(self.snapshot.store().large_place().await?);
            } else if work.scanner.held() as u64 <= HELD_FREELY {
                self.place = None;
            }
        }
        let (received, declared) = work.scanner.progress();
        self.progress.received.store(received, Ordering::Relaxed);
        self.progress.declared.store(declared, Ordering::Relaxed);
        self.work = Some(work);
        Ok(())
    }
}

/// What a failing spool comes to.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub(super) fn spool_failed(error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return Error::TooLarge("the pack is larger than what the server can hold while it checks it".into());
    }
    Error::Unavailable(format!("spooling a pack: {error}"))
}

/// What is wrong with a pack, for who sent it.
pub(super) fn refusal(error: PackError) -> Error {
    match error {
        PackError::Read(why) => Error::Unavailable(why),
        PackError::NoRoom => Error::Busy,
        PackError::ObjectTooLarge { .. }
        | PackError::BaseTooLarge { .. }
        | PackError::TooMuchMade(_)
        | PackError::TooLong(_)
        | PackError::TooManyObjects { .. }
        | PackError::Bomb(_) => Error::TooLarge(error.to_string()),
        error => Error::Invalid(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use packhouse_git::object::Kind;
    use packhouse_git::pack::entry::Content;

    use super::*;
    use crate::testing::{Bed, Git, history};

    #[tokio::test]
    async fn a_pack_of_too_many_objects_is_too_large_once_its_header_is_there() {
        let snapshot = Bed::sha1().await.snapshot().await;
        for (declared, is_taken) in [(20_000_000, true), (20_000_001, false), (u32::MAX, false)] {
            let header = packhouse_git::pack::entry::pack_header(declared);
            let mut ingest = Ingest::new(&snapshot).unwrap();
            let fed = ingest.feed(Bytes::copy_from_slice(&header)).await;
            assert_eq!(fed.is_ok(), is_taken, "{declared}");
            assert!(matches!(fed, Ok(()) | Err(Error::TooLarge(_))), "{fed:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_pushes_hold_a_large_object() {
        let snapshot = Bed::sha1().await.snapshot().await;
        let begun = async |size: u64| {
            let mut pack = packhouse_git::pack::entry::pack_header(2).to_vec();
            packhouse_git::pack::entry::write(Content::Full(Kind::Tree), size, &mut pack);
            let stream = packhouse_git::zlib::deflate(&vec![0; usize::try_from(size).unwrap()]);
            pack.extend(&stream[..stream.len() / 2]);
            let mut ingest = Ingest::new(&snapshot).unwrap();
            let fed = ingest.feed(pack.into()).await;
            fed.map(|()| ingest)
        };
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(begun(HELD_FREELY + 1).await.unwrap());
        }
        assert!(matches!(begun(HELD_FREELY + 1).await, Err(Error::Busy)));
        assert!(begun(HELD_FREELY).await.is_ok(), "small ones need no place");
        held.pop();
        assert!(begun(HELD_FREELY + 1).await.is_ok());
    }

    #[test]
    fn a_pack_that_nobody_waits_for_is_not_resolved() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.max_blocking_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let (bed, git) = (Bed::sha1().await, Git::sha1());
            history(&git, 2, 60, false);
            let snapshot = bed.snapshot().await;
            let odb = snapshot.odb().await.unwrap();
            let mut ingest = Ingest::new(&snapshot).unwrap();
            ingest.feed(git.pack(&[git.id("main")], &[])).await.unwrap();
            let progress = ingest.progress();
            // The only thread that may block is taken until the push is given up.
            let (release, released) = std::sync::mpsc::channel::<()>();
            let taken = tokio::task::spawn_blocking(move || released.recv().is_err());
            assert!(ingest.prepare(&odb).now_or_never().is_none());
            drop(release);
            assert!(taken.await.unwrap());
            // What waited for the thread before this has ended.
            tokio::task::spawn_blocking(|| {}).await.unwrap();
            let (deltas, resolved) = (&progress.deltas, &progress.resolved);
            assert!(deltas.load(Ordering::Relaxed) > 0, "it began");
            assert_eq!(resolved.load(Ordering::Relaxed), 0);
        });
    }
}
