//! Changes of what hangs on a pull request: its rules, approvals and overrides.

use packhouse_storage::clock;
use packhouse_storage::table::Write;
use packhouse_storage::table::commit::Commit;

use super::load::{Loaded, decode, meta_key};
use super::writes::writes;
use super::{Event, PullRequest, PullRequestId, Status, What};
use crate::error::Result;
use crate::forge::Forge;
use crate::identity::{Caller, session_tags};
use crate::refusal::Refusal;

/// One change of an item that hangs on an open pull request, in the making. It commits only if nothing of the pull request
/// changed since [`Attachment::read`], so whatever was read of it in between counts, and writes need no conditions.
#[derive(Debug)]
pub(crate) struct Attachment<'a> {
    forge: &'a Forge,
    caller: &'a Caller,
    commit: Commit<'a>,
    before: Option<Loaded>,
    /// What the last try would have made.
    tried: Option<PullRequest>,
}

impl<'a> Attachment<'a> {
    /// A change that `caller` makes, who has been authorised.
    pub(crate) fn new(forge: &'a Forge, caller: &'a Caller, id: PullRequestId) -> Self {
        Self {
            forge,
            caller,
            commit: Commit::new(forge.store().table(), vec![meta_key(forge, id)]),
            before: None,
            tried: None,
        }
    }

    /// Begins a try with the pull request as it is; `None` when an earlier one, whose outcome was unknown, was written. If
    /// somebody changed the pull request after that, whoever decides has to recognise the own change.
    ///
    /// # Errors
    /// [`Refusal::PullRequestDoesNotExist`], [`Refusal::PullRequestAlreadyClosed`], and the store's.
    pub(crate) async fn read(&mut self) -> Result<Option<PullRequest>> {
        let item = self.commit.read().await?.into_iter().flatten().next();
        let before = decode(&item.ok_or(Refusal::PullRequestDoesNotExist)?)?;
        let pull_request = before.pull_request.clone();
        if self
            .tried
            .as_ref()
            .is_some_and(|tried| tried.change == pull_request.change)
        {
            return Ok(None);
        }
        if pull_request.status == Status::Closed {
            return Err(Refusal::PullRequestAlreadyClosed.into());
        }
        self.before = Some(before);
        Ok(Some(pull_request))
    }

    /// Writes what was decided, and that it happened; `false` when it has to be decided again.
    ///
    /// # Errors
    /// The store's, when nothing was written.
    pub(crate) async fn write(&mut self, what: What, write: Write) -> Result<bool> {
        let before = self.before.take().expect("a try begins with reading");
        let event = Event {
            time: clock::now(),
            actor: self.caller.principal.arn.clone(),
            session_tags: session_tags::of_caller(&self.caller.principal),
            what,
        };
        let (same, time) = (before.pull_request.clone(), event.time);
        let (after, mut all) = writes(self.forge, Some(&before), same, (&[event], time));
        all.push(write);
        self.tried = Some(after);
        Ok(self.commit.write(all).await?)
    }
}
