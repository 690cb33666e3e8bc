//! The end of a direct upload.

use futures_util::TryStreamExt as _;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::incoming::Incoming;
use packhouse_storage::push::{HIDDEN, Ingest, Verdict};
use packhouse_storage::snapshot::Snapshot;

use crate::error::Result;
use crate::forge::Forge;
use crate::git::{self, Push};
use crate::identity::Caller;

/// Carries out a push as [`git::push`] does, with the pack that was uploaded. `ingest` has taken nothing yet.
///
/// May be repeated when its answer was lost: where all refs are as they are asked for, the push is done. The parts go
/// when a ref was changed or the pack is of no use; they stay when the push may be repeated or corrected.
///
/// # Errors
/// What is missing of the upload, and those of [`git::push`].
pub async fn push(
    forge: &Forge,
    caller: &Caller,
    snapshot: Snapshot,
    incoming: &Incoming,
    ingest: Ingest,
    asked: Push,
) -> Result<Vec<Verdict>> {
    if is_done(&snapshot, &asked) {
        remove(incoming).await;
        return Ok(done(&asked));
    }
    // Of another push with these parts, which may come to its end in the meantime.
    let again = (snapshot.id().clone(), asked.clone());
    let pushed = match take(incoming, ingest).await {
        Ok(ingest) => Box::pin(git::push(forge, caller, snapshot, Some(ingest), asked))
            .await
            .map_err(|error| (is_bad(&error), error)),
        Err((is_bad_pack, error)) => Err((is_bad_pack, error.into())),
    };
    match pushed {
        Ok(verdicts) if verdicts.iter().any(|verdict| matches!(verdict, Verdict::Done { .. })) => {
            remove(incoming).await;
            Ok(verdicts)
        }
        refused => {
            let (id, asked) = again;
            let now = Snapshot::open(forge.store(), &id).await;
            if now.is_ok_and(|now| is_done(&now, &asked)) {
                remove(incoming).await;
                return Ok(done(&asked));
            }
            if matches!(refused, Err((true, _))) {
                remove(incoming).await;
            }
            refused.map_err(|(_, error)| error)
        }
    }
}

/// Whether all refs are as they are asked for.
fn is_done(snapshot: &Snapshot, asked: &Push) -> bool {
    let is_done = |name, new| snapshot.refs().get(name).map(|target| target.id) == new;
    !asked.commands.is_empty()
        && asked
            .commands
            .iter()
            .all(|command| !command.name.as_str().starts_with(HIDDEN) && is_done(&command.name, command.new))
}

fn done(asked: &Push) -> Vec<Verdict> {
    asked.commands.iter().map(|_| Verdict::Done { forced: false }).collect()
}

/// Feeds the parts to `ingest`. The error comes with whether it is the pack's.
async fn take(incoming: &Incoming, mut ingest: Ingest) -> Result<Ingest, (bool, StorageError)> {
    incoming.check_complete().await.map_err(|error| (false, error))?;
    let mut bytes = incoming.bytes();
    while let Some(piece) = bytes.try_next().await.map_err(|error| (false, error))? {
        ingest.feed(piece).await.map_err(|error| {
            let is_bad = matches!(error, StorageError::Invalid(_) | StorageError::TooLarge(_));
            (is_bad, error)
        })?;
    }
    Ok(ingest)
}

/// Whether an error says that the pack will never do.
fn is_bad(error: &crate::error::Error) -> bool {
    use crate::error::Kind;
    matches!(error.kind(), Kind::Invalid | Kind::TooLarge)
}

/// Removes the parts, as far as that goes: the sweep takes what is left.
async fn remove(incoming: &Incoming) {
    if let Err(error) = incoming.delete().await {
        tracing::warn!(%error, "the parts of an upload are left to the sweep");
    }
}
