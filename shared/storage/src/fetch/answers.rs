//! Packs that were put together before, for whoever asks the same again: where their bytes lie, not the bytes.
//!
//! What a client wants, has and leaves out decides what a right answer is, and stored packs never change; so an answer stays
//! right for as long as the packs are there that it copies from. Who may ask at all is decided before.

use std::sync::Arc;
use std::time::Duration;

use packhouse_git::filter::Filter;
use packhouse_git::hash::ObjectId;
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use super::stream::PackStream;
use super::{Asked, visible};
use crate::answers::{Answer, Question};
use crate::error::Result;
use crate::odb::Odb;
use crate::snapshot::Snapshot;

/// For how long one waits for another that makes the same answer, before making it too.
const PATIENCE: Duration = Duration::from_secs(20);
/// The most memory of an answer that is kept, and that each of many slow clients takes besides what is on its way.
pub(super) const LARGEST: u64 = 4 << 20;

/// An answer that was given before, or the one that `make` makes, which is kept if it is small. While one makes it, others who
/// ask the same wait.
pub(super) async fn answer(
    question: Option<Question>,
    odb: &Odb,
    make: impl Future<Output = Result<PackStream>>,
) -> Result<PackStream> {
    let Some(question) = question else {
        return make.await;
    };
    let kept = &odb.store().answers().kept;
    match timeout(PATIENCE, kept.get_value_or_guard_async(&question)).await {
        Ok(Ok(answer)) => {
            if let Some(stream) = again(&answer, odb) {
                return Ok(stream);
            }
            // A compaction took away what it copied from.
            kept.remove(&question);
            make.await
        }
        Ok(Err(guard)) => {
            let mut stream = make.await?;
            let id = |pack: usize| odb.packs().get(pack).map(|file| &file.pack.id);
            let script = stream.script().cloned();
            if let Some(answer) = script.and_then(|script| Answer::new(stream.count(), script, id)) {
                let answer = Arc::new(answer);
                // Fails when it was removed meanwhile, which is no matter.
                drop(guard.insert(Arc::clone(&answer)));
                stream.answers(answer);
            }
            Ok(stream)
        }
        Err(_elapsed) => make.await,
    }
}

/// The answer once more; `None` where a pack is gone.
fn again(answer: &Arc<Answer>, odb: &Odb) -> Option<PackStream> {
    let moves = answer.moves(|id| odb.packs().iter().position(|file| file.pack.id == *id))?;
    let mut stream = PackStream::of_script(odb, answer.count, answer.script.clone());
    stream.moved(moves);
    stream.answers(Arc::clone(answer));
    Some(stream)
}

/// What is asked; `None` where an answer depends on more than can be told cheaply.
pub(super) fn question(snapshot: &Snapshot, asked: &Asked) -> Option<Question> {
    let Asked {
        wants,
        common,
        boundary,
        request,
    } = asked;
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
