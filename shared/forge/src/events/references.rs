//! `CodeCommit Repository State Change`: branches and tags that were made, moved or deleted, and merges that have none.

use std::ops::Range;

use packhouse_git::ref_name::RefName;
use packhouse_storage::log::{Entry, RefChange};
use serde_json::{Map, Value};

use super::{DetailType, Event};
use crate::forge::Forge;
use crate::identity::session_tags;
use crate::repositories::Repository;

/// What an entry says of the merge by which the API changed refs, and of one that no branch points to.
const MERGE: &str = "merge";
const UNREFERENCED_MERGE: &str = "unreferencedMerge";
/// What events tell of a merge.
const MERGE_FIELDS: [&str; 6] = [
    "baseCommitId",
    "sourceCommitId",
    "destinationCommitId",
    "mergeOption",
    "conflictDetailsLevel",
    "conflictResolutionStrategy",
];

/// The events of those changes of an entry that are at `range` in its list, in the order of the list.
///
/// Branches and tags make events, and merge commits that no branch points to. `CodeCommit` knows no others, so notes, refs of
/// other tools and what else is hidden make none. The index of an event counts every change, so it says nothing about what was
/// left out. The repository has the name that it has now: the log does not tell the one of that moment, which by now leads
/// nowhere. What a ref points to is told as it is, for an annotated tag the tag itself.
pub(crate) fn of_entry(forge: &Forge, repository: &Repository, entry: &Entry, range: Range<usize>) -> Vec<Event> {
    let about = About::of(entry);
    let changes = entry.refs.iter().enumerate().take(range.end).skip(range.start);
    changes
        .filter_map(|(index, change)| {
            let detail = about.detail(repository, entry, change)?;
            Some(Event {
                id: format!("{}/{}/{index}", repository.id, entry.version),
                time: entry.time,
                detail_type: DetailType::Repository,
                resources: vec![forge.repository_arn(&repository.name)],
                detail,
            })
        })
        .collect()
}

/// What an entry tells of its merge, and of who made it.
struct About {
    merge: Map<String, Value>,
    session_tags: Map<String, Value>,
    is_unreferenced: bool,
}

impl About {
    fn of(entry: &Entry) -> Self {
        let details: Value = entry
            .actor
            .details
            .as_deref()
            .and_then(|details| serde_json::from_str(details).ok())
            .unwrap_or_default();
        let is_unreferenced = details.get(UNREFERENCED_MERGE).is_some();
        let about = &details[if is_unreferenced { UNREFERENCED_MERGE } else { MERGE }];
        let field = |name: &str| {
            Some((
                name.to_owned(),
                about.get(name).filter(|value| !value.is_null())?.clone(),
            ))
        };
        Self {
            merge: MERGE_FIELDS.into_iter().filter_map(field).collect(),
            session_tags: session_tags::of_actor(&entry.actor),
            is_unreferenced,
        }
    }

    /// What happened to a ref; `None` where `CodeCommit` has no event for it.
    fn detail(&self, repository: &Repository, entry: &Entry, change: &RefChange) -> Option<Map<String, Value>> {
        let mut detail = match self.is_unreferenced {
            true => unreferenced(change)?,
            false => moved(entry, change)?,
        };
        detail.insert("repositoryName".into(), repository.name.as_str().into());
        detail.insert("repositoryId".into(), repository.id.as_str().into());
        if change.new.is_some() {
            detail.extend(self.merge.clone());
        }
        detail.extend(self.session_tags.clone());
        Some(detail)
    }
}

/// A merge commit that no branch points to, but a hidden ref.
fn unreferenced(change: &RefChange) -> Option<Map<String, Value>> {
    let fields = [
        ("event", "unreferencedMergeCommitCreated".to_owned()),
        ("commitId", change.new?.to_string()),
    ];
    Some(
        fields
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into_iter()
            .collect(),
    )
}

/// A branch or a tag.
fn moved(entry: &Entry, change: &RefChange) -> Option<Map<String, Value>> {
    let event = match (change.old, change.new) {
        (None, Some(_)) => "referenceCreated",
        (Some(_), Some(_)) => "referenceUpdated",
        (Some(_), None) => "referenceDeleted",
        (None, None) => return None,
    };
    let (kind, short) = kind(&change.name)?;
    let fields = [
        ("event", Some(event.to_owned())),
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
