//! The pack of a fetch as a stream of bytes.

use std::collections::VecDeque;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use packhouse_git::hash::{Hasher, finish, hasher};
use packhouse_git::pack::entry::pack_header;

use crate::assemble::{Assembler, Piece};
use crate::error::{Error, Result};
use crate::odb::Odb;

/// Most bytes of one item of the stream that come from a stored pack.
const READ: u64 = 512 << 10;

/// A pack that is sent piece by piece. Takes little memory, however long it is.
pub struct PackStream {
    odb: Odb,
    count: u32,
    pieces: VecDeque<Piece>,
    /// Pieces that are being read.
    reading: FuturesOrdered<BoxFuture<'static, Result<Bytes>>>,
    assembler: Option<Box<Assembler>>,
    hash: Option<Hasher>,
    started: bool,
}

impl PackStream {
    pub(super) fn of_pieces(odb: &Odb, count: u32, pieces: Vec<Piece>) -> Self {
        let hash = Some(hasher(odb.format()));
        Self {
            odb: odb.clone(),
            count,
            pieces: pieces.into(),
            reading: FuturesOrdered::new(),
            assembler: None,
            hash,
            started: false,
        }
    }

    pub(super) fn assembled(odb: &Odb, assembler: Assembler) -> Result<Self> {
        let count =
            u32::try_from(assembler.count()).map_err(|_| Error::TooLarge("too many objects for one pack".into()))?;
        Ok(Self {
            assembler: Some(Box::new(assembler)),
            ..Self::of_pieces(odb, count, Vec::new())
        })
    }

    /// How many objects it brings.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// The next bytes; `None` behind the trailer.
    ///
    /// # Errors
    /// When a pack cannot be read: what was sent is then not a pack, and the receiver must be told.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        let bytes = if self.started {
            match self.body().await? {
                Some(bytes) => bytes,
                None => return self.trailer(),
            }
        } else {
            self.started = true;
            Bytes::copy_from_slice(&pack_header(self.count))
        };
        if let Some(hash) = &mut self.hash {
            hash.update(&bytes);
        }
        Ok(Some(bytes))
    }

    fn trailer(&mut self) -> Result<Option<Bytes>> {
        let Some(hash) = self.hash.take() else {
            return Ok(None);
        };
        let sum = finish(hash).map_err(|_| Error::corrupt("a pack's checksum carries the marks of a collision"))?;
        Ok(Some(Bytes::copy_from_slice(sum.as_slice())))
    }

    async fn body(&mut self) -> Result<Option<Bytes>> {
        loop {
            self.read_ahead();
            if let Some(bytes) = self.reading.next().await {
                return bytes.map(Some);
            }
            let Some(mut assembler) = self.assembler.take() else {
                return Ok(None);
            };
            let work = move || assembler.batch().map(|pieces| (pieces, assembler));
            let (pieces, assembler) = tokio::task::spawn_blocking(work).await??;
            if !pieces.is_empty() {
                self.pieces = pieces.into();
                self.assembler = Some(assembler);
            }
        }
    }

    /// Begins to read the next pieces, as many as may be under way.
    fn read_ahead(&mut self) {
        while self.reading.len() < self.odb.parallel_reads() {
            match self.pieces.pop_front() {
                Some(Piece::Bytes(bytes)) => self.reading.push_back(Box::pin(async { Ok(bytes) })),
                Some(Piece::Copy { pack, range }) => {
                    let end = range.end.min(range.start + READ);
                    if end < range.end {
                        let range = end..range.end;
                        self.pieces.push_front(Piece::Copy { pack, range });
                    }
                    if range.start < end {
                        let odb = self.odb.clone();
                        let read = async move { odb.stored(pack, range.start..end).await };
                        self.reading.push_back(Box::pin(read));
                    }
                }
                None => return,
            }
        }
    }
}
