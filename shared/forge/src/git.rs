//! Clones, fetches and pushes: who may, on which repository.

use packhouse_storage::push::{self, Command, Ingest, Verdict};
use packhouse_storage::snapshot::Snapshot;

use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::maintenance;
use crate::names::RepositoryName;
use crate::policy::{Action, Request, authorise};
use crate::repositories::resolve;

/// Opens a repository for a fetch ([`Action::GitPull`]) or a push ([`Action::GitPush`], no ref known yet).
///
/// # Errors
/// [`Error::AccessDenied`], [`Error::RepositoryDoesNotExist`], and the store's.
pub async fn open(forge: &Forge, caller: &Caller, name: &RepositoryName, action: Action) -> Result<Snapshot> {
    authorise(forge, &caller.principal, Request::on(action, name))?;
    let found = resolve(forge, name).await?;
    Ok(Snapshot::of(forge.store(), &found.id, found.manifest).await?)
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
    let denial = |command: &Command| {
        let request = Request::on(Action::GitPush, &asked.name).of_ref(&command.name);
        authorise(forge, &caller.principal, request)
            .err()
            .map(|error| error.to_string())
    };
    let denials: Vec<Option<String>> = asked.commands.iter().map(denial).collect();
    let refused = |why: Option<String>| Verdict::Refused(why.unwrap_or_else(|| "atomic push failure".into()));
    if asked.atomic && denials.iter().any(Option::is_some) {
        return Ok(denials.into_iter().map(refused).collect());
    }
    let allowed = asked
        .commands
        .into_iter()
        .zip(&denials)
        .filter(|(_, denial)| denial.is_none());
    let commands = allowed.map(|(command, _)| command).collect();
    let request = push::Request {
        commands,
        atomic: asked.atomic,
        actor: caller.actor(),
    };
    let id = snapshot.id().clone();
    let many = maintenance::has_many_packs(snapshot.manifest());
    let mut judged = push::push(snapshot, pack, &request).await?.into_iter();
    if many {
        forge.jobs.compact(id).await;
    }
    let verdict = |denial: Option<String>| match denial {
        Some(denial) => Ok(refused(Some(denial))),
        None => judged
            .next()
            .ok_or_else(|| Error::corrupt("a push ended without a verdict for each ref")),
    };
    denials.into_iter().map(verdict).collect()
}
