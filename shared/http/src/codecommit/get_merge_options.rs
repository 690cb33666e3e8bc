//! `GetMergeOptions`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::merges::{self, MergeOption};
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
    merge_options: Vec<&'static str>,
    #[serde(flatten)]
    commits: MergedCommits,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let (named, handling) = (input.commits.parse()?, input.conflicts.parse()?);
    let found = merges::get_options(forge, caller, (&name, &named), handling).await?;
    answer(&Output {
        merge_options: found.options.into_iter().map(MergeOption::name).collect(),
        commits: (&found.tips).into(),
    })
}
