//! The first pass over a pack: chunk by chunk as it arrives.
//!
//! Finds the entries, hashes the pack and every whole object, checks and collects edges of those that are no blobs.
//! Memory: a window, one commit, tree or tag, and about 70 bytes an entry.

use sirocco::Format;
use sirocco::inflate::{Decoder, Error as StreamError, Scanner as StreamScanner};

use super::edges::Edges;
use super::entry::{self, Content, EntryHeader, Parsed};
use super::{HEADER_LEN, Limits, PackError};
use crate::fsck::Checker;
use crate::hash::{Hasher, ObjectFormat, ObjectId, finish, hasher, object_hasher};
use crate::object::Kind;
use crate::zlib::InflateError;

/// The window through which blobs are inflated.
const WINDOW: usize = 192 << 10;
/// Buffers above that are not kept for the next object.
const LARGE: usize = 4 << 20;
/// What packs may always inflate to.
const INFLATE_FREELY: u64 = 1 << 30;

/// What an entry is built from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// It is whole.
    None(Kind),
    /// Another entry, by its position in [`Scanned::entries`].
    Entry(u32),
    /// An object by its id, by its position in [`Scanned::base_ids`].
    Id(u32),
}

/// One entry of a scanned pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it starts.
    pub offset: u64,
    /// Size of what it holds, inflated: the object or the delta.
    pub size: u64,
    /// CRC-32 of the entry as it lies in the pack.
    pub crc: u32,
    /// Length of its header.
    pub header: u16,
    /// What it is built from.
    pub base: Base,
}

/// A pack whose first pass is over.
#[derive(Debug)]
pub struct Scanned {
    /// The hash of its ids.
    pub format: ObjectFormat,
    /// Its entries, in order.
    pub entries: Vec<Entry>,
    /// The id of each whole entry; null for deltas.
    pub ids: Vec<ObjectId>,
    /// Ids of bases that deltas name.
    pub base_ids: Vec<ObjectId>,
    /// Where the trailer starts.
    pub end: u64,
    /// The checksum in the trailer.
    pub checksum: ObjectId,
    /// What the whole objects refer to.
    pub edges: Edges,
    /// What remains to be checked.
    pub checker: Checker,
}

impl Scanned {
    /// Where an entry of this pack ends.
    #[must_use]
    pub fn end_of(&self, entry: &Entry) -> u64 {
        let next = self.entries.partition_point(|other| other.offset <= entry.offset);
        self.entries.get(next).map_or(self.end, |next| next.offset)
    }
}

enum State {
    /// In the pack's header, an entry's header or the trailer, of which some bytes are in `pending`.
    Head,
    Whole(Whole),
    Delta,
    Done,
}

/// A whole object being inflated.
struct Whole {
    kind: Kind,
    hasher: Hasher,
    written: u64,
    /// Whether the buffer holds all of it, rather than a window.
    kept: bool,
}

/// Scans a pack that arrives in chunks of any size.
pub struct Scanner {
    limits: Limits,
    scanned: Scanned,
    declared: Option<u32>,
    pack_hash: Hasher,
    /// Bytes of the pack seen, `pending` included.
    offset: u64,
    pending: Vec<u8>,
    state: State,
    crc: crc32fast::Hasher,
    decoder: Decoder,
    delta: StreamScanner,
    buffer: Vec<u8>,
    inflated: u64,
}

impl Scanner {
    /// Waits for a pack.
    #[must_use]
    pub fn new(format: ObjectFormat, limits: Limits, checker: Checker) -> Self {
        let scanned = Scanned {
            format,
            entries: Vec::new(),
            ids: Vec::new(),
            base_ids: Vec::new(),
            end: 0,
            checksum: ObjectId::null(format),
            edges: Edges::default(),
            checker,
        };
        Self {
            limits,
            scanned,
            declared: None,
            pack_hash: hasher(format),
            offset: 0,
            pending: Vec::new(),
            state: State::Head,
            crc: crc32fast::Hasher::new(),
            decoder: Decoder::new(Format::Zlib),
            delta: StreamScanner::new(Format::Zlib),
            buffer: Vec::new(),
            inflated: 0,
        }
    }

    /// Objects seen and objects declared, for progress.
    #[must_use]
    pub fn progress(&self) -> (u32, u32) {
        (self.received(), self.declared.unwrap_or(0))
    }

    /// How much it holds of the object that is arriving.
    #[must_use]
    pub fn held(&self) -> usize {
        self.buffer.len()
    }

    fn received(&self) -> u32 {
        u32::try_from(self.scanned.entries.len()).unwrap_or(u32::MAX)
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// At the first thing that is wrong; the scanner is of no use afterwards.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), PackError> {
        self.feed_below(chunk, u64::MAX).map(drop)
    }

