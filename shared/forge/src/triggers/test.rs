//! `TestRepositoryTriggers`.

use futures_util::future::join_all;
use packhouse_git::hash::ObjectId;
use packhouse_storage::snapshot::Snapshot;
use packhouse_storage::{clock, id};

use super::get;
use super::message::{Became, Message, Reference};
use super::send::send;
use super::targets::Undelivered;
use super::trigger::{Given, Trigger, check};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::repositories::{Repository, authorised};

/// The event of a test.
const EVENT: &str = "TriggerEventTest";

/// What came of one trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// The trigger's name.
    pub trigger: String,
    /// Why its target did not get the message; `None` when it has it.
    pub failure: Option<String>,
}

/// Sends a test message to the targets of these triggers, whether the repository has them or not, about the last commit of
/// its default branch. It changes nothing.
///
/// # Errors
/// [`RepositoryDoesNotExist`](crate::error::Error::RepositoryDoesNotExist), what the triggers break, and the store's.
pub async fn test(forge: &Forge, caller: &Caller, name: &RepositoryName, given: Vec<Given>) -> Result<Vec<Tested>> {
    let found = authorised(forge, caller, Action::TestRepositoryTriggers, name).await?;
    let triggers = check(forge.installation(), given)?;
    let references = [last_commit(forge, &found).await?];
    let configuration = get::read(forge, &found.id).await?;
    let message = Message {
        repository: name,
        // What was never saved has no id.
        configuration: &configuration.map_or_else(id::uuid, |configuration| configuration.id),
        event: EVENT,
        references: &references,
        id: id::uuid(),
        part: (1, 1),
        time: clock::now(),
        by: &caller.principal.arn,
    };
    let sent = triggers
        .iter()
        .map(|trigger| send(forge, &found.id, (&message, trigger)));
    let sent = join_all(sent).await;
    let tested = triggers.iter().zip(sent).map(|(trigger, sent)| Tested {
        trigger: trigger.name.clone(),
        failure: sent.err().map(|why| told(trigger, &why)),
    });
    Ok(tested.collect())
}

fn told(trigger: &Trigger, why: &Undelivered) -> String {
    if let Undelivered::Unreachable(error) = why {
        tracing::warn!(trigger = trigger.name, target = trigger.target.arn(), %error, "the target of a trigger was not reached");
    }
    why.told().to_owned()
}

/// The default branch, or else the first, with its commit; where there is none, the null id.
async fn last_commit(forge: &Forge, found: &Repository) -> Result<Reference> {
    let manifest = std::sync::Arc::clone(&found.manifest);
    let snapshot = Snapshot::of(forge.store(), &found.id, manifest).await?;
    let head = &snapshot.manifest().head;
    let refs = snapshot.refs();
    let default = refs.get(head).map(|target| (head.clone(), target.id));
    let first = || {
        let mut branches = refs.iter().filter(|(name, _)| name.is_branch());
        branches.next().map(|(name, target)| (name.clone(), target.id))
    };
    let none = || (head.clone(), ObjectId::null(snapshot.manifest().format));
    let (name, commit) = default.or_else(first).unwrap_or_else(none);
    Ok(Reference {
        name,
        commit,
        became: Became::Updated,
    })
}
