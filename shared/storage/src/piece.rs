//! Packs in the making, as pieces.

use std::ops::Range;

use bytes::Bytes;

/// The memory of a piece, besides bytes of its own.
pub(crate) const PIECE: u64 = 48;

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

/// The memory of pieces.
pub(crate) fn weight(pieces: &[Piece]) -> u64 {
    let own = pieces.iter().map(|piece| match piece {
        Piece::Bytes(bytes) => bytes.len() as u64 + PIECE,
        Piece::Copy { .. } => PIECE,
    });
    own.sum()
}
