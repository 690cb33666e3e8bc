//! Inflating and deflating of objects.

use std::io::{BufRead, Read};

use sirocco::inflate::{Decoder, Error};
use sirocco::{Format, deflate::Level};

/// Why a stream could not be inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InflateError {
    /// The stream is damaged.
    #[error("inflate: {0}")]
    Stream(Error),
    /// The stream ended before the declared size, or went on behind it.
    #[error("object data does not have its declared size")]
    Size,
}

/// Inflates zlib streams; its tables are reused from stream to stream.
#[derive(Debug)]
pub struct Inflater(Decoder);

impl Default for Inflater {
    fn default() -> Self {
        Self(Decoder::new(Format::Zlib))
    }
}

impl Inflater {
    /// Inflates the stream at the start of `input` into `out`, which then holds exactly `size` bytes; returns the
    /// stream's length.
    ///
    /// # Errors
    /// When the stream is damaged, cut off, or not of that size.
    pub fn inflate(&mut self, input: &[u8], size: usize, out: &mut Vec<u8>) -> Result<usize, InflateError> {
        self.0.reset();
        // One byte more than declared, so that a longer stream shows.
        out.resize(size.saturating_add(1), 0);
        let result = self.0.decompress(input, out, true);
        let (consumed, written, done) = match result {
            Ok(progress) => (progress.consumed, progress.output.len(), progress.done),
            Err(Error::BufferFull) => return Err(InflateError::Size),
            Err(error) => return Err(InflateError::Stream(error)),
        };
        if !done || written != size {
            return Err(InflateError::Size);
        }
        out.truncate(size);
        Ok(consumed)
    }

    /// Inflates at most the first `size` bytes of the stream at the start of `input`, which may be cut off.
    ///
    /// # Errors
    /// When the stream is damaged.
    pub fn prefix(&mut self, input: &[u8], size: usize, out: &mut Vec<u8>) -> Result<(), InflateError> {
        self.0.reset();
        out.resize(size, 0);
        let written = match self.0.decompress(input, out, false) {
            Ok(progress) => progress.output.len(),
            Err(Error::BufferFull) => size,
            Err(error) => return Err(InflateError::Stream(error)),
        };
        out.truncate(written);
        Ok(())
    }
}

/// Inflates the zlib stream at the start of `input` as it is read.
pub fn reader<'a>(input: impl BufRead + 'a) -> impl Read + 'a {
    sirocco::inflate::Reader::new(Format::Zlib, input)
}

/// Deflates `data` as a zlib stream at git's default level.
#[must_use]
pub fn deflate(data: &[u8]) -> Vec<u8> {
    sirocco::compress(Format::Zlib, Level::DEFAULT, data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_streams_of_the_declared_size_inflate() {
        let mut inflater = Inflater::default();
        for size in [0usize, 1, 7, 70_000] {
            let data: Vec<u8> = (0..size).map(|n| u8::try_from(n % 251).unwrap()).collect();
            let mut stream = deflate(&data);
            let length = stream.len();
            stream.extend(b"trailing");
            let mut out = Vec::new();
            assert_eq!(inflater.inflate(&stream, size, &mut out), Ok(length));
            assert_eq!(out, data);
            assert_eq!(inflater.inflate(&stream, size + 1, &mut out), Err(InflateError::Size));
            if size > 0 {
                assert_eq!(inflater.inflate(&stream, size - 1, &mut out), Err(InflateError::Size));
                inflater.prefix(&stream, size / 2, &mut out).unwrap();
                assert_eq!(out, data[..size / 2]);
            }
            assert!(inflater.inflate(&stream[..length - 1], size, &mut out).is_err());
            stream[length - 1] ^= 1;
            assert!(inflater.inflate(&stream, size, &mut out).is_err());
        }
    }
}
