//! How pull requests lie in the table.

pub(super) mod event;
pub(super) mod listed;

use std::time::Duration;

use packhouse_git::hash::{ObjectFormat, ObjectId, parse_hex};
use packhouse_git::ref_name::RefName;
use packhouse_storage::clock;
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::table::Item;
use serde::{Deserialize, Serialize};

use super::{MergeOption, Merged, PullRequest, PullRequestId, Revision, Status};
use crate::error::{Error, Result};

const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    id: u64,
    repository: String,
    title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    status: String,
    created_ms: u64,
    active_ms: u64,
    author: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_token: Option<String>,
    source: String,
    destination: String,
    source_commit: String,
    destination_commit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merge_base: Option<String>,
    revision: String,
    revision_number: u32,
    applied: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merged: Option<MergedRecord>,
    events: u64,
    change: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct MergedRecord {
    by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
    option: String,
}

/// A pull request as it is stored.
pub(super) fn encode(pull_request: &PullRequest) -> Vec<u8> {
    let record = Record {
        schema: SCHEMA,
        id: pull_request.id.number(),
        repository: pull_request.repository.to_string(),
        title: pull_request.title.clone(),
        description: pull_request.description.clone(),
        status: pull_request.status.name().to_owned(),
        created_ms: clock::millis(pull_request.created),
        active_ms: clock::millis(pull_request.active),
        author: pull_request.author.clone(),
        client_token: pull_request.client_token.clone(),
        source: pull_request.source.to_string(),
        destination: pull_request.destination.to_string(),
        source_commit: pull_request.source_commit.to_string(),
        destination_commit: pull_request.destination_commit.to_string(),
        merge_base: pull_request.merge_base.map(|id| id.to_string()),
        revision: pull_request.revision.id.clone(),
        revision_number: pull_request.revision.number,
        applied: pull_request.applied,
        merged: pull_request.merged.as_ref().map(MergedRecord::of),
        events: pull_request.events,
        change: pull_request.change.clone(),
    };
    serde_json::to_vec(&record).expect("strings and numbers always encode")
}

/// Reads a stored pull request.
pub(super) fn decode(item: &Item) -> Result<PullRequest> {
    let record: Record = parse(item)?;
    known(item, record.schema, SCHEMA)?;
    let reading = || {
        Some(PullRequest {
            id: PullRequestId::stored(record.id),
            repository: RepositoryId::parse(&record.repository)?,
            title: record.title,
            description: record.description,
            status: Status::from_name(&record.status)?,
            created: Duration::from_millis(record.created_ms),
            active: Duration::from_millis(record.active_ms),
            author: record.author,
            client_token: record.client_token,
            source: reference(&record.source)?,
            destination: reference(&record.destination)?,
            source_commit: object_id(&record.source_commit)?,
            destination_commit: object_id(&record.destination_commit)?,
            merge_base: optional_id(record.merge_base.as_deref())?,
            revision: Revision {
                id: record.revision,
                number: record.revision_number,
            },
            applied: record.applied,
            merged: match record.merged {
                Some(merged) => Some(merged.read()?),
                None => None,
            },
            events: record.events,
            change: record.change,
        })
    };
    reading().ok_or_else(|| unreadable(item))
}

impl MergedRecord {
    pub(super) fn of(merged: &Merged) -> Self {
        Self {
            by: merged.by.clone(),
            commit: merged.commit.map(|id| id.to_string()),
            destination: merged.destination.map(|id| id.to_string()),
            option: merged.option.name().to_owned(),
        }
    }

    pub(super) fn read(self) -> Option<Merged> {
        Some(Merged {
            by: self.by,
            commit: optional_id(self.commit.as_deref())?,
            destination: optional_id(self.destination.as_deref())?,
            option: MergeOption::from_name(&self.option)?,
        })
    }
}

fn parse<T: serde::de::DeserializeOwned>(item: &Item) -> Result<T> {
    serde_json::from_slice(&item.body).map_err(|error| Error::corrupt(format!("{:?}: {error}", item.key)))
}

fn known(item: &Item, schema: u32, newest: u32) -> Result<()> {
    if schema == newest {
        return Ok(());
    }
    let key = &item.key;
    Err(Error::corrupt(format!(
        "{key:?}: schema {schema} is newer than this program"
    )))
}

fn unreadable(item: &Item) -> Error {
    Error::corrupt(format!("{:?} does not say what it should", item.key))
}

fn reference(text: &str) -> Option<RefName> {
    RefName::new(text.as_bytes()).ok()
}

/// An id, whose length tells its kind.
fn object_id(hex: &str) -> Option<ObjectId> {
    let formats = [ObjectFormat::Sha1, ObjectFormat::Sha256];
    formats.into_iter().find_map(|format| parse_hex(format, hex.as_bytes()))
}

/// An id that may be absent; `None` where it is there and none.
fn optional_id(hex: Option<&str>) -> Option<Option<ObjectId>> {
    match hex {
        Some(hex) => object_id(hex).map(Some),
        None => Some(None),
    }
}
