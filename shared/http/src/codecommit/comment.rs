//! A comment and where it stands, as several operations tell them.

use std::collections::BTreeMap;
use std::time::Duration;

use packhouse_forge::comments::{self, About, FileVersion};
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use crate::aws_json::failure::Failure;
use crate::aws_json::input::{epoch_seconds, needed};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Comment {
    comment_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_reply_to: Option<String>,
    #[serde(serialize_with = "epoch_seconds")]
    creation_date: Duration,
    #[serde(serialize_with = "epoch_seconds")]
    last_modified_date: Duration,
    author_arn: String,
    deleted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_request_token: Option<String>,
    caller_reactions: Vec<String>,
    reaction_counts: BTreeMap<String, usize>,
}

impl Comment {
    /// A comment as `caller` sees it.
    pub(super) fn new(comment: comments::Comment, caller: &Caller) -> Self {
        let upper = |short_code: &String| short_code.to_ascii_uppercase();
        let mut reaction_counts = BTreeMap::new();
        for short_code in comment.reactions.values() {
            *reaction_counts.entry(upper(short_code)).or_default() += 1;
        }
        let own = comment.reactions.get(&caller.principal.arn);
        Self {
            deleted: comment.content.is_none(),
            comment_id: comment.id,
            content: comment.content,
            in_reply_to: comment.in_reply_to,
            creation_date: Duration::from_millis(comment.created_ms),
            last_modified_date: Duration::from_millis(comment.modified_ms),
            author_arn: comment.author,
            client_request_token: comment.token,
            caller_reactions: own.map(upper).into_iter().collect(),
            reaction_counts,
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    file_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_position: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relative_file_version: Option<String>,
}

impl Location {
    /// The location that a caller means. Without a version it is in the file after.
    pub(super) fn parse(self) -> Result<comments::Location, Failure> {
        let path = needed(self.file_path, Refusal::PathRequired)?;
        let version = match self.relative_file_version.as_deref() {
            Some("BEFORE") => FileVersion::Before,
            Some("AFTER") | None => FileVersion::After,
            Some(_) => return Err(refused(Refusal::InvalidRelativeFileVersionEnum)),
        };
        let position = self.file_position.map(u64::try_from).transpose();
        let position = position.map_err(|_| refused(Refusal::InvalidFilePosition))?;
        Ok(comments::Location {
            path,
            position,
            version,
        })
    }
}

fn refused(refusal: Refusal) -> Failure {
    packhouse_forge::error::Error::from(refusal).into()
}

/// What a comment is about.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Compared {
    #[serde(skip_serializing_if = "Option::is_none")]
    pull_request_id: Option<String>,
    repository_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before_commit_id: Option<String>,
    after_commit_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before_blob_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_blob_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Location>,
}

impl Compared {
    pub(super) fn new(about: About, repository_name: String) -> Self {
        let (before_blob, after_blob) = about
            .place
            .as_ref()
            .map_or((None, None), |place| (place.before_blob, place.after_blob));
        let location = about.place.map(|place| Location {
            file_path: Some(place.location.path),
            file_position: place
                .location
                .position
                .and_then(|position| i64::try_from(position).ok()),
            relative_file_version: Some(match place.location.version {
                FileVersion::Before => "BEFORE".to_owned(),
                FileVersion::After => "AFTER".to_owned(),
            }),
        });
        Self {
            pull_request_id: about.pull_request.map(|id| id.to_string()),
            repository_name,
            before_commit_id: about.before.map(|id| id.to_string()),
            after_commit_id: about.after.to_string(),
            before_blob_id: before_blob.map(|id| id.to_string()),
            after_blob_id: after_blob.map(|id| id.to_string()),
            location,
        }
    }
}
