//! Blobs that are too large to be held: inflated as their entry is read.

use std::io::{self, BufRead, Read};

use bytes::Bytes;
use packhouse_git::find::{Blob, Find as _, FindError};
use packhouse_git::hash::oid;
use packhouse_git::object::Kind;
use packhouse_git::pack::entry::Content;
use packhouse_git::zlib;

use super::{Odb, Place};
use crate::error::{Error, Result};

/// Blobs of at least this size are read in pieces, where they are stored whole. Deltas are always applied in memory.
const LARGE: u64 = 4 << 20;
/// How much of an entry is read at once, and how much of a blob is handed out.
const PIECE: usize = 1 << 20;

/// What is left of an entry.
struct Stored<'a> {
    odb: &'a Odb,
    pack: usize,
    rest: std::ops::Range<u64>,
    piece: Bytes,
}

impl BufRead for Stored<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.piece.is_empty() && !self.rest.is_empty() {
            let end = self.rest.end.min(self.rest.start.saturating_add(PIECE as u64));
            let read = self.odb.pack_bytes(self.pack, self.rest.start..end);
            self.piece = read.map_err(io::Error::other)?;
            self.rest.start = end;
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, amount: usize) {
        drop(self.piece.split_to(amount));
    }
}

impl Read for Stored<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(out)?;
        self.consume(length);
        Ok(length)
    }
}

impl Odb {
    /// A blob that is read in pieces; `None` for one that has to be held to be read, or that is small.
    fn large(&self, place: Place) -> Result<Option<Blob<'_>>> {
        let header = self.header(place)?;
        if header.content != Content::Full(Kind::Blob) || header.size < LARGE {
            return Ok(None);
        }
        let file = &self.packs[place.pack];
        let stored = Stored {
            odb: self,
            pack: place.pack,
            rest: place.offset + header.length as u64..file.end_of(file.rank(place.offset)?),
            piece: Bytes::new(),
        };
        let mut inflated = zlib::reader(stored);
        let mut left = header.size;
        let pieces = std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
            // A stream that is too short is an error like any other, and the last of what is told.
            let read = inflated.read_exact(&mut piece);
            left = if read.is_ok() { left - piece.len() as u64 } else { 0 };
            Some(
                read.map(|()| piece.into())
                    .map_err(|error| FindError::Source(error.into())),
            )
        });
        Ok(Some(Blob {
            size: header.size,
            pieces: Box::new(pieces),
        }))
    }

    /// As [`Find::blob`].
    pub(super) fn open_blob(&self, id: &oid) -> Result<Blob<'_>, FindError> {
        let large = self.place(id).map(|place| self.large(place)).transpose();
        if let Some(blob) = large.map_err(|error: Error| FindError::Source(error.into()))?.flatten() {
            return Ok(blob);
        }
        let data = self.get(id, Kind::Blob)?;
        Ok(Blob {
            size: data.len() as u64,
            pieces: Box::new(std::iter::once(Ok(data))),
        })
    }
}
