//! `DescribeMergeConflicts`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::merges;
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use super::conflict_metadata::{ConflictMetadata, MergeHunk};
use super::merge_input::{Commits, Conflicts, option};
use super::merged_commits::MergedCommits;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, needed, next_token, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    #[serde(flatten)]
    commits: Commits,
    merge_option: Option<String>,
    max_merge_hunks: Option<i64>,
    file_path: Option<String>,
    #[serde(flatten)]
    conflicts: Conflicts,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    conflict_metadata: ConflictMetadata,
    merge_hunks: Vec<MergeHunk>,
    #[serde(flatten)]
    commits: MergedCommits,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let option = option(input.merge_option.as_deref())?;
    let path = needed(input.file_path, Refusal::PathRequired)?;
    let (named, handling) = (input.commits.parse()?, input.conflicts.parse()?);
    let token = next_token(input.next_token);
    let file = (path.as_str(), input.max_merge_hunks, token.as_deref());
    let merge = (&name, &named, option, handling);
    let (tips, described, next) = merges::describe_one(forge, caller, merge, file).await?;
    answer(&Output {
        conflict_metadata: ConflictMetadata::new(&described.conflict),
        merge_hunks: described.hunks.into_iter().map(MergeHunk::from).collect(),
        commits: (&tips).into(),
        next_token: next,
    })
}
