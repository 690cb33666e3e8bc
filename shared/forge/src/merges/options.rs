//! `GetMergeOptions`.

use packhouse_git::merge::{Options as HowToMerge, merge_commits};

use super::{Handling, MergeOption, Specifiers, Tips, refused};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::Caller;
use crate::names::RepositoryName;
use crate::policy::Action;
use crate::repositories::opened;

/// How two commits can be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What is merged, and into what.
    pub tips: Tips,
    /// The ways that would succeed.
    pub options: Vec<MergeOption>,
}

/// Tells in which ways the source can be merged into the destination.
///
/// # Errors
/// [`CommitDoesNotExist`](crate::refusal::Refusal::CommitDoesNotExist), the limits on merges, and the store's.
pub async fn get_options(
    forge: &Forge,
    caller: &Caller,
    (name, named): (&RepositoryName, &Specifiers),
    handling: Handling,
) -> Result<Options> {
    let opened = opened(forge, caller, Action::GetMergeOptions, name).await?;
    let tips = Tips::find(&opened, named).await?;
    let mut options = Vec::new();
    if tips.is_fast_forward(&opened).await? {
        options.push(MergeOption::FastForward);
    }
    let asked = HowToMerge {
        level: handling.level,
        strategy: handling.strategy,
        ..HowToMerge::default()
    };
    let commits = tips.clone();
    let merged = opened
        .odb
        .walk(move |odb| {
            merge_commits(odb, &commits.bases, &commits.destination, &commits.source, &asked).map_err(refused)
        })
        .await?;
    if merged.tree.is_some() {
        options.extend([MergeOption::Squash, MergeOption::ThreeWay]);
    }
    Ok(Options { tips, options })
}
