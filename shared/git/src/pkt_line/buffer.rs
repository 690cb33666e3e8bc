//! Lines out of a message that arrives in pieces.

use super::{Decoded, Error, Line, decode};

/// More bytes wait for their line to be read than the buffer may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {0} bytes without being read")]
pub struct Overflow(pub usize);

/// Collects the pieces of a message and gives out its lines.
///
/// Never holds more than the limit that it was made with.
#[derive(Clone, Debug)]
pub struct LineBuffer {
    bytes: Vec<u8>,
    start: usize,
    limit: usize,
}

impl LineBuffer {
    /// An empty buffer that holds at most `limit` unread bytes. Below [`super::MAX_LINE`] some lines never fit.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            limit,
        }
    }

    /// Appends a piece of the message.
    ///
    /// # Errors
    /// When the unread bytes would pass the limit; the buffer is left as it was.
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), Overflow> {
        if self.unread().len().saturating_add(piece.len()) > self.limit {
            return Err(Overflow(self.limit));
        }
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// Takes the next line; `None` until the rest of it was fed.
    ///
    /// # Errors
    /// When the next line is malformed. It stays, so every later call fails too.
    pub fn read(&mut self) -> Result<Option<Line<'_>>, Error> {
        let unread = self.bytes.get(self.start..).unwrap_or_default();
        match decode(unread)? {
            Decoded::Complete { line, consumed } => {
                self.start = self.start.saturating_add(consumed);
                Ok(Some(line))
            }
            Decoded::Incomplete { .. } => Ok(None),
        }
    }

    /// What was fed and not read.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}
