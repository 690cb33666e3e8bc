//! `GetMergeCommit`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::merges;
use serde::{Deserialize, Serialize};

use super::merge_input::{Commits, Conflicts};
use super::merged_commits::MergedCommits;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    #[serde(flatten)]
    commits: Commits,
    #[serde(flatten)]
    conflicts: Conflicts,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    #[serde(flatten)]
    commits: MergedCommits,
    /// Absent where that merge was never made by the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_commit_id: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let (named, handling) = (input.commits.parse()?, input.conflicts.parse()?);
    let known = merges::get_merge_commit(forge, caller, (&name, &named), &handling).await?;
    answer(&Output {
        commits: (&known.tips).into(),
        merged_commit_id: known.commit.map(|id| id.to_string()),
    })
}
