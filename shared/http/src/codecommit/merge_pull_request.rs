//! What `MergePullRequestBySquash` and `MergePullRequestByThreeWay` have in common: all but the way.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::merges::MergeOption;
use packhouse_forge::pull_requests::{self, Asked};
use serde::Deserialize;

use super::merge_input::MergeCommit;
use super::pull_request::{pull_request_id, shown};
use crate::aws_json::Answer;
use crate::aws_json::input::{parse, repository_name};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    pull_request_id: Option<String>,
    repository_name: Option<String>,
    source_commit_id: Option<String>,
    #[serde(flatten)]
    commit: MergeCommit,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8], option: MergeOption) -> Answer {
    let input: Input = parse(body)?;
    let id = pull_request_id(input.pull_request_id.as_deref())?;
    let asked = Asked {
        repository: repository_name(input.repository_name.as_deref())?,
        source_commit: input.source_commit_id,
        option,
        commitment: input.commit.parse()?,
    };
    shown(pull_requests::merge(forge, caller, id, &asked).await?)
}
