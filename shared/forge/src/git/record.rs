//! What the audit log has of Git requests: CloudTrail's `GitPull` and `GitPush`.

use packhouse_git::hash::oid;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::log::Actor;
use packhouse_storage::push::{Command, Verdict};
use packhouse_storage::repository_id::RepositoryId;
use serde_json::{Value, json};

use crate::audit::pushed::{self, transfer};
use crate::audit::{self, Event, Failure};
use crate::forge::Forge;
use crate::identity::Caller;
use crate::identity::described::details;
use crate::names::RepositoryName;
use crate::policy::Action;

/// Records that refs were listed, for a fetch or for a push. `CodeCommit` has two records of each push; this is the first.
pub(super) async fn begun(
    forge: &Forge,
    caller: &Caller,
    (action, name): (Action, &RepositoryName),
    id: &RepositoryId,
) {
    let event = Event {
        read_only: true,
        additional: Some(transfer(name, id.as_str(), false)),
        ..event(action, name)
    };
    audit::write(forge, caller, &event).await;
}

/// Records that somebody fetched.
pub async fn fetched(forge: &Forge, caller: &Caller, (name, id): (&RepositoryName, &RepositoryId), shallow: bool) {
    let mut additional = transfer(name, id.as_str(), true);
    additional["shallow"] = shallow.into();
    let event = Event {
        read_only: true,
        additional: Some(additional),
        ..event(Action::GitPull, name)
    };
    audit::write(forge, caller, &event).await;
}

/// Records that somebody took an archive.
pub(super) async fn archived(
    forge: &Forge,
    caller: &Caller,
    (name, id): (&RepositoryName, &RepositoryId),
    commit: &oid,
) {
    let event = Event {
        read_only: true,
        parameters: Some(json!({ "commitId": commit.to_string() })),
        additional: Some(transfer(name, id.as_str(), true)),
        ..event(Action::UploadArchive, name)
    };
    audit::write(forge, caller, &event).await;
}

/// Who pushes, as the repository's log has it: with all that the record of the push is made of.
pub(super) fn actor(caller: &Caller, name: &RepositoryName) -> Actor {
    let mut details = details(caller);
    // It may have another name by the time that somebody looks.
    details["repositoryName"] = name.as_str().into();
    Actor {
        details: Some(details.to_string()),
        ..caller.actor()
    }
}

/// Records a push that was judged, or failed. What it changed is in the repository's log already.
pub(super) async fn pushed(
    forge: &Forge,
    caller: &Caller,
    (name, id): (&RepositoryName, &RepositoryId),
    commands: &[Command],
    judged: &Result<Vec<Verdict>, StorageError>,
) {
    let verdicts = judged.as_deref().unwrap_or_default();
    let done = |(_, verdict): &(&Command, &Verdict)| matches!(verdict, Verdict::Done { .. });
    let changed = commands.iter().zip(verdicts).filter(done);
    let references = match judged {
        Ok(_) => references(changed.map(|(command, _)| command)),
        Err(_) => references(commands.iter()),
    };
    let failure = judged.as_ref().err().map(|error| Failure {
        code: "PushFailed".into(),
        message: match error {
            StorageError::Invalid(why) | StorageError::TooLarge(why) => why.clone(),
            _ => "the push could not be carried out".into(),
        },
        denied: false,
    });
    let event = Event {
        in_log: true,
        parameters: Some(references),
        additional: Some(transfer(name, id.as_str(), true)),
        failure,
        ..event(Action::GitPush, name)
    };
    audit::write(forge, caller, &event).await;
}

/// Records that somebody may not do what they tried.
pub(super) async fn denied(
    forge: &Forge,
    caller: &Caller,
    (action, name): (Action, &RepositoryName),
    message: String,
    parameters: Option<Value>,
) {
    let event = Event {
        read_only: action.is_read(),
        parameters,
        failure: Some(Failure {
            code: "AccessDenied".into(),
            message,
            denied: true,
        }),
        ..event(action, name)
    };
    audit::write(forge, caller, &event).await;
}

/// The parameters of a push.
pub(super) fn references<'a>(commands: impl Iterator<Item = &'a Command>) -> Value {
    pushed::references(commands.map(|command| (&command.name, command.old, command.new)))
}

fn event(action: Action, name: &RepositoryName) -> Event {
    Event {
        name: action.name().into(),
        source: pushed::SOURCE,
        repositories: vec![name.clone()],
        ..Event::default()
    }
}
