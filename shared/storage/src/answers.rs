//! The cache of answers to fetches: where the bytes of each lie, not the bytes.

use std::sync::{Arc, OnceLock};

use packhouse_git::hash::ObjectId;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::pack_cache::of_large;
use crate::piece::Script;

/// The memory of an answer, besides what it holds.
const KEPT: u64 = 300;

/// Everything that an answer depends on, digested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question(pub(crate) [u8; 32]);

/// An answer: pieces of stored packs and what lies between them.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) count: u32,
    pub(crate) script: Script,
    /// The id of each pack that it copies from.
    packs: Vec<String>,
    /// Known once it was sent to the end.
    pub(crate) trailer: OnceLock<ObjectId>,
}

impl Answer {
    /// A script that names packs by their position among `packs`; `None` where it names others.
    pub(crate) fn new<'a>(count: u32, script: Script, id: impl Fn(usize) -> Option<&'a String>) -> Option<Self> {
        let packs = script.packs().iter().map(|at| id(*at).cloned());
        Some(Self {
            count,
            packs: packs.collect::<Option<_>>()?,
            script,
            trailer: OnceLock::new(),
        })
    }

    /// Where each pack of its script is now, at the position that the script names; `None` where one is gone.
    pub(crate) fn moves(&self, position: impl Fn(&String) -> Option<usize>) -> Option<Vec<usize>> {
        let mut moves = Vec::new();
        for (then, id) in self.script.packs().iter().zip(&self.packs) {
            moves.resize(*then, usize::MAX);
            moves.push(position(id)?);
        }
        Some(moves)
    }

    fn weight(&self) -> u64 {
        let names: usize = self.packs.iter().map(String::len).sum();
        self.script.len() + names as u64 + KEPT
    }
}

/// The memory of each.
#[derive(Clone, Debug)]
pub(crate) struct Weights;

impl Weighter<Question, Arc<Answer>> for Weights {
    fn weight(&self, _: &Question, answer: &Arc<Answer>) -> u64 {
        answer.weight()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::piece::{Piece, Writer};

    #[test]
    fn packs_are_found_where_they_are_now() {
        let mut writer = Writer::default();
        for pack in [3, 1, 3] {
            writer.push(&Piece::Copy { pack, range: 0..9 });
        }
        let named = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<String>>();
        let then = named(&["a", "b", "c", "d"]);
        let answer = Answer::new(2, writer.finish(), |at| then.get(at)).expect("it knows all of them");
        let moves = |now: &[&str]| {
            let now = named(now);
            let moves = answer.moves(|id| now.iter().position(|other| other == id))?;
            Some((moves[1], moves[3]))
        };
        assert_eq!(moves(&["a", "b", "c", "d", "e"]), Some((1, 3)));
        assert_eq!(moves(&["d", "new", "b"]), Some((2, 0)));
        assert_eq!(moves(&["a", "b", "c"]), None);
        assert!(Answer::new(2, answer.script.clone(), |at| then[..3].get(at)).is_none());
    }
}
