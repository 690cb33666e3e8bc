//! Clones, fetches and pushes: who may, on which repository, and what is recorded of it.

mod archive;
mod record;

use std::sync::atomic::Ordering;

use packhouse_storage::push::{self, Command, Ingest, Verdict};
use packhouse_storage::snapshot::Snapshot;

pub use self::archive::{Archived, archive};
pub use self::record::fetched;
use crate::authorization::each_pushed;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::maintenance;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::repositories::{Repository, authorised};

/// Opens a repository for a fetch ([`Action::GitPull`]) or a push ([`Action::GitPush`], no ref known yet).
///
/// # Errors
/// [`Error::AccessDenied`], which is recorded, [`Error::RepositoryDoesNotExist`], and the store's.
pub async fn open(forge: &Forge, caller: &Caller, name: &RepositoryName, action: Action) -> Result<Snapshot> {
    let found = admitted(forge, caller, action, name).await?;
    Ok(Snapshot::of(forge.store(), &found.id, found.manifest).await?)
}

/// The repository, if the caller may do that; what is denied is recorded.
async fn admitted(forge: &Forge, caller: &Caller, action: Action, name: &RepositoryName) -> Result<Repository> {
    let found = authorised(forge, caller, action, name).await;
    if let Err(error @ Error::AccessDenied { .. }) = &found {
        record::denied(forge, caller, (action, name), error.to_string(), None).await;
    }
    found
}

/// Opens a repository to list its refs, which is what fetches and pushes begin with, and records that.
///
/// # Errors
/// As [`open`].
pub async fn begin(forge: &Forge, caller: &Caller, name: &RepositoryName, action: Action) -> Result<Snapshot> {
    let snapshot = open(forge, caller, name, action).await?;
    record::begun(forge, caller, (action, name), snapshot.id()).await;
    Ok(snapshot)
}

/// What a push asks for.
#[derive(Clone, Debug)]
pub struct Push {
    /// The repository's name.
    pub name: RepositoryName,
    /// The refs to change.
    pub commands: Vec<Command>,
    /// All or none.
    pub atomic: bool,
}

/// Carries out a push on an opened repository, each ref as far as the caller may change it; a verdict for each command.
///
/// # Errors
/// What is wrong with the pack, in words for the pusher, and the store's.
pub async fn push(
    forge: &Forge,
    caller: &Caller,
    snapshot: Snapshot,
    pack: Option<Ingest>,
    asked: Push,
) -> Result<Vec<Verdict>> {
    let name = asked.name.clone();
    let refs: Vec<_> = asked.commands.iter().map(|command| &command.name).collect();
    let judged = each_pushed(forge, caller, (&name, snapshot.manifest()), &refs).await;
    let denial = |judged: Result<()>| judged.err().map(|error| error.to_string());
    let denials: Vec<Option<String>> = judged.into_iter().map(denial).collect();
    if let Some(first) = denials.iter().flatten().next() {
        let is_denied = |(_, denial): &(&Command, &Option<String>)| denial.is_some();
        let denied = asked.commands.iter().zip(&denials).filter(is_denied);
        let references = record::references(denied.map(|(command, _)| command));
        record::denied(forge, caller, (Action::GitPush, &name), first.clone(), Some(references)).await;
    }
    let refused = |why: Option<String>| Verdict::Refused(why.unwrap_or_else(|| "atomic push failure".into()));
    let any_denied = denials.iter().any(Option::is_some);
    // What brings nothing that may be kept is not resolved.
    if any_denied && (asked.atomic || denials.iter().all(Option::is_some)) {
        return Ok(denials.into_iter().map(refused).collect());
    }
    let allowed = asked
        .commands
        .into_iter()
        .zip(&denials)
        .filter(|(_, denial)| denial.is_none());
    let request = push::Request {
        commands: allowed.map(|(command, _)| command).collect(),
        atomic: asked.atomic,
        actor: record::actor(caller, &name),
        audited_in: Some(forge.installation().account.to_string()),
        ..push::Request::default()
    };
    let id = snapshot.id().clone();
    let before = snapshot.clone();
    let progress = pack.as_ref().map(Ingest::progress);
    let judged = push::push(snapshot, pack, &request).await;
    if let Ok(verdicts) = &judged {
        let brought = progress.map_or(0, |progress| progress.received.load(Ordering::Relaxed));
        maintenance::after_push(forge, (&before, brought), &request.commands, verdicts).await;
    }
    if matches!(&judged, Ok(verdicts) if verdicts.iter().any(|one| matches!(one, Verdict::Done { .. }))) {
        forge.jobs.follow(id.clone()).await;
    }
    record::pushed(forge, caller, (&name, &id), &request.commands, &judged).await;
    let judged = judged?;
    let mut judged = judged.into_iter();
    let verdict = |denial: Option<String>| match denial {
        Some(denial) => Ok(refused(Some(denial))),
        None => judged
            .next()
            .ok_or_else(|| Error::corrupt("a push ended without a verdict for each ref")),
    };
    denials.into_iter().map(verdict).collect()
}
