//! Chunks of packs on the disk: the second level below those in memory, where packs lie behind a network.
//!
//! One file without a name, cut into slots of the size of a chunk. Which chunk lies in which slot is known in memory alone, so
//! nothing of it outlives the process, and nothing has to be checked or tidied.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use quick_cache::sync::Cache;
use tokio::task::spawn_blocking;

/// Slots that are never counted on, so that one is free while another is being read.
const SPARE: u64 = 8;

/// Slots that are free, and how many were ever used.
#[derive(Debug, Default)]
struct Slots {
    free: Vec<u64>,
    used: u64,
}

/// A slot that holds a chunk, until nobody knows of it or reads it any more.
#[derive(Debug)]
struct Slot {
    at: u64,
    length: usize,
    slots: Arc<Mutex<Slots>>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        lock(&self.slots).free.push(self.at);
    }
}

/// Numbers are whole at any time.
fn lock(slots: &Mutex<Slots>) -> MutexGuard<'_, Slots> {
    slots.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The chunks, by the number of their pack and their own.
#[derive(Debug)]
pub(super) struct DiskChunks {
    file: Arc<File>,
    slots: Arc<Mutex<Slots>>,
    known: Cache<(u64, u64), Arc<Slot>>,
    most: u64,
    chunk_bytes: u64,
}

impl DiskChunks {
    /// Keeps at most `bytes` in a file in `folder`; `None` where that is not enough for anything.
    ///
    /// # Errors
    /// When no file can be made there.
    pub(super) fn new(folder: &Path, bytes: u64, chunk_bytes: u64) -> io::Result<Option<Self>> {
        let most = bytes / chunk_bytes;
        let known = usize::try_from(most.saturating_sub(SPARE)).unwrap_or(usize::MAX);
        if known == 0 {
            return Ok(None);
        }
        Ok(Some(Self {
            file: Arc::new(tempfile::tempfile_in(folder)?),
            slots: Arc::default(),
            known: Cache::new(known),
            most,
            chunk_bytes,
        }))
    }

    /// A chunk, if it is there.
    pub(super) async fn get(&self, key: (u64, u64)) -> Option<Bytes> {
        let slot = self.known.get(&key)?;
        let (file, start) = (Arc::clone(&self.file), slot.at * self.chunk_bytes);
        let read = spawn_blocking(move || {
            let mut chunk = vec![0; slot.length];
            file.read_exact_at(&mut chunk, start).map(|()| Bytes::from(chunk))
        });
        match read.await {
            Ok(Ok(chunk)) => Some(chunk),
            Ok(Err(_)) | Err(_) => {
                self.known.remove(&key);
                None
            }
        }
    }

    /// Keeps a chunk, if there is room; where the disk is full, say, there is none.
    pub(super) async fn keep(&self, key: (u64, u64), chunk: Bytes) {
        let Some(slot) = self.free_slot(chunk.len()) else {
            return;
        };
        let (file, start) = (Arc::clone(&self.file), slot.at * self.chunk_bytes);
        let written = spawn_blocking(move || file.write_all_at(&chunk, start).map(|()| slot));
        match written.await {
            Ok(Ok(slot)) => self.known.insert(key, Arc::new(slot)),
            Ok(Err(error)) => tracing::debug!(%error, "a chunk is not kept on the disk"),
            Err(_panicked) => {}
        }
    }

    fn free_slot(&self, length: usize) -> Option<Slot> {
        let mut slots = lock(&self.slots);
        let at = slots.free.pop().or_else(|| {
            let next = slots.used;
            slots.used += u64::from(next < self.most);
            (next < self.most).then_some(next)
        })?;
        let slots = Arc::clone(&self.slots);
        (length as u64 <= self.chunk_bytes).then(|| Slot { at, length, slots })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK: u64 = 1000;

    fn chunk(key: u64) -> Bytes {
        let length = 1 + key % CHUNK;
        (0..length).map(|at| u8::try_from((at + key) % 251).unwrap()).collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn what_is_found_is_what_was_kept_however_many_come_and_go() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Arc::new(DiskChunks::new(folder.path(), 20 * CHUNK, CHUNK).unwrap().unwrap());
        let tasks = (0..8).map(|task: u64| {
            let disk = Arc::clone(&disk);
            tokio::spawn(async move {
                let mut found = 0;
                for step in 0..500 {
                    let key = (step * 7 + task * 13) % 40;
                    match disk.get((1, key)).await {
                        Some(bytes) => {
                            assert_eq!(bytes, chunk(key));
                            found += 1;
                        }
                        None => disk.keep((1, key), chunk(key)).await,
                    }
                }
                found
            })
        });
        let mut found = 0;
        for task in tasks.collect::<Vec<_>>() {
            found += task.await.unwrap();
        }
        assert!(found > 0);
        assert!(disk.file.metadata().unwrap().len() <= 20 * CHUNK);
        assert!(lock(&disk.slots).used <= 20);
        assert_eq!(disk.get((2, 1)).await, None);
    }

    #[tokio::test]
    async fn too_little_room_keeps_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(DiskChunks::new(folder.path(), 7 * CHUNK, CHUNK).unwrap().is_none());
        assert!(DiskChunks::new(&folder.path().join("none"), 20 * CHUNK, CHUNK).is_err());
    }
}
