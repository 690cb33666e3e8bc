//! Changes of a pull request that concern nothing else.

use packhouse_storage::clock;
use packhouse_storage::table::commit::Commit;

use super::load::{decode, meta_key};
use super::writes::writes;
use super::{Event, PullRequest, PullRequestId};
use crate::error::Result;
use crate::forge::Forge;
use crate::refusal::Refusal;

/// Makes of a pull request what `decide` says, which is asked again when somebody else got in between; `None` where it is
/// to stay as it is. What it is then.
///
/// # Errors
/// What `decide` refuses with, and the store's.
pub(crate) async fn amend(
    forge: &Forge,
    id: PullRequestId,
    mut decide: impl FnMut(&PullRequest) -> Result<Option<(PullRequest, Vec<Event>)>> + Send,
) -> Result<PullRequest> {
    let key = meta_key(forge, id);
    let mut commit = Commit::new(forge.store().table(), std::slice::from_ref(&key));
    let mut tried: Option<PullRequest> = None;
    loop {
        let item = commit.read().await?.into_iter().flatten().next();
        let before = decode(&item.ok_or(Refusal::PullRequestDoesNotExist)?)?;
        if tried.is_some_and(|tried| tried.change == before.pull_request.change) {
            return Ok(before.pull_request);
        }
        let Some((after, events)) = decide(&before.pull_request)? else {
            return Ok(before.pull_request);
        };
        let (after, writes) = writes(forge, Some(&before), after, (&events, clock::now()));
        if commit.write(writes).await? {
            return Ok(after);
        }
        tried = Some(after);
    }
}
