//! The pack of a fetch as a stream of bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use packhouse_git::hash::{Hasher, finish, hasher};
use packhouse_git::pack::entry::pack_header;

use crate::answers::Answer;
use crate::assemble::Assembler;
use crate::error::{Error, Result};
use crate::odb::Odb;
use crate::piece::{self, Piece};

/// A pack that is sent piece by piece. Takes little memory, however long it is.
pub struct PackStream {
    odb: Odb,
    count: u32,
    pieces: VecDeque<Piece>,
    /// Pieces that are being read.
    reading: FuturesOrdered<BoxFuture<'static, Result<Bytes>>>,
    assembler: Option<Box<Assembler>>,
    /// Whether all of what the assembler has made is in `pieces`.
    is_assembled: bool,
    hash: Option<Hasher>,
    /// The answer that this is, where it is kept.
    answer: Option<Arc<Answer>>,
    state: State,
}

/// How far a stream has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Header,
    Body,
    End,
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
            is_assembled: true,
            hash,
            answer: None,
            state: State::Header,
        }
    }

    /// A stored pack as it is, header and trailer included: nothing is hashed.
    pub(super) fn verbatim(odb: &Odb, pack: usize) -> Self {
        let stored = &odb.packs()[pack].pack;
        let range = 0..stored.bytes;
        Self {
            is_assembled: false,
            hash: None,
            state: State::Body,
            ..Self::of_pieces(odb, stored.objects, vec![Piece::Copy { pack, range }])
        }
    }

    pub(super) fn assembled(odb: &Odb, assembler: Assembler) -> Result<Self> {
        let count =
            u32::try_from(assembler.count()).map_err(|_| Error::TooLarge("too many objects for one pack".into()))?;
        Ok(Self {
            assembler: Some(Box::new(assembler)),
            is_assembled: false,
            ..Self::of_pieces(odb, count, Vec::new())
        })
    }

    /// Puts the pack together beforehand, for as long as its pieces take at most `bytes` of memory. Blocks.
    pub(super) fn assemble(&mut self, bytes: u64) -> Result<()> {
        let Some(mut assembler) = self.assembler.take() else {
            return Ok(());
        };
        let (mut pieces, mut weight) = (Vec::new(), 0);
        while weight <= bytes {
            let batch = assembler.batch()?;
            if batch.is_empty() {
                self.pieces = pieces.into();
                self.is_assembled = true;
                return Ok(());
            }
            weight += piece::weight(&batch);
            pieces.extend(batch);
        }
        self.pieces = pieces.into();
        self.assembler = Some(assembler);
        Ok(())
    }

    /// All of its pieces, if it was put together beforehand and nothing was sent.
    pub(super) fn assembled_pieces(&self) -> Option<Vec<Piece>> {
        self.is_assembled.then(|| self.pieces.iter().cloned().collect())
    }

    /// Tells that this is an answer that is kept.
    pub(super) fn answers(&mut self, answer: Arc<Answer>) {
        if answer.trailer.get().is_some() {
            self.hash = None;
        }
        self.answer = Some(answer);
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
        let bytes = match self.state {
            State::Header => {
                self.state = State::Body;
                Bytes::copy_from_slice(&pack_header(self.count))
            }
            State::Body => match self.body().await? {
                Some(bytes) => bytes,
                None => return self.trailer(),
            },
            State::End => return Ok(None),
        };
        if let Some(hash) = &mut self.hash {
            hash.update(&bytes);
        }
        Ok(Some(bytes))
    }

    fn trailer(&mut self) -> Result<Option<Bytes>> {
        self.state = State::End;
        let known = self.answer.as_ref().map(|answer| &answer.trailer);
        let sum = match (self.hash.take(), known.and_then(|known| known.get())) {
            (Some(hash), _) => {
                finish(hash).map_err(|_| Error::corrupt("a pack's checksum carries the marks of a collision"))?
            }
            (None, Some(sum)) => *sum,
            (None, None) => return Ok(None),
        };
        if let Some(known) = known {
            known.get_or_init(|| sum);
        }
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
            let (pieces, assembler) = self.odb.store().readers().blocking(work).await??;
            if !pieces.is_empty() {
                self.pieces = pieces.into();
                self.assembler = Some(assembler);
            }
        }
    }

    /// Begins to read the next pieces, as many as may be under way.
    fn read_ahead(&mut self) {
        let reads = self.odb.store().limits().reads;
        while self.reading.len() < reads.parallel.max(1) {
            match self.pieces.pop_front() {
                Some(Piece::Bytes(bytes)) => self.reading.push_back(Box::pin(async { Ok(bytes) })),
                Some(Piece::Copy { pack, range }) => {
                    let end = range.end.min(range.start + reads.part_bytes.max(1));
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
