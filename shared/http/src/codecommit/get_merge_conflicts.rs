//! `GetMergeConflicts`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::merges;
use serde::{Deserialize, Serialize};

use super::conflict_metadata::ConflictMetadata;
use super::merge_input::{Commits, Conflicts, option};
use super::merged_commits::MergedCommits;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, next_token, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    #[serde(flatten)]
    commits: Commits,
    merge_option: Option<String>,
    #[serde(flatten)]
    conflicts: Conflicts,
    max_conflict_files: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    mergeable: bool,
    #[serde(flatten)]
    commits: MergedCommits,
    conflict_metadata_list: Vec<ConflictMetadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let option = option(input.merge_option.as_deref())?;
    let (named, handling) = (input.commits.parse()?, input.conflicts.parse()?);
    let token = next_token(input.next_token);
    let paging = (input.max_conflict_files, token.as_deref());
    let found = merges::get_conflicts(forge, caller, (&name, &named, option, handling), paging).await?;
    answer(&Output {
        mergeable: found.mergeable,
        commits: (&found.tips).into(),
        conflict_metadata_list: found.conflicts.iter().map(ConflictMetadata::new).collect(),
        next_token: found.next,
    })
}
