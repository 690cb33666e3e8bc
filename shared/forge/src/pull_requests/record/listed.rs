//! The items of a repository by which its pull requests are found.

use packhouse_git::hash::ObjectId;
use packhouse_git::ref_name::RefName;
use packhouse_storage::table::Item;
use serde::{Deserialize, Serialize};

use super::{known, object_id, parse, reference, unreadable};
use crate::error::Result;
use crate::pull_requests::{PullRequest, PullRequestId};

const SCHEMA: u32 = 1;

/// What is known of a pull request without reading it.
#[derive(Clone, Debug)]
pub(in crate::pull_requests) struct Listed {
    pub(in crate::pull_requests) id: PullRequestId,
    pub(in crate::pull_requests) author: String,
    pub(in crate::pull_requests) source: RefName,
    pub(in crate::pull_requests) destination: RefName,
    pub(in crate::pull_requests) source_commit: ObjectId,
}

#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    id: u64,
    author: String,
    source: String,
    destination: String,
    source_commit: String,
}

/// What the listing says of a pull request.
pub(in crate::pull_requests) fn encode(pull_request: &PullRequest) -> Vec<u8> {
    let record = Record {
        schema: SCHEMA,
        id: pull_request.id.number(),
        author: pull_request.author.clone(),
        source: pull_request.source.to_string(),
        destination: pull_request.destination.to_string(),
        source_commit: pull_request.source_commit.to_string(),
    };
    serde_json::to_vec(&record).expect("strings and numbers always encode")
}

/// Reads what the listing says.
pub(in crate::pull_requests) fn decode(item: &Item) -> Result<Listed> {
    let record: Record = parse(item)?;
    known(item, record.schema, SCHEMA)?;
    let reading = || {
        Some(Listed {
            id: PullRequestId::stored(record.id),
            author: record.author,
            source: reference(&record.source)?,
            destination: reference(&record.destination)?,
            source_commit: object_id(&record.source_commit)?,
        })
    };
    reading().ok_or_else(|| unreadable(item))
}
