//! Pkt-lines: the framing of every message of Git's transfer protocols (`gitprotocol-common(5)`).
//!
//! [`decode`] reads one line from the front of a slice; [`Lines`] walks a message that is wholly in memory;
//! [`LineBuffer`] collects a message that arrives in pieces. The writers append to a `Vec<u8>`.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod buffer;

pub use buffer::{LineBuffer, Overflow};

/// The length in bytes of the longest pkt-line, its four length digits included.
pub const MAX_LINE: usize = 65_520;

/// The most bytes that one pkt-line carries.
pub const MAX_DATA: usize = 65_516;

/// Ends a message.
pub const FLUSH: &[u8; 4] = b"0000";

/// Separates the sections of a message of protocol version 2.
pub const DELIM: &[u8; 4] = b"0001";

/// Ends a response between a client and its remote helper; servers neither send nor expect it.
pub const RESPONSE_END: &[u8; 4] = b"0002";

/// One pkt-line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Bytes, at most [`MAX_DATA`] of them; may be empty.
    Data(&'a [u8]),
    /// `0000`
    Flush,
    /// `0001`
    Delim,
    /// `0002`
    ResponseEnd,
}

impl<'a> Line<'a> {
    /// The bytes of a data line without one trailing newline, which is how Git reads lines of text.
    #[must_use]
    pub fn text(self) -> Option<&'a [u8]> {
        match self {
            Self::Data(data) => Some(data.strip_suffix(b"\n").unwrap_or(data)),
            Self::Flush | Self::Delim | Self::ResponseEnd => None,
        }
    }
}

/// What [`decode`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// A whole line.
    Complete {
        /// The line.
        line: Line<'a>,
        /// The bytes that it took, length digits included; never more than there were.
        consumed: usize,
    },
    /// The line goes on behind the end of the input.
    Incomplete {
        /// The bytes that are missing at least; never 0.
        needed: usize,
    },
}

/// A line that is not a pkt-line. The text is Git's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The first four bytes are not hex digits.
    #[error("protocol error: bad line length character: {}", .0.escape_ascii())]
    Digits([u8; 4]),
    /// The length is 3, or above [`MAX_LINE`].
    #[error("protocol error: bad line length {0}")]
    Length(u16),
}

/// A line of a message could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is malformed.
    #[error("{source}")]
    Malformed {
        /// Where the line begins, in bytes from the start of the message.
        offset: usize,
        /// What is wrong.
        source: Error,
    },
    /// The message ends inside of the line, or where a line was expected.
    #[error("the remote end hung up unexpectedly")]
    Truncated {
        /// Where the message ends.
        offset: usize,
    },
}

/// Reads the pkt-line at the front of `input`.
///
/// # Errors
/// When `input` begins with something else than a pkt-line; more input does not change that.
pub fn decode(input: &[u8]) -> Result<Decoded<'_>, Error> {
    let Some((digits, rest)) = input.split_first_chunk::<4>() else {
        return Ok(Decoded::Incomplete {
            needed: 4usize.saturating_sub(input.len()),
        });
    };
    let length = parse_length(*digits)?;
    let line = match length {
        0 => Line::Flush,
        1 => Line::Delim,
        2 => Line::ResponseEnd,
        3 => return Err(Error::Length(3)),
        _ if usize::from(length) > MAX_LINE => return Err(Error::Length(length)),
        _ => {
            let wanted = usize::from(length).saturating_sub(4);
            let Some(data) = rest.get(..wanted) else {
                return Ok(Decoded::Incomplete {
                    needed: wanted.saturating_sub(rest.len()),
                });
            };
            return Ok(Decoded::Complete {
                line: Line::Data(data),
                consumed: usize::from(length),
            });
        }
    };
    Ok(Decoded::Complete { line, consumed: 4 })
}

