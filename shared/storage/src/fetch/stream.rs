//! The pack of a fetch as a stream of bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use packhouse_git::hash::{Hasher, finish, hasher};
use packhouse_git::pack::entry::pack_header;
use tokio::sync::OwnedSemaphorePermit;

use crate::answers::Answer;
use crate::assemble::Assembler;
use crate::error::{Error, Result};
use crate::odb::Odb;
use crate::piece::{Piece, Pieces, Script, Writer};

/// Parts of packs up to this length are held by as many slow clients as there are.
const SHORT: u64 = 512 << 10;

/// A pack that is sent piece by piece. Takes little memory, however long it is.
pub struct PackStream {
    odb: Odb,
    count: u32,
    /// What was put together beforehand.
    script: Script,
    /// What is left of it, and behind that of what the assembler made since.
    scripted: Pieces,
    pieces: VecDeque<Piece>,
    /// Where each pack is that the script names by its position, if that may be another.
    moves: Vec<usize>,
    /// Pieces that are being read.
    reading: FuturesOrdered<BoxFuture<'static, Result<Bytes>>>,
    assembler: Option<Box<Assembler>>,
    hash: Option<Hasher>,
    /// The answer that this is, where it is kept.
    answer: Option<Arc<Answer>>,
    state: State,
}

/// A part of a pack, with the room that it takes until nobody holds it any more.
struct LongPart {
    bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for LongPart {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// How far a stream has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Header,
    Body,
    End,
}

impl PackStream {
    pub(super) fn of_script(odb: &Odb, count: u32, script: Script) -> Self {
        let hash = Some(hasher(odb.format()));
        Self {
            odb: odb.clone(),
            count,
            scripted: script.pieces(),
            script,
            pieces: VecDeque::new(),
            moves: Vec::new(),
            reading: FuturesOrdered::new(),
            assembler: None,
            hash,
            answer: None,
            state: State::Header,
        }
    }

    pub(super) fn of_pieces(odb: &Odb, count: u32, pieces: &[Piece]) -> Self {
        let mut script = Writer::default();
        pieces.iter().for_each(|piece| script.push(piece));
        Self::of_script(odb, count, script.finish())
    }

    /// A stored pack as it is, header and trailer included: nothing is hashed.
    pub(super) fn verbatim(odb: &Odb, pack: usize) -> Self {
        let stored = &odb.packs()[pack].pack;
        let range = 0..stored.bytes;
        Self {
            hash: None,
            state: State::Body,
            ..Self::of_pieces(odb, stored.objects, &[Piece::Copy { pack, range }])
        }
    }

    pub(super) fn assembled(odb: &Odb, assembler: Assembler) -> Result<Self> {
        let count =
            u32::try_from(assembler.count()).map_err(|_| Error::TooLarge("too many objects for one pack".into()))?;
        Ok(Self {
            assembler: Some(Box::new(assembler)),
            ..Self::of_pieces(odb, count, &[])
        })
    }

    /// Puts the pack together beforehand, for as long as its pieces take at most `bytes` of memory. Blocks.
    pub(super) fn assemble(&mut self, bytes: u64) -> Result<()> {
        let Some(mut assembler) = self.assembler.take() else {
            return Ok(());
        };
        let mut script = Writer::default();
        self.assembler = loop {
            if script.len() > bytes {
                break Some(assembler);
            }
            let batch = assembler.batch()?;
            if batch.is_empty() {
                break None;
            }
            batch.iter().for_each(|piece| script.push(piece));
        };
        self.script = script.finish();
        self.scripted = self.script.pieces();
        Ok(())
    }

    /// All of it, if it was put together beforehand and nothing was sent. One that goes out as it is stored is not put together.
    pub(super) fn script(&self) -> Option<&Script> {
        (self.state == State::Header && self.assembler.is_none()).then_some(&self.script)
    }

    /// Tells where each pack is by now, at the position that the script names.
    pub(super) fn moved(&mut self, moves: Vec<usize>) {
        self.moves = moves;
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
            self.read_ahead()?;
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
    fn read_ahead(&mut self) -> Result<()> {
        let reads = self.odb.store().limits().reads;
        while self.reading.len() < reads.parallel.max(1) {
            match self.next_piece()? {
                Some(Piece::Bytes(bytes)) => self.reading.push_back(Box::pin(async { Ok(bytes) })),
                Some(Piece::Copy { pack, range }) => {
                    let mut length = reads.part_bytes.max(1).min(range.end - range.start);
                    let room = (length > SHORT).then(|| self.odb.store().long_part(length)).flatten();
                    if room.is_none() {
                        length = length.min(SHORT);
                    }
                    let end = range.start + length;
                    if end < range.end {
                        let range = end..range.end;
                        self.pieces.push_front(Piece::Copy { pack, range });
                    }
                    if range.start < end {
                        let odb = self.odb.clone();
                        let read = async move {
                            let bytes = odb.stored(pack, range.start..end).await?;
                            Ok(match room {
                                Some(room) => Bytes::from_owner(LongPart { bytes, _room: room }),
                                None => bytes,
                            })
                        };
                        self.reading.push_back(Box::pin(read));
                    }
                }
                None => break,
            }
        }
        Ok(())
    }

    /// The next piece of what is put together.
    fn next_piece(&mut self) -> Result<Option<Piece>> {
        if let Some(piece) = self.pieces.pop_front() {
            return Ok(Some(piece));
        }
        let mut next = self.scripted.next()?;
        if let Some(Piece::Copy { pack, .. }) = &mut next
            && let Some(now) = self.moves.get(*pack)
        {
            *pack = *now;
        }
        Ok(next)
    }
}
