//! The one way to change a pull request.

use std::time::Duration;

use packhouse_storage::table::{Expect, Write};
use packhouse_storage::{clock, id, keys};

use super::load::{Loaded, meta_key};
use super::record::{self, listed};
use super::{Event, PullRequest, Status};
use crate::events;
use crate::forge::Forge;

/// What makes `after` of the pull request `before`, together with what happened to it at that time: the pull request as it
/// will be, and writes for one transaction, at most six and one for each event. They hold only if nobody else changes the
/// pull request in between. Whoever changes what hangs on it, such as its approvals, writes these as well, even where
/// nothing of it is other than before.
pub(crate) fn writes(
    forge: &Forge,
    before: Option<&Loaded>,
    mut after: PullRequest,
    (events, at): (&[Event], Duration),
) -> (PullRequest, Vec<Write>) {
    let old = before.map(|before| &before.pull_request);
    if is_activity(old, &after, events) {
        // Clocks of several machines differ.
        after.active = old.map_or(at, |old| old.active.max(at));
    }
    let installation = forge.installation();
    let (account, region) = (installation.account.as_str(), installation.region.as_str());
    let mut writes = Vec::with_capacity(6 + events.len());
    for event in events {
        after.events += 1;
        let key = keys::pull_request_event(account, region, after.id.number(), after.events);
        writes.push(Write::put(key, Expect::Any, record::event::encode(event)));
    }
    if !events.is_empty() {
        let stream = format!("PR#{account}#{region}#{}", after.id);
        writes.push(events::of_pull_request(&after, events).write(&stream, after.events));
    }
    after.change = id::ulid();
    let expect = before.map_or(Expect::Absent, |before| Expect::Version(before.version));
    writes.push(Write::put(meta_key(forge, after.id), expect, record::encode(&after)));

    let (listed, now_listed) = (old.map(listed_key), listed_key(&after));
    if let Some(key) = listed.filter(|key| *key != now_listed) {
        writes.push(Write::delete(key, Expect::Any));
    }
    writes.push(Write::put(now_listed, Expect::Any, listed::encode(&after)));
    let open = keys::open_pull_request(after.repository.as_str(), after.id.number());
    if after.status == Status::Open {
        writes.push(Write::put(open, Expect::Any, listed::encode(&after)));
    } else if old.is_some_and(|old| old.status == Status::Open) {
        writes.push(Write::delete(open, Expect::Any));
    }
    (after, writes)
}

/// Whether a change moves the pull request to the front of listings: everything that somebody did to it, but not that the
/// record of it was brought up to date.
fn is_activity(before: Option<&PullRequest>, after: &PullRequest, events: &[Event]) -> bool {
    let Some(before) = before else { return true };
    !events.is_empty() || before.title != after.title || before.description != after.description
}

fn listed_key(pull_request: &PullRequest) -> packhouse_storage::table::Key {
    keys::listed_pull_request(
        pull_request.repository.as_str(),
        pull_request.status.name(),
        clock::millis(pull_request.active),
        pull_request.id.number(),
    )
}
