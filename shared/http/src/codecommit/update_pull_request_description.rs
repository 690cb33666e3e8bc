//! `UpdatePullRequestDescription`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::pull_requests::{self, Description};
use packhouse_forge::refusal::Refusal;
use serde::Deserialize;

use super::pull_request::{pull_request_id, shown};
use crate::aws_json::Answer;
use crate::aws_json::input::{needed, parse};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    pull_request_id: Option<String>,
    /// The model has no exception of its own for its absence.
    description: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let id = pull_request_id(input.pull_request_id.as_deref())?;
    let description = Description::new(needed(input.description, Refusal::InvalidDescription)?)?;
    shown(pull_requests::update_description(forge, caller, id, &description).await?)
}
