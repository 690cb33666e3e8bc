//! `MergePullRequestByThreeWay`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::merges::MergeOption;

use super::merge_pull_request;
use crate::aws_json::Answer;

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    merge_pull_request::serve(forge, caller, body, MergeOption::ThreeWay).await
}