    /// The same up to where an object comes that is held as a whole and has more than `most` bytes; returns how much it took.
    ///
    /// # Errors
    /// As [`Scanner::feed`].
    pub fn feed_below(&mut self, chunk: &[u8], most: u64) -> Result<usize, PackError> {
        let mut taken = 0;
        while taken < chunk.len() {
            let rest = &chunk[taken..];
            taken += match &self.state {
                State::Head => self.head(rest)?,
                State::Whole(whole) if whole.kept && self.declared_size() > most => break,
                State::Whole(_) => self.whole(rest)?,
                State::Delta => self.delta(rest)?,
                State::Done => return Err(PackError::Garbage),
            };
        }
        Ok(taken)
    }

    /// Ends the pass.
    ///
    /// # Errors
    /// When the pack is not complete.
    pub fn finish(mut self) -> Result<Scanned, PackError> {
        if !matches!(self.state, State::Done) {
            let declared = self.declared.ok_or(PackError::NotAPack)?;
            return Err(PackError::Truncated {
                received: self.received(),
                declared,
            });
        }
        self.scanned.entries.shrink_to_fit();
        self.scanned.ids.shrink_to_fit();
        Ok(self.scanned)
    }

    /// Collects bytes until a header or the trailer is whole; returns how many of the chunk it used.
    fn head(&mut self, chunk: &[u8]) -> Result<usize, PackError> {
        let before = self.pending.len();
        let id_len = self.scanned.format.len_in_bytes();
        let wanted = match self.declared {
            None => usize::try_from(HEADER_LEN).unwrap_or(12),
            Some(declared) if self.received() == declared => id_len,
            Some(_) => entry::MAX_HEADER,
        };
        let take = chunk.len().min(wanted - before);
        self.pending.extend(&chunk[..take]);
        let parsed = match self.declared {
            None if self.pending.len() < wanted => None,
            None => {
                self.pack_header()?;
                Some(wanted)
            }
            Some(declared) if self.received() == declared => {
                if self.pending.len() == wanted {
                    self.trailer()?;
                }
                None
            }
            Some(_) => match entry::parse(self.scanned.format, &self.pending) {
                Parsed::Header(header) => Some(self.begin(header)?),
                Parsed::Incomplete => None,
                Parsed::Invalid => return Err(PackError::BadHeader(self.offset)),
            },
        };
        let Some(length) = parsed else {
            return Ok(take);
        };
        self.pack_hash.update(&self.pending[..length]);
        self.offset += length as u64;
        self.pending.clear();
        // A header never ends inside the bytes that were pending before: those were not enough.
        Ok(length - before)
    }

    fn pack_header(&mut self) -> Result<(), PackError> {
        let (magic, rest) = self.pending.split_at(4);
        let number = |bytes: &[u8]| bytes.iter().fold(0u32, |sum, &byte| sum << 8 | u32::from(byte));
        if magic != b"PACK" || !matches!(number(&rest[..4]), 2 | 3) {
            return Err(PackError::NotAPack);
        }
        let (declared, limit) = (number(&rest[4..8]), self.limits.pack_objects);
        if declared > limit {
            return Err(PackError::TooManyObjects { declared, limit });
        }
        self.declared = Some(declared);
        Ok(())
    }

    fn trailer(&mut self) -> Result<(), PackError> {
        let hash = std::mem::replace(&mut self.pack_hash, hasher(self.scanned.format));
        let checksum = finish(hash)?;
        if checksum.as_slice() != self.pending {
            return Err(PackError::Checksum);
        }
        self.scanned.checksum = checksum;
        self.scanned.end = self.offset;
        self.pending.clear();
        self.state = State::Done;
        Ok(())
    }

    /// Starts an entry; returns the length of its header.
    fn begin(&mut self, header: EntryHeader) -> Result<usize, PackError> {
        let EntryHeader { content, size, length } = header;
        let offset = self.offset;
        let held = !matches!(content, Content::Full(Kind::Blob));
        let limit = if held {
            self.limits.in_memory_bytes
        } else {
            self.limits.object_bytes
        };
        if size > limit {
            return Err(PackError::ObjectTooLarge { offset, size, limit });
        }
        self.inflated = self.inflated.saturating_add(size);
        let base = match content {
            Content::Full(kind) => {
                let kept = held || size < WINDOW as u64;
                let hasher = object_hasher(self.scanned.format, kind, size);
                self.state = State::Whole(Whole {
                    kind,
                    hasher,
                    written: 0,
                    kept,
                });
                self.decoder.reset();
                Base::None(kind)
            }
            Content::OfsDelta(distance) => {
                self.state = State::Delta;
                Base::Entry(
                    self.entry_at(offset, distance)
                        .ok_or(PackError::BadBaseOffset(offset))?,
                )
            }
            Content::RefDelta(id) => {
                self.state = State::Delta;
                self.scanned.base_ids.push(id);
                Base::Id(u32::try_from(self.scanned.base_ids.len() - 1).unwrap_or(u32::MAX))
            }
        };
        self.delta.reset();
        self.crc = crc32fast::Hasher::new();
        self.crc.update(&self.pending[..length]);
        let header = u16::try_from(length).unwrap_or(u16::MAX);
        self.scanned.entries.push(Entry {
            offset,
            size,
            crc: 0,
            header,
            base,
        });
        self.scanned.ids.push(ObjectId::null(self.scanned.format));
        Ok(length)
    }

