//! Sidebands: a pack, progress and a fatal error multiplexed onto one stream of pkt-lines (`gitprotocol-pack(5)`).
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use crate::pkt_line::{length_digits, printable};

/// A progress line without text: it says nothing and keeps an idle connection open. Only for [`Mode::Small`] and
/// [`Mode::Large`].
pub const KEEPALIVE: &[u8; 5] = b"0005\x02";

/// What the client asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// No multiplexing: data goes out as it is and there is no way to say anything else.
    #[default]
    None,
    /// `side-band`: at most 995 bytes a line.
    Small,
    /// `side-band-64k`: at most 65,515 bytes a line.
    Large,
}

impl Mode {
    /// The most payload that goes into one line; `None` without multiplexing.
    #[must_use]
    pub const fn max_payload(self) -> Option<usize> {
        match self {
            Self::None => None,
            Self::Small => Some(995),
            Self::Large => Some(65_515),
        }
    }
}

/// The three bands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Band {
    /// What the stream is for: a pack, or a report.
    Data,
    /// Text that git prints, each line behind `remote: `.
    Progress,
    /// The reason for which the stream ends here; git prints it and fails.
    Fatal,
}

impl Band {
    /// The byte that names it on the wire.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Data => 1,
            Self::Progress => 2,
            Self::Fatal => 3,
        }
    }
}

/// A line that is on no band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The line is empty.
    #[error("protocol error: missing sideband designator")]
    Missing,
    /// The first byte names no band.
    #[error("protocol error: bad band #{0}")]
    Unknown(u8),
}

/// Splits the data of one pkt-line into its band and its payload.
///
/// # Errors
/// When the data is empty or begins with another byte than 1, 2 or 3.
pub fn decode(data: &[u8]) -> Result<(Band, &[u8]), Error> {
    match data.split_first() {
        Some((1, payload)) => Ok((Band::Data, payload)),
        Some((2, payload)) => Ok((Band::Progress, payload)),
        Some((3, payload)) => Ok((Band::Fatal, payload)),
        Some((&byte, _)) => Err(Error::Unknown(byte)),
        None => Err(Error::Missing),
    }
}

/// The five bytes before `payload_len` bytes on `band`, for those who send the payload without copying it.
///
/// `None` when that many bytes do not fit into one line, or there is no multiplexing.
#[must_use]
pub fn header(mode: Mode, band: Band, payload_len: usize) -> Option<[u8; 5]> {
    if payload_len > mode.max_payload()? {
        return None;
    }
    let [a, b, c, d] = length_digits(payload_len.checked_add(5)?);
    Some([a, b, c, d, band.byte()])
}

/// Appends `payload` on `band`, in as many lines as it takes; none for an empty payload.
///
/// Without multiplexing data is appended as it is, and what is on the other bands is lost.
pub fn write(out: &mut Vec<u8>, mode: Mode, band: Band, payload: &[u8]) {
    let Some(max) = mode.max_payload() else {
        if band == Band::Data {
            out.extend_from_slice(payload);
        }
        return;
    };
    for piece in payload.chunks(max) {
        if let Some(header) = header(mode, band, piece.len()) {
            out.extend_from_slice(&header);
            out.extend_from_slice(piece);
        }
    }
}

/// Appends a message on the progress band; every line of it is printed by git behind `remote: `. A newline is added
/// unless the message ends in one, or in the carriage return that lets the next message overwrite it.
pub fn write_progress(out: &mut Vec<u8>, mode: Mode, message: &str) {
    let mut text: String = message
        .chars()
        .map(|char| {
            if char.is_control() && !"\n\r\t".contains(char) {
                ' '
            } else {
                char
            }
        })
        .collect();
    if !text.ends_with(['\n', '\r']) {
        text.push('\n');
    }
    write(out, mode, Band::Progress, text.as_bytes());
}

/// Appends a message on the fatal band, on which git stops reading: write nothing behind it but a flush. One line, cut
/// off at what a pkt-line carries.
pub fn write_fatal(out: &mut Vec<u8>, mode: Mode, message: &str) {
    let text = printable(message);
    let max = mode.max_payload().unwrap_or_default();
    write(
        out,
        mode,
        Band::Fatal,
        text.as_bytes().get(..max).unwrap_or(text.as_bytes()),
    );
}

#[cfg(test)]
mod tests;
