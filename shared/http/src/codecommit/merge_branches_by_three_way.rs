//! `MergeBranchesByThreeWay`.

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::merges::MergeOption;

use super::merge_branches;
use crate::aws_json::Answer;

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    merge_branches::serve(forge, caller, body, MergeOption::ThreeWay).await
}
