//! `BatchDescribeMergeConflicts`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::merges::{self, Described};
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};

use super::conflict_metadata::{ConflictMetadata, MergeHunk};
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
    max_merge_hunks: Option<i64>,
    max_conflict_files: Option<i64>,
    file_paths: Option<Vec<String>>,
    #[serde(flatten)]
    conflicts: Conflicts,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    conflicts: Vec<Conflict>,
    errors: Vec<BatchDescribeMergeConflictsError>,
    #[serde(flatten)]
    commits: MergedCommits,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Conflict {
    conflict_metadata: ConflictMetadata,
    merge_hunks: Vec<MergeHunk>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchDescribeMergeConflictsError {
    file_path: String,
    exception_name: &'static str,
    message: String,
}

impl From<Described> for Conflict {
    fn from(described: Described) -> Self {
        Self {
            conflict_metadata: ConflictMetadata::new(&described.conflict),
            merge_hunks: described.hunks.into_iter().map(MergeHunk::from).collect(),
        }
    }
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let option = option(input.merge_option.as_deref())?;
    let (named, handling) = (input.commits.parse()?, input.conflicts.parse()?);
    let token = next_token(input.next_token);
    let paths = input.file_paths.filter(|paths| !paths.is_empty());
    let page = merges::describe_conflicts(
        forge,
        caller,
        (&name, &named, option, handling),
        (paths, input.max_merge_hunks),
        (input.max_conflict_files, token.as_deref()),
    )
    .await?;
    let errors = page.without.into_iter().map(|path| BatchDescribeMergeConflictsError {
        message: format!("{path} has no conflicts"),
        file_path: path,
        exception_name: Refusal::FileDoesNotExist.exception(),
    });
    answer(&Output {
        conflicts: page.described.into_iter().map(Conflict::from).collect(),
        errors: errors.collect(),
        commits: (&page.tips).into(),
        next_token: page.next,
    })
}
