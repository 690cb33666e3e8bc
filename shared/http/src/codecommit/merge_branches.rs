//! What `MergeBranchesBySquash` and `MergeBranchesByThreeWay` have in common: all but the way.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::merges::{self, MergeOption};
use serde::Deserialize;

use super::merge_input::{Commits, MergeCommit};
use super::merged_commits::CommitAndTree;
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    repository_name: Option<String>,
    #[serde(flatten)]
    commits: Commits,
    target_branch: Option<String>,
    #[serde(flatten)]
    commit: MergeCommit,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8], option: MergeOption) -> Answer {
    let input: Input = parse(body)?;
    let name = repository_name(input.repository_name.as_deref())?;
    let (named, commitment) = (input.commits.parse()?, input.commit.parse()?);
    let onto = (input.target_branch.as_deref(), &commitment);
    let merge = (&name, &named, option);
    answer(&CommitAndTree::new(
        merges::merge_branches(forge, caller, merge, onto).await?,
    ))
}
