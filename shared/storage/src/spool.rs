//! Where a pack waits while it is looked at: in memory as long as it is small, then in a file without a name.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;

use crate::blobs::ByteStream;

/// How much is handed to the blob store at once.
const PIECE: usize = 1 << 20;

/// Bytes that grow at the end and are read anywhere.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    memory_limit: usize,
    content: Content,
    length: u64,
}

#[derive(Debug)]
enum Content {
    Memory(Vec<u8>),
    File(File),
}

impl Spool {
    /// An empty spool that moves to a file in `folder` beyond `memory_limit` bytes.
    pub(crate) fn new(folder: &Path, memory_limit: usize) -> Self {
        Self {
            folder: folder.to_owned(),
            memory_limit,
            content: Content::Memory(Vec::new()),
            length: 0,
        }
    }

    /// How many bytes it holds.
    pub(crate) const fn len(&self) -> u64 {
        self.length
    }

    /// Appends bytes.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if let Content::Memory(memory) = &mut self.content {
            if memory.len() + bytes.len() <= self.memory_limit {
                memory.extend_from_slice(bytes);
                self.length += bytes.len() as u64;
                return Ok(());
            }
            let mut file = tempfile::tempfile_in(&self.folder)?;
            file.write_all(memory)?;
            self.content = Content::File(file);
        }
        if let Content::File(file) = &mut self.content {
            file.write_all(bytes)?;
        }
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Fills `buffer` from `offset` on.
    pub(crate) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        match &self.content {
            Content::Memory(memory) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let bytes = memory.get(start..).and_then(|rest| rest.get(..buffer.len()));
                buffer.copy_from_slice(bytes.ok_or(std::io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
            Content::File(file) => file.read_exact_at(buffer, offset),
        }
    }

    /// Overwrites bytes that are there.
    pub(crate) fn write_at(&mut self, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
        match &mut self.content {
            Content::Memory(memory) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let place = memory.get_mut(start..).and_then(|rest| rest.get_mut(..bytes.len()));
                place.ok_or(std::io::ErrorKind::UnexpectedEof)?.copy_from_slice(bytes);
                Ok(())
            }
            Content::File(file) => file.write_all_at(bytes, offset),
        }
    }

    /// Forgets everything from `length` on.
    pub(crate) fn truncate(&mut self, length: u64) -> std::io::Result<()> {
        match &mut self.content {
            Content::Memory(memory) => memory.truncate(usize::try_from(length).unwrap_or(usize::MAX)),
            Content::File(file) => {
                file.set_len(length)?;
                file.seek(SeekFrom::Start(length))?;
            }
        }
        self.length = length;
        Ok(())
    }

    /// Hands each piece from the start up to `end` to `take`.
    pub(crate) fn each(&self, end: u64, mut take: impl FnMut(&[u8])) -> std::io::Result<()> {
        let mut buffer = vec![0; PIECE.min(usize::try_from(end).unwrap_or(PIECE))];
        let mut offset = 0;
        while offset < end {
            let count = usize::try_from(end - offset).unwrap_or(PIECE).min(PIECE);
            self.read_at(offset, &mut buffer[..count])?;
            take(&buffer[..count]);
            offset += count as u64;
        }
        Ok(())
    }

    /// All of it, for the blob store.
    pub(crate) fn stream(self: &Arc<Self>) -> ByteStream {
        let spool = Arc::clone(self);
        let pieces = stream::unfold((spool, 0u64), |(spool, offset)| async move {
            if offset >= spool.len() {
                return None;
            }
            let (result, spool) = tokio::task::spawn_blocking(move || {
                let count = usize::try_from(spool.len() - offset).unwrap_or(PIECE).min(PIECE);
                let mut piece = vec![0; count];
                (spool.read_at(offset, &mut piece).map(|()| Bytes::from(piece)), spool)
            })
            .await
            .ok()?;
            let next = result.as_ref().map_or(u64::MAX, |piece| offset + piece.len() as u64);
            Some((result, (spool, next)))
        });
        Box::pin(pieces)
    }

    /// All of it, where it is in memory.
    pub(crate) fn in_memory(&self) -> Option<Bytes> {
        match &self.content {
            Content::Memory(memory) => Some(Bytes::copy_from_slice(memory)),
            Content::File(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::*;

    #[tokio::test]
    async fn bytes_read_back_on_either_side_of_the_memory_limit() {
        let folder = tempfile::tempdir().unwrap();
        for limit in [0, 10, 1 << 30] {
            let mut spool = Spool::new(folder.path(), limit);
            for piece in ["hello ", "world", ", and more"] {
                spool.append(piece.as_bytes()).unwrap();
            }
            spool.truncate(11).unwrap();
            spool.append(b"!").unwrap();
            spool.write_at(0, b"J").unwrap();
            let mut middle = [0; 5];
            spool.read_at(3, &mut middle).unwrap();
            assert_eq!(&middle, b"lo wo");
            assert!(spool.read_at(8, &mut middle).is_err());
            let all: Vec<Bytes> = Arc::new(spool).stream().try_collect().await.unwrap();
            assert_eq!(all.concat(), b"Jello world!");
        }
    }
}