fn parse_length(digits: [u8; 4]) -> Result<u16, Error> {
    digits.iter().try_fold(0u16, |length, &digit| {
        let value = match digit {
            b'0'..=b'9' => digit.wrapping_sub(b'0'),
            b'a'..=b'f' => digit.wrapping_sub(b'a').wrapping_add(10),
            b'A'..=b'F' => digit.wrapping_sub(b'A').wrapping_add(10),
            _ => return Err(Error::Digits(digits)),
        };
        Ok(length << 4 | u16::from(value))
    })
}

/// Walks over the lines of a message that is wholly in memory.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    message: &'a [u8],
    offset: usize,
}

impl<'a> Lines<'a> {
    /// Starts at the front of `message`.
    #[must_use]
    pub const fn new(message: &'a [u8]) -> Self {
        Self { message, offset: 0 }
    }

    /// The bytes read so far.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The bytes that were not read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.message.get(self.offset..).unwrap_or_default()
    }

    /// Reads the next line; `None` at the end of the message.
    ///
    /// # Errors
    /// When the line is malformed or cut off.
    pub fn read(&mut self) -> Result<Option<Line<'a>>, ReadError> {
        let rest = self.rest();
        if rest.is_empty() {
            return Ok(None);
        }
        match decode(rest) {
            Ok(Decoded::Complete { line, consumed }) => {
                self.offset = self.offset.saturating_add(consumed);
                Ok(Some(line))
            }
            Ok(Decoded::Incomplete { .. }) => Err(ReadError::Truncated {
                offset: self.message.len(),
            }),
            Err(source) => Err(ReadError::Malformed {
                offset: self.offset,
                source,
            }),
        }
    }

    /// Reads the next line, of which there must be one.
    ///
    /// # Errors
    /// When the line is malformed or cut off, or the message is at its end.
    pub fn expect(&mut self) -> Result<Line<'a>, ReadError> {
        self.read()?.ok_or(ReadError::Truncated { offset: self.offset })
    }
}

/// More bytes than one pkt-line carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} bytes do not fit into one pkt-line")]
pub struct TooLong(pub usize);

/// Appends one line made of `parts`, as they are; without bytes it is the empty line `0004`.
///
/// # Errors
/// When the parts are longer than [`MAX_DATA`] together; nothing is written then.
pub fn write(out: &mut Vec<u8>, parts: &[&[u8]]) -> Result<(), TooLong> {
    let length = parts.iter().fold(0usize, |sum, part| sum.saturating_add(part.len()));
    if length > MAX_DATA {
        return Err(TooLong(length));
    }
    out.reserve(length.saturating_add(4));
    out.extend_from_slice(&length_digits(length.saturating_add(4)));
    for part in parts {
        out.extend_from_slice(part);
    }
    Ok(())
}

/// Appends one line made of `parts`, cut off at [`MAX_DATA`]: for messages to people, where an end is better missing
/// than all of it.
pub fn write_cut(out: &mut Vec<u8>, parts: &[&[u8]]) {
    let mut left = MAX_DATA;
    let mut cut = Vec::with_capacity(parts.len());
    for part in parts {
        let part = part.get(..left).unwrap_or(part);
        left = left.saturating_sub(part.len());
        cut.push(part);
    }
    let written = write(out, &cut);
    debug_assert!(written.is_ok(), "the parts were cut to what fits");
}

/// Appends `ERR <message>`, which ends a conversation outside of a sideband; git prints the message. Newlines and other
/// control characters become spaces.
pub fn write_error(out: &mut Vec<u8>, message: &str) {
    write_cut(out, &[b"ERR ", printable(message).as_bytes()]);
}

/// `text` with every control character replaced by a space, so that it stays on one line and moves no cursor.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}

/// The four hex digits of a line of `length` bytes, which include these four.
pub(crate) fn length_digits(length: usize) -> [u8; 4] {
    [12u32, 8, 4, 0].map(|shift| {
        let nibble = u8::try_from(length >> shift & 0xf).unwrap_or_default();
        if nibble < 10 {
            b'0'.wrapping_add(nibble)
        } else {
            b'a'.wrapping_add(nibble).wrapping_sub(10)
        }
    })
}

#[cfg(test)]
mod tests;
