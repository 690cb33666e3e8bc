//! `GetCommit`.

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
    commit_id: Option<String>,
}

#[derive(Serialize)]
struct Output {
    commit: Commit,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let id = needed(input.commit_id, Refusal::CommitIdRequired)?;
    let commit = commits::get(forge, caller, &name, &id).await?;
    answer(&Output { commit: commit.into() })
}
