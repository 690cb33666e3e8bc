//! `BatchGetCommits`.

use packhouse_forge::commits;
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use super::commit::Commit;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    commit_ids: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Output {
    commits: Vec<Commit>,
    errors: Vec<BatchGetCommitsError>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchGetCommitsError {
    commit_id: String,
    error_code: &'static str,
    error_message: &'static str,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let ids = needed(input.commit_ids, Refusal::CommitIdsListRequired)?;
    let batch = commits::batch_get(forge, caller, &name, ids).await?;
    let errors = batch.missing.into_iter().map(|missing| BatchGetCommitsError {
        commit_id: missing.id,
        error_code: missing.why.exception(),
        error_message: missing.why.message(),
    });
    answer(&Output {
        commits: batch.commits.into_iter().map(Commit::from).collect(),
        errors: errors.collect(),
    })
}
