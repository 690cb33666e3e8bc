//! Revisions of pull requests, as operations name them.

use packhouse_forge::pull_requests::review::RevisionId;
use packhouse_forge::refusal::Refusal;
use serde::Deserialize;

use crate::aws_json::failure::Failure;
use crate::aws_json::input::needed;

/// The input of operations that ask about a revision.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    pub(super) pull_request_id: Option<String>,
    pub(super) revision_id: Option<String>,
}

/// The id of a revision, which the operation needs.
pub(super) fn revision_id(value: Option<&str>) -> Result<RevisionId, Failure> {
    let id = needed(value, Refusal::RevisionIdRequired)?;
    Ok(RevisionId::new(id)?)
}
