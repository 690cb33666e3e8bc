//! `CreateUnreferencedMergeCommit`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::merges;
use serde::Deserialize;

use super::merge_input::{Commits, MergeCommit, option};
use super::merged_commits::CommitAndTree;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    #[serde(flatten)]
    commits: Commits,
    merge_option: Option<String>,
    #[serde(flatten)]
    commit: MergeCommit,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let option = option(input.merge_option.as_deref())?;
    let (named, commitment) = (input.commits.parse()?, input.commit.parse()?);
    let made = merges::create_unreferenced(forge, caller, (&name, &named, option), &commitment).await?;
    answer(&CommitAndTree::new(made))
}
