//! `CodeCommit Repository State Change`: branches and tags that were made, moved or deleted.

use std::ops::Range;

use packhouse_git::ref_name::RefName;
use packhouse_storage::log::{Entry, RefChange};
use serde_json::{Map, Value};

use super::Event;
use crate::forge::Forge;
use crate::repositories::Repository;

const DETAIL_TYPE: &str = "CodeCommit Repository State Change";

/// The events of those changes of an entry that are at `range` in its list, in the order of the list.
///
/// Branches and tags make events. `CodeCommit` knows no others, so notes, refs of other tools and the hidden
/// `refs/packhouse/` make none. The index of an event counts every change, so it says nothing about what was left out.
/// The repository has the name that it has now: the log does not tell the one of that moment, which by now leads
/// nowhere. What a ref points to is told as it is, for an annotated tag the tag itself.
pub(crate) fn of_refs(forge: &Forge, repository: &Repository, entry: &Entry, range: Range<usize>) -> Vec<Event> {
    let changes = entry.refs.iter().enumerate().take(range.end).skip(range.start);
    changes
        .filter_map(|(index, change)| {
            let detail = detail(repository, entry, change)?;
            Some(Event {
                id: format!("{}/{}/{index}", repository.id, entry.version),
                time: entry.time,
                detail_type: DETAIL_TYPE,
                resources: vec![forge.repository_arn(&repository.name)],
                detail,
            })
        })
        .collect()
}

/// What happened to a ref; `None` where `CodeCommit` has no event for it.
fn detail(repository: &Repository, entry: &Entry, change: &RefChange) -> Option<Map<String, Value>> {
    let event = match (change.old, change.new) {
        (None, Some(_)) => "referenceCreated",
        (Some(_), Some(_)) => "referenceUpdated",
        (Some(_), None) => "referenceDeleted",
        (None, None) => return None,
    };
    let (kind, short) = kind(&change.name)?;
    let fields = [
        ("event", Some(event.to_owned())),
        ("repositoryName", Some(repository.name.to_string())),
        ("repositoryId", Some(repository.id.to_string())),
        ("referenceType", Some(kind.to_owned())),
        ("referenceName", Some(short.to_owned())),
        ("referenceFullName", Some(change.name.to_string())),
        ("commitId", change.new.map(|id| id.to_string())),
        ("oldCommitId", change.old.map(|id| id.to_string())),
        ("callerUserArn", Some(entry.actor.arn.clone())),
    ];
    let known = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    Some(known.collect())
}

/// `branch` or `tag`, with the short name.
fn kind(name: &RefName) -> Option<(&'static str, &str)> {
    let branch = name.short_branch().map(|short| ("branch", short));
    branch.or_else(|| name.as_str().strip_prefix("refs/tags/").map(|short| ("tag", short)))
}

#[cfg(test)]
mod tests;
