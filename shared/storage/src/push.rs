//! A push: from commands and a pack to one conditional transaction.
//!
//! [`Ingest`] takes the pack as it arrives. [`push`] resolves it, checks that everything it refers to exists, judges
//! each command, stores the pack and its index, and commits. Before the commit nothing of it is visible; after it,
//! everything that was accepted is.

mod changes;
mod commit;
mod connectivity;
mod ingest;
mod made;
mod prepare;
mod prune;
mod request;
mod rules;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use packhouse_git::hash::ObjectId;

pub use ingest::{Ingest, Progress};
pub use made::pack_of;
pub use request::{Command, HIDDEN, MAX_ALSO, Request, Verdict};

use crate::error::{Error, Result};
use crate::merge::relieve;
use crate::odb::Odb;
use crate::snapshot::Snapshot;
use commit::Outcome;
use prepare::Prepared;

/// How often a push starts over because the repository moved under it.
const ATTEMPTS: u32 = 8;

/// Carries out a push on the repository as `snapshot` has it; the answer has a verdict for each command, in order.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::TooLarge`] say what is wrong with the pack, in words for the pusher; nothing was
/// changed then. [`Error::Outdated`], of [`Request::also`]; the store's otherwise.
pub async fn push(mut snapshot: Snapshot, pack: Option<Ingest>, request: &Request) -> Result<Vec<Verdict>> {
    let mut odb = snapshot.odb().await?;
    let mut prepared = match pack {
        Some(pack) => pack.prepare(&odb).await?,
        None => None,
    };
    for attempt in 0..ATTEMPTS {
        let with_pack = prepared
            .as_ref()
            .map_or_else(|| odb.clone(), |prepared| odb.with(Arc::clone(&prepared.file)));
        let verdicts = judge(&snapshot, &with_pack, prepared.as_ref(), request).await?;
        if verdicts.iter().all(|verdict| matches!(verdict, Verdict::Refused(_))) {
            return Ok(verdicts);
        }
        let stored = match &prepared {
            Some(all) => prune::prune(&with_pack, all, accepted_tips(request, &verdicts)).await?,
            None => None,
        };
        match commit::commit(&snapshot, &with_pack, stored, request, verdicts).await? {
            Outcome::Committed(verdicts) => {
                merge_packs(&snapshot).await;
                return Ok(verdicts);
            }
            Outcome::Moved => {
                tracing::debug!(attempt, "a push starts over: the repository moved");
                snapshot = Snapshot::open(snapshot.store(), snapshot.id()).await?;
                odb = snapshot.odb().await?;
                if let Some(prepared) = &mut prepared {
                    prepared.check_again(&odb).await?;
                }
            }
        }
    }
    Err(Error::Busy)
}

/// Merges small packs when there are so many that the background should have long done so. Best effort: the push is
/// committed.
async fn merge_packs(snapshot: &Snapshot) {
    let limit = snapshot.store().limits().inline_merge_packs;
    let manifest = snapshot.manifest();
    if limit == 0 || (manifest.packs.len() < limit && manifest.packs_base.is_none()) {
        return;
    }
    if let Err(error) = relieve(snapshot.store(), snapshot.id()).await {
        tracing::warn!(repository = %snapshot.id(), %error, "merging packs after a push failed");
    }
}

/// What each command comes to on the repository as it is now.
async fn judge(snapshot: &Snapshot, odb: &Odb, prepared: Option<&Prepared>, request: &Request) -> Result<Vec<Verdict>> {
    let missing = prepared
        .map(|prepared| Arc::clone(&prepared.missing))
        .unwrap_or_default();
    let (snapshot, request) = (snapshot.clone(), request.clone());
    let judge = move |odb: &Odb| {
        let mut search = connectivity::Search::new(odb, &missing);
        let broken = |tip: &ObjectId| search.is_broken(tip);
        rules::judge(snapshot.manifest(), snapshot.refs(), odb, &request, broken)
    };
    odb.walk(judge).await
}

fn accepted_tips(request: &Request, verdicts: &[Verdict]) -> Vec<ObjectId> {
    let accepted = request
        .commands
        .iter()
        .zip(verdicts)
        .filter(|(_, verdict)| matches!(verdict, Verdict::Done { .. }));
    accepted.filter_map(|(command, _)| command.new).collect()
}
