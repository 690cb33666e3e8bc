//! What rules with full detail tell besides the event.

use packhouse_git::diff::trees::{Difference, TreeDiff};
use packhouse_git::find::WalkError;
use packhouse_git::hash::ObjectId;
use packhouse_git::tree::{Found, lookup};
use packhouse_storage::error::Error as StorageError;
use packhouse_storage::odb::Odb;
use packhouse_storage::repository_id::RepositoryId;
use serde_json::{Value, json};

use super::event_type::EventType;
use crate::comments::{self, Comment, FileVersion};
use crate::contents::read_blob;
use crate::error::{Error, Result};
use crate::events::Event;
use crate::forge::Forge;
use crate::pull_requests::{self, PullRequestId};
use crate::refusal::Refusal;
use crate::repositories::{Opened, alive};

/// The most changed files that are named.
const MAX_NAMED: usize = 1000;
/// The most bytes that their names take in the message: a topic takes 256 KB.
const MAX_NAMED_BYTES: usize = 100 << 10;
/// The most changed files that are counted. Of a pull request with more nothing is told.
const MAX_COUNTED: usize = 10_000;
/// The most trees that are read for it.
const MAX_TREES: usize = 100_000;
/// The most characters of a commented line that are told.
const MAX_LINE: usize = 1000;

/// What is known of an event in a repository besides its detail: the files that a new pull request changes, and what a comment
/// says.
///
/// # Errors
/// The store's.
pub(super) async fn of(forge: &Forge, kind: EventType, repository: &RepositoryId, event: &Event) -> Result<Value> {
    let found = match kind {
        EventType::PullRequestCreated => changed_files(forge, repository, event).await?,
        EventType::CommentsOnCommits | EventType::CommentsOnPullRequests => comment(forge, repository, event).await?,
        EventType::ApprovalStatusChanged
        | EventType::ApprovalRuleOverridden
        | EventType::PullRequestSourceUpdated
        | EventType::PullRequestStatusChanged
        | EventType::PullRequestMerged
        | EventType::ReferenceCreated
        | EventType::ReferenceDeleted
        | EventType::ReferenceUpdated => None,
    };
    Ok(found.unwrap_or_else(|| json!({})))
}

/// The pull request that an event is about.
pub(super) fn pull_request_id(event: &Event) -> Option<PullRequestId> {
    PullRequestId::new(event.detail.get("pullRequestId")?.as_str()?).ok()
}

async fn open(forge: &Forge, repository: &RepositoryId) -> Result<Option<Opened>> {
    match alive(forge, repository).await? {
        Some(found) => Opened::of(forge, found).await.map(Some),
        None => Ok(None),
    }
}

/// What the source of a pull request has changed since it left the destination.
async fn changed_files(forge: &Forge, repository: &RepositoryId, event: &Event) -> Result<Option<Value>> {
    let Some(id) = pull_request_id(event) else {
        return Ok(None);
    };
    let (Some(loaded), Some(opened)) = (pull_requests::load(forge, id).await?, open(forge, repository).await?) else {
        return Ok(None);
    };
    let source = event.detail.get("sourceCommit").and_then(Value::as_str);
    let Some(source) = source.and_then(|source| opened.id(source)) else {
        return Ok(None);
    };
    let base = loaded.pull_request.merge_base;
    opened.odb.walk(move |odb| told_difference(odb, base, source)).await
}

fn told_difference(odb: &Odb, before: Option<ObjectId>, after: ObjectId) -> Result<Option<Value>> {
    let before = before.map(|id| root(odb, &id)).transpose()?.flatten();
    let walk = TreeDiff::new(odb, before, root(odb, &after)?).limit(MAX_TREES);
    let mut counts = [0_usize; 3];
    let (mut files, mut bytes) = (Vec::new(), 0);
    for found in walk {
        let found = match found {
            Ok(found) => found,
            Err(WalkError::TooFar(_)) => return Ok(None),
            Err(WalkError::Find(error)) => return Err(StorageError::from(error).into()),
        };
        let (at, letter) = change(&found);
        counts[at] += 1;
        if counts.iter().sum::<usize>() > MAX_COUNTED {
            return Ok(None);
        }
        let file = json!({ "changeType": letter, "filePath": String::from_utf8_lossy(&found.path) });
        bytes += file.to_string().len();
        if files.len() < MAX_NAMED && bytes <= MAX_NAMED_BYTES {
            files.push(file);
        }
    }
    let [added, deleted, modified] = counts.map(|count| count.to_string());
    Ok(Some(json!({
        "changedFiles": files,
        "numberOfFilesAdded": added,
        "numberOfFilesDeleted": deleted,
        "numberOfFilesModified": modified,
    })))
}

const fn change(found: &Difference) -> (usize, &'static str) {
    match (found.before, found.after) {
        (None, _) => (0, "A"),
        (Some(_), None) => (1, "D"),
        (Some(_), Some(_)) => (2, "M"),
    }
}

fn root(odb: &Odb, commit: &ObjectId) -> Result<Option<Found>> {
    let tree = odb.commit(commit)?.tree;
    Ok(lookup(odb, &tree, b"").map_err(StorageError::from)?)
}

/// What a comment says by now, and about which line.
async fn comment(forge: &Forge, repository: &RepositoryId, event: &Event) -> Result<Option<Value>> {
    let id = event.detail.get("commentId").and_then(Value::as_str);
    let found = match id {
        Some(id) => comments::load(forge, id).await?,
        None => None,
    };
    let Some((comment, _)) = found else {
        return Ok(None);
    };
    let place = comment.about.place.as_ref();
    let position = place.and_then(|place| place.location.position);
    let said = comment.content.as_ref();
    let said = said.map(|text| json!({ "authorArn": comment.author, "commentText": text }));
    Ok(Some(json!({
        "commentedLine": line(forge, repository, &comment).await?,
        "commentedLineNumber": position.map(|position| position.to_string()),
        "comments": Vec::from_iter(said),
        "filePath": place.map(|place| place.location.path.as_str()),
        "resourceArn": event.resources.first(),
    })))
}

/// The line that a comment is about; `None` where it is about none, or the file is too large.
async fn line(forge: &Forge, repository: &RepositoryId, comment: &Comment) -> Result<Option<String>> {
    let Some(place) = &comment.about.place else {
        return Ok(None);
    };
    let blob = match place.location.version {
        FileVersion::Before => place.before_blob,
        FileVersion::After => place.after_blob,
    };
    let at = place
        .location
        .position
        .and_then(|at| usize::try_from(at).ok()?.checked_sub(1));
    let (Some(blob), Some(at), Some(opened)) = (blob, at, open(forge, repository).await?) else {
        return Ok(None);
    };
    let content = match opened.odb.walk(move |odb| read_blob(odb, blob)).await {
        Ok(content) => content,
        Err(Error::Refused(Refusal::FileTooLarge, _)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let line = content.split(|byte| *byte == b'\n').nth(at).unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    // So many bytes hold as many characters, and no long line is converted as a whole.
    let line = String::from_utf8_lossy(line.get(..MAX_LINE * 4).unwrap_or(line));
    Ok(Some(line.chars().take(MAX_LINE).collect()))
}
