//! Packs that were put together before, for whoever asks the same again: where their bytes lie, not the bytes.
//!
//! What a client wants, has and leaves out decides what a right answer is, and stored packs never change; so an answer stays
//! right for as long as the packs are there that it copies from. Who may ask at all is decided before.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use packhouse_git::filter::Filter;
use packhouse_git::hash::ObjectId;
use packhouse_git::upload_pack::FetchRequest;
use quick_cache::Weighter;
use quick_cache::sync::{Cache, GuardResult};
use sha2::{Digest as _, Sha256};

use super::shallow::Boundary;
use super::stream::PackStream;
use super::{Wants, visible};
use crate::assemble::Piece;
use crate::error::Result;
use crate::odb::Odb;
use crate::snapshot::Snapshot;

/// For how long one waits for another that makes the same answer, before making it too.
const PATIENCE: Duration = Duration::from_secs(20);
/// The memory of a piece, besides bytes of its own.
const PIECE: u64 = 48;

/// Everything that an answer depends on, digested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question([u8; 32]);

/// An answer: pieces of stored packs and what lies between them.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(super) count: u32,
    /// Ids of the packs that pieces name by their position here.
    packs: Vec<String>,
    pieces: Vec<Piece>,
    /// Known once it was sent to the end.
    pub(super) trailer: OnceLock<ObjectId>,
    weight: u64,
}

#[derive(Clone, Debug)]
struct Weights;

impl Weighter<Question, Arc<Answer>> for Weights {
    fn weight(&self, _: &Question, answer: &Arc<Answer>) -> u64 {
        answer.weight
    }
}

/// Answers within a fixed bound of bytes.
#[derive(Debug)]
pub(crate) struct Answers {
    kept: Cache<Question, Arc<Answer>, Weights>,
    largest: u64,
}

impl Answers {
    /// Keeps at most `bytes`.
    pub(crate) fn new(bytes: u64) -> Self {
        let largest = bytes / 4;
        Self {
            kept: Cache::with_weighter(256, bytes, Weights),
            largest,
        }
    }

    /// How many are kept.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.kept.len()
    }

    /// An answer that was given before, or what `make` makes, which is kept if it is small. While one makes it, others who ask the
    /// same wait. Blocks.
    pub(super) fn answer(
        &self,
        question: Option<Question>,
        odb: &Odb,
        make: impl FnOnce() -> Result<PackStream>,
    ) -> Result<PackStream> {
        let Some(question) = question else {
            return make();
        };
        match self.kept.get_value_or_guard(&question, Some(PATIENCE)) {
            GuardResult::Value(answer) => {
                if let Some(stream) = answer.stream(odb) {
                    return Ok(stream);
                }
                // A compaction took away what it copied from.
                self.kept.remove(&question);
                make()
            }
            GuardResult::Guard(guard) => {
                let mut stream = make()?;
                let count = stream.count();
                if let Some(pieces) = stream.assemble(|pieces| weight(pieces) <= self.largest)? {
                    let answer = Arc::new(Answer::new(odb, count, pieces));
                    // Fails when it was removed meanwhile, which is no matter.
                    drop(guard.insert(Arc::clone(&answer)));
                    stream.answers(answer);
                }
                Ok(stream)
            }
            GuardResult::Timeout => make(),
        }
    }
}

fn weight(pieces: &[Piece]) -> u64 {
    let own = pieces.iter().map(|piece| match piece {
        Piece::Bytes(bytes) => bytes.len() as u64 + PIECE,
        Piece::Copy { .. } => PIECE,
    });
    own.sum()
}

impl Answer {
    fn new(odb: &Odb, count: u32, pieces: &[Piece]) -> Self {
        let packs: Vec<String> = odb.packs().iter().map(|file| file.pack.id.clone()).collect();
        let names: usize = packs.iter().map(String::len).sum();
        Self {
            count,
            pieces: pieces.to_vec(),
            trailer: OnceLock::new(),
            weight: weight(pieces) + names as u64 + PIECE * packs.len() as u64,
            packs,
        }
    }

    /// The answer once more; `None` where a pack is gone.
    fn stream(self: &Arc<Self>, odb: &Odb) -> Option<PackStream> {
        let live = |id: &String| odb.packs().iter().position(|file| file.pack.id == *id);
        let packs: Vec<Option<usize>> = self.packs.iter().map(live).collect();
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Copy { pack, range } => Some(Piece::Copy {
                pack: packs.get(*pack).copied().flatten()?,
                range: range.clone(),
            }),
            Piece::Bytes(bytes) => Some(Piece::Bytes(bytes.clone())),
        });
        let pieces = pieces.collect::<Option<Vec<_>>>()?;
        let mut stream = PackStream::of_pieces(odb, self.count, pieces);
        stream.answers(Arc::clone(self));
        Some(stream)
    }
}

/// What is asked; `None` where an answer depends on more than can be told cheaply.
pub(super) fn question(
    snapshot: &Snapshot,
    wants: &Wants,
    common: &[ObjectId],
    boundary: &Boundary,
    request: &FetchRequest,
) -> Option<Question> {
    if request.filter.as_ref().is_some_and(names_a_revision) {
        return None;
    }
    let mut digest = Sha256::new();
    digest.update(snapshot.id().as_str());
    let mut ids = |ids: &mut dyn Iterator<Item = ObjectId>| {
        let mut sorted: Vec<ObjectId> = ids.collect();
        sorted.sort_unstable();
        sorted.dedup();
        digest.update(sorted.len().to_be_bytes());
        sorted.iter().for_each(|id| digest.update(id.as_slice()));
    };
    ids(&mut wants.ids.iter().copied());
    ids(&mut common.iter().copied());
    ids(&mut boundary.cut.iter().copied());
    ids(&mut boundary.unshallow.iter().copied());
    ids(&mut boundary.extra.iter().copied());
    if request.include_tag {
        let tags = visible(snapshot).filter(|(name, target)| name.is_tag() && target.peeled.is_some());
        ids(&mut tags.map(|(_, target)| target.id));
    }
    digest.update([request.thin_pack, request.ofs_delta, request.include_tag].map(u8::from));
    digest.update(format!("{:?}", request.filter));
    Some(Question(digest.finalize().into()))
}

/// Whether a filter means something else when refs move.
fn names_a_revision(filter: &Filter) -> bool {
    match filter {
        Filter::SparseOid(_) => true,
        Filter::Combine(filters) => filters.iter().any(names_a_revision),
        Filter::BlobNone | Filter::BlobLimit(_) | Filter::TreeDepth(_) | Filter::ObjectType(_) => false,
    }
}
