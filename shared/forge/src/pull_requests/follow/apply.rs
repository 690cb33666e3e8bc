//! Writing what a fold came to.

use packhouse_storage::log::Actor;
use packhouse_storage::push::Command;
use packhouse_storage::table::commit::Commit;

use super::Step;
use super::fold::fold;
use crate::change::{Change, Made, make_as};
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::pull_requests::PullRequestId;
use crate::pull_requests::load::load;
use crate::pull_requests::writes::writes;
use crate::repositories::Opened;

/// Who keeps commits of pull requests.
const JOB: &str = "pull-requests";
/// How many steps make one change at most: each comes to one or two events, and a change has room for so many.
const AT_ONCE: usize = 40;

/// Applies steps to a pull request, in their order; the repository as it was seen last.
pub(super) async fn apply(forge: &Forge, mut opened: Opened, id: PullRequestId, steps: &[Step]) -> Result<Opened> {
    for steps in steps.chunks(AT_ONCE) {
        opened = apply_some(forge, opened, id, steps).await?;
    }
    Ok(opened)
}

async fn apply_some(forge: &Forge, mut opened: Opened, id: PullRequestId, steps: &[Step]) -> Result<Opened> {
    let mut commit = Commit::new(forge.store().table(), &[]);
    // Whether the commits of new revisions are still there to be kept.
    let mut keeps = true;
    loop {
        commit.read().await?;
        let found = load(forge, id).await?;
        let before = found.ok_or_else(|| Error::corrupt(format!("pull request {id} is listed, and not there")))?;
        let (pull_request, mine) = (before.pull_request.clone(), steps.to_vec());
        let destination = opened.tip(&pull_request.destination);
        let destination = destination.unwrap_or(pull_request.destination_commit);
        let folded = opened
            .odb
            .walk(move |odb| fold(odb, &pull_request, (&mine, destination)))
            .await?;
        let Some(folded) = folded else { return Ok(opened) };
        let (_, also) = writes(forge, Some(&before), folded.after, (&folded.events, folded.at));
        if folded.revisions.is_empty() || !keeps {
            if commit.write(also).await? {
                return Ok(opened);
            }
            continue;
        }
        let kept = folded.revisions.into_iter().map(|(revision, commit)| Command {
            name: revision.keeper(id),
            old: None,
            new: Some(commit),
        });
        let change = Change {
            commands: kept.collect(),
            also,
            ..Change::default()
        };
        let job = Actor {
            arn: JOB.to_owned(),
            ..Actor::default()
        };
        match make_as(forge, job, &opened, change).await? {
            Made::Done => return opened.again(forge).await,
            Made::Moved => opened = opened.again(forge).await?,
            Made::Refused(why) => {
                tracing::info!(pull_request = %id, why, "a revision is not kept: it was forced away since");
                keeps = false;
            }
        }
    }
}