    /// The entry that starts `distance` bytes before `offset`.
    fn entry_at(&self, offset: u64, distance: u64) -> Option<u32> {
        let start = offset.checked_sub(distance).filter(|_| distance > 0)?;
        let at = self
            .scanned
            .entries
            .binary_search_by_key(&start, |entry| entry.offset)
            .ok()?;
        u32::try_from(at).ok()
    }

    /// Counts `used` bytes of an entry's stream.
    fn consume(&mut self, stream: &[u8]) -> Result<(), PackError> {
        self.pack_hash.update(stream);
        self.crc.update(stream);
        self.offset += stream.len() as u64;
        let allowed = INFLATE_FREELY.max(self.offset.saturating_mul(self.limits.inflate_ratio));
        if self.inflated > allowed.saturating_add(self.limits.object_bytes) {
            return Err(PackError::Bomb(self.limits.inflate_ratio));
        }
        let padded = |entry: &&Entry| {
            let most = entry.size.saturating_mul(2).saturating_add(self.limits.padding);
            self.offset - entry.offset > most
        };
        match self.scanned.entries.last().filter(padded) {
            Some(entry) => Err(PackError::Padded(entry.offset)),
            None => Ok(()),
        }
    }

    fn inflate_error(&self, source: InflateError) -> PackError {
        let offset = self.scanned.entries.last().map_or(0, |entry| entry.offset);
        PackError::Inflate { offset, source }
    }

    fn end_entry(&mut self) {
        let crc = std::mem::take(&mut self.crc).finalize();
        if let Some(entry) = self.scanned.entries.last_mut() {
            entry.crc = crc;
        }
        self.state = State::Head;
    }

    fn declared_size(&self) -> u64 {
        self.scanned.entries.last().map_or(0, |entry| entry.size)
    }

    fn delta(&mut self, chunk: &[u8]) -> Result<usize, PackError> {
        let ended = match self.delta.scan(chunk, false) {
            Ok(ended) => ended,
            Err(error) => return Err(self.inflate_error(InflateError::Stream(error))),
        };
        let (size, produced) = (self.declared_size(), self.delta.total_out());
        if produced > size || (ended.is_some() && produced != size) {
            return Err(self.inflate_error(InflateError::Size));
        }
        let used = ended.unwrap_or(chunk.len());
        self.consume(&chunk[..used])?;
        if ended.is_some() {
            self.end_entry();
        }
        Ok(used)
    }

    fn whole(&mut self, chunk: &[u8]) -> Result<usize, PackError> {
        let size = self.declared_size();
        let mut used = 0;
        let State::Whole(whole) = &mut self.state else {
            return Ok(used);
        };
        // A kept object has one byte of room more than declared, so that a longer stream shows.
        let room = if whole.kept {
            usize::try_from(size).unwrap_or(0) + 1
        } else {
            WINDOW
        };
        if self.buffer.len() < room {
            self.buffer = vec![0; room.max(WINDOW)];
        }
        let done = loop {
            let State::Whole(whole) = &mut self.state else {
                return Ok(used);
            };
            let progress = match self.decoder.decompress(&chunk[used..], &mut self.buffer[..room], false) {
                Ok(progress) => progress,
                Err(StreamError::BufferFull) => return Err(self.inflate_error(InflateError::Size)),
                Err(error) => return Err(self.inflate_error(InflateError::Stream(error))),
            };
            whole.hasher.update(progress.output);
            whole.written += progress.output.len() as u64;
            used += progress.consumed;
            let (done, full) = (progress.done, progress.full);
            if whole.written > size || (done && whole.written != size) || (full && whole.kept) {
                return Err(self.inflate_error(InflateError::Size));
            }
            if done || !full {
                break done;
            }
            self.decoder.make_room(&mut self.buffer[..room]);
        };
        self.consume(&chunk[..used])?;
        if done {
            self.end_whole(size)?;
        }
        Ok(used)
    }

    fn end_whole(&mut self, size: u64) -> Result<(), PackError> {
        let State::Whole(whole) = std::mem::replace(&mut self.state, State::Head) else {
            return Ok(());
        };
        let id = finish(whole.hasher)?;
        let scanned = &mut self.scanned;
        if let Some(last) = scanned.ids.last_mut() {
            *last = id;
        }
        if whole.kept && (whole.kind != Kind::Blob || scanned.checker.wants_blob(&id)) {
            let data = &self.buffer[..usize::try_from(size).unwrap_or(0)];
            scanned
                .checker
                .check(whole.kind, &id, data, &mut |id, kind| scanned.edges.add(id, kind))?;
        }
        if self.buffer.len() > LARGE {
            self.buffer = Vec::new();
        }
        self.end_entry();
        Ok(())
    }
}
