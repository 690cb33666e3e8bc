//! The fold itself: a pull request and what happened to its branches make another one.

use std::time::Duration;

use packhouse_git::find::{FindError, WalkError};
use packhouse_git::hash::ObjectId;
use packhouse_git::merge_base::merge_bases;
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::odb::Odb;

use super::Step;
use super::destination::{WALK, is_merged};
use crate::pull_requests::{Event, MergeOption, Merged, PullRequest, Revision, Status, What};

/// What a pull request became.
#[derive(Debug)]
pub(super) struct Folded {
    pub(super) after: PullRequest,
    pub(super) events: Vec<Event>,
    /// Its new revisions, with the commit of each.
    pub(super) revisions: Vec<(Revision, ObjectId)>,
    /// When the last of it happened.
    pub(super) at: Duration,
}

/// Applies what a pull request does not have yet; `None` where that changes nothing. `destination` is the tip of the
/// destination.
pub(super) fn fold(
    odb: &Odb,
    before: &PullRequest,
    (steps, destination): (&[Step], ObjectId),
) -> Result<Option<Folded>, StorageError> {
    let mut folded = Folded {
        after: before.clone(),
        events: Vec::new(),
        revisions: Vec::new(),
        at: before.active,
    };
    for step in steps.iter().filter(|step| step.version > before.applied) {
        if folded.after.status != Status::Open {
            break;
        }
        let known = folded.events.len();
        folded.source(odb, step, destination)?;
        folded.destination(odb, step)?;
        if folded.events.len() > known {
            folded.after.applied = step.version;
            folded.at = step.time;
        }
    }
    Ok((!folded.events.is_empty()).then_some(folded))
}

impl Folded {
    fn source(&mut self, odb: &Odb, step: &Step, destination: ObjectId) -> Result<(), StorageError> {
        let Some(moved) = step.source else { return Ok(()) };
        let Some(commit) = moved.new else {
            self.close(step, None);
            return Ok(());
        };
        let before = self.after.source_commit;
        if commit == before {
            return Ok(());
        }
        let merge_base = merge_base(odb, commit, destination)?;
        self.after.source_commit = commit;
        self.after.merge_base = merge_base;
        self.after.revision = self.after.revision.next(self.after.id, commit, step.version);
        self.revisions.push((self.after.revision.clone(), commit));
        self.happened(
            step,
            What::SourceReferenceUpdated {
                before,
                after: commit,
                revision: self.after.revision.id.clone(),
                merge_base,
            },
        );
        Ok(())
    }

    fn destination(&mut self, odb: &Odb, step: &Step) -> Result<(), StorageError> {
        let Some(moved) = step.destination.filter(|_| self.after.status == Status::Open) else {
            return Ok(());
        };
        match (moved.old, moved.new) {
            (_, None) => self.close(step, None),
            (Some(old), Some(new)) if is_merged(odb, (old, new), self.after.source_commit)? => {
                let merged = Merged {
                    by: step.actor.clone(),
                    commit: None,
                    destination: Some(old),
                    option: MergeOption::FastForward,
                };
                self.close(step, Some(merged));
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, step: &Step, merged: Option<Merged>) {
        self.after.status = Status::Closed;
        self.after.merged.clone_from(&merged);
        self.happened(
            step,
            merged.map_or(What::StatusChanged(Status::Closed), What::MergeStateChanged),
        );
    }

    fn happened(&mut self, step: &Step, what: What) {
        self.events.push(Event {
            time: step.time,
            actor: step.actor.clone(),
            session_tags: step.session_tags.clone(),
            what,
        });
    }
}

/// The newest best common ancestor of two commits; none where they have none, it is too far away, or one of them is gone.
pub(in crate::pull_requests) fn merge_base(
    odb: &Odb,
    one: ObjectId,
    other: ObjectId,
) -> Result<Option<ObjectId>, StorageError> {
    let bases = settle(merge_bases(odb, &one, &other, WALK))?;
    Ok(bases.and_then(|bases| bases.first().copied()))
}

/// What a walk found; `None` where it is too far, or leads to what is gone.
pub(in crate::pull_requests) fn settle<T>(walked: Result<T, WalkError>) -> Result<Option<T>, StorageError> {
    match walked {
        Ok(found) => Ok(Some(found)),
        Err(WalkError::TooFar(_) | WalkError::Find(FindError::Missing(_))) => Ok(None),
        Err(WalkError::Find(error)) => Err(error.into()),
    }
}
