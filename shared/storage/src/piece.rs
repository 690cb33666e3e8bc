//! Packs in the making, as pieces.

use std::ops::Range;

use bytes::{Buf as _, Bytes};

use crate::error::{Error, Result};

/// A piece of a pack that is being made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Bytes as they lie in a stored pack.
    Copy {
        /// The position of the pack in the repository.
        pack: usize,
        /// Which bytes.
        range: Range<u64>,
    },
    /// New bytes.
    Bytes(Bytes),
}

/// Pieces, written down in a few bytes each: those of a clone are a million.
///
/// Each begins with a number, zero for new bytes, or the position of the pack and one. Behind that, new bytes have their length and
/// themselves, bytes of a pack their start and their length. Numbers are in LEB128.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    written: Bytes,
    packs: Vec<usize>,
}

impl Script {
    /// Its pieces from the first on.
    pub(crate) fn pieces(&self) -> Pieces {
        Pieces(self.written.clone())
    }

    /// The packs that it copies from, by their position, in order.
    pub(crate) fn packs(&self) -> &[usize] {
        &self.packs
    }

    /// How many bytes it takes.
    pub(crate) fn len(&self) -> u64 {
        self.written.len() as u64
    }
}

/// A script that is being written.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    written: Vec<u8>,
    /// Whether it copies from the pack at each position.
    copies: Vec<bool>,
}

impl Writer {
    pub(crate) fn push(&mut self, piece: &Piece) {
        match piece {
            Piece::Copy { pack, range } => {
                if self.copies.len() <= *pack {
                    self.copies.resize(*pack + 1, false);
                }
                self.copies[*pack] = true;
                let numbers = [*pack as u64 + 1, range.start, range.end - range.start];
                numbers.into_iter().for_each(|number| self.number(number));
            }
            Piece::Bytes(bytes) => {
                self.number(0);
                self.number(bytes.len() as u64);
                self.written.extend_from_slice(bytes);
            }
        }
    }

    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.written.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.written.push(number.to_le_bytes()[0]);
    }

    /// How many bytes it takes.
    pub(crate) fn len(&self) -> u64 {
        self.written.len() as u64
    }

    pub(crate) fn finish(mut self) -> Script {
        self.written.shrink_to_fit();
        let packs = self.copies.iter().enumerate().filter(|(_, copies)| **copies);
        Script {
            packs: packs.map(|(pack, _)| pack).collect(),
            written: self.written.into(),
        }
    }
}

/// The pieces of a script that are left.
#[derive(Debug)]
pub(crate) struct Pieces(Bytes);

impl Pieces {
    /// The next one.
    ///
    /// # Errors
    /// When the script ends within a piece.
    pub(crate) fn next(&mut self) -> Result<Option<Piece>> {
        if !self.0.has_remaining() {
            return Ok(None);
        }
        let piece = self.read();
        piece.map(Some).ok_or_else(|| Error::corrupt("a script of pieces"))
    }

    fn read(&mut self) -> Option<Piece> {
        let Some(pack) = self.number()?.checked_sub(1) else {
            let length = usize::try_from(self.number()?).ok()?;
            return (length <= self.0.len()).then(|| Piece::Bytes(self.0.split_to(length)));
        };
        let (pack, start) = (usize::try_from(pack).ok()?, self.number()?);
        let range = start..start.checked_add(self.number()?)?;
        Some(Piece::Copy { pack, range })
    }

    fn number(&mut self) -> Option<u64> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.0.try_get_u8().ok()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
            shift += 7;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces() -> impl Strategy<Value = Vec<Piece>> {
        let copy = (0..300_usize, any::<u64>(), 0..1_u64 << 40).prop_map(|(pack, start, length)| Piece::Copy {
            pack,
            range: start..start.saturating_add(length),
        });
        let bytes = prop::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| Piece::Bytes(bytes.into()));
        prop::collection::vec(prop_oneof![copy, bytes], 0..50)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(pieces in pieces()) {
            let mut writer = Writer::default();
            pieces.iter().for_each(|piece| writer.push(piece));
            let (length, script) = (writer.len(), writer.finish());
            prop_assert_eq!(length, script.len());
            for _again in 0..2 {
                let mut left = script.pieces();
                let read: Vec<Piece> = std::iter::from_fn(|| left.next().unwrap()).collect();
                prop_assert_eq!(&read, &pieces);
            }
            for piece in &pieces {
                if let Piece::Copy { pack, .. } = piece {
                    prop_assert!(script.packs().contains(pack));
                }
            }
        }

        #[test]
        fn any_bytes_end_in_pieces_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let mut left = Pieces(bytes.into());
            while let Ok(Some(_)) = left.next() {}
        }
    }
}
