//! The cache of answers to fetches: where the bytes of each lie, not the bytes.

use std::sync::{Arc, OnceLock};

use packhouse_git::hash::ObjectId;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::pack_cache::of_large;
use crate::piece::{PIECE, Piece, weight};

/// Everything that an answer depends on, digested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question(pub(crate) [u8; 32]);

/// An answer: pieces of stored packs and what lies between them.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) count: u32,
    /// Ids of the packs that pieces name by their position here.
    packs: Vec<String>,
    pieces: Vec<Piece>,
    /// Known once it was sent to the end.
    pub(crate) trailer: OnceLock<ObjectId>,
    weight: u64,
}

impl Answer {
    /// Pieces that name packs by their position among those of these ids.
    pub(crate) fn new(packs: Vec<String>, count: u32, pieces: Vec<Piece>) -> Self {
        let names: usize = packs.iter().map(String::len).sum();
        Self {
            count,
            trailer: OnceLock::new(),
            weight: weight(&pieces) + names as u64 + PIECE * packs.len() as u64,
            packs,
            pieces,
        }
    }

    /// Its pieces, with the packs at the positions that `position` tells; `None` where it knows one of them not.
    pub(crate) fn pieces(&self, position: impl FnMut(&String) -> Option<usize>) -> Option<Vec<Piece>> {
        let packs: Vec<Option<usize>> = self.packs.iter().map(position).collect();
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Copy { pack, range } => Some(Piece::Copy {
                pack: packs.get(*pack).copied().flatten()?,
                range: range.clone(),
            }),
            Piece::Bytes(bytes) => Some(Piece::Bytes(bytes.clone())),
        });
        pieces.collect()
    }
}

/// The memory of each.
#[derive(Clone, Debug)]
pub(crate) struct Weights;

impl Weighter<Question, Arc<Answer>> for Weights {
    fn weight(&self, _: &Question, answer: &Arc<Answer>) -> u64 {
        answer.weight
    }
}

/// Answers within a fixed bound of bytes.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(crate) kept: Cache<Question, Arc<Answer>, Weights>,
}

impl Answers {
    /// Keeps at most `bytes`.
    pub(crate) fn new(bytes: u64) -> Self {
        Self {
            kept: of_large(Weights, bytes),
        }
    }

    /// How many are kept.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.kept.len()
    }
}
