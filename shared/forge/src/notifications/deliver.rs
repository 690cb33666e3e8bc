//! Notifications on their way.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use packhouse_storage::table::{Expect, Item, Range, Write};
use packhouse_storage::{clock, keys};
use tokio::time::{Instant, timeout_at};

use super::amend::amend;
use super::hand_over::hand_over;
use super::pending::{Lane, Pending};
use super::record;
use super::rule::Target;
use crate::error::{Error, Result};
use crate::forge::Forge;
use crate::triggers::PAUSES;

/// How many notifications are read at once.
const ITEMS: usize = 25;
/// How many targets are told at once.
pub(super) const LANES: usize = 16;
/// How long a target is left alone that did not take something.
const REST: Duration = Duration::from_secs(5);
/// For how long a target that takes nothing is tried with the same: what is older then becomes a dead letter.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// What was done for targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// How many have all that was for them.
    pub done: usize,
    /// How many will get the rest later.
    pub later: usize,
    /// How many could not be looked at. They are logged.
    pub failed: usize,
    /// Whether the time was over before all were seen.
    pub cut_short: bool,
}

/// Sends what a rule has to tell a target. Answers after what time there is more to do; `None` when all is sent.
///
/// Several may do so at once, and again after it failed: then the target gets some of it twice, word for word. What is for a rule
/// that is gone, or tells nothing any more, goes unsent.
///
/// # Errors
/// The store's.
pub async fn deliver(forge: &Forge, lane: &Lane) -> Result<Option<Duration>> {
    deliver_those(forge, lane, lane.prefix()).await
}

/// The same of the notifications whose sort keys begin with `prefix`.
pub(super) async fn deliver_those(forge: &Forge, lane: &Lane, prefix: String) -> Result<Option<Duration>> {
    let rules = record::read(forge, &lane.repository).await?;
    let rule = rules.iter().find(|rule| rule.id == lane.rule && rule.enabled);
    let target = rule.and_then(|rule| rule.targets.iter().find(|target| target.digest() == lane.target));
    let mut delivery = Delivery {
        forge,
        lane,
        target,
        failure: None,
        later: None,
    };
    let mut range = Range {
        prefix,
        limit: ITEMS,
        ..Range::default()
    };
    loop {
        let page = forge.store().table().query(keys::NOTIFYING, range.clone()).await?;
        let mut is_over = page.next.is_none();
        for item in &page.items {
            if !delivery.handle(item).await? {
                is_over = true;
                break;
            }
        }
        range.after = page.next;
        if is_over {
            return Ok(delivery.later);
        }
    }
}

struct Delivery<'a> {
    forge: &'a Forge,
    lane: &'a Lane,
    /// Whom it is for; none when the rule does not tell it any more.
    target: Option<&'a Target>,
    /// Why it did not take something in this run.
    failure: Option<String>,
    /// When to go on.
    later: Option<Duration>,
}

impl Delivery<'_> {
    /// Does what is to be done about a notification; whether to go on with the next.
    async fn handle(&mut self, item: &Item) -> Result<bool> {
        let Some(target) = self.target else {
            self.write(vec![Write::delete(item.key.clone(), Expect::Any)]).await?;
            return Ok(true);
        };
        let pending = match Pending::decode(item) {
            Ok(pending) => pending,
            Err(error) => {
                // It is kept for a program that can read it, and keeps no other.
                tracing::error!(%error, "a notification cannot be read");
                return Ok(true);
            }
        };
        let now = clock::now_millis();
        if let Some(why) = &self.failure {
            let age = Duration::from_millis(now.saturating_sub(pending.since_ms));
            if age < KEPT {
                return Ok(false);
            }
            let why = why.clone();
            return self.bury(pending, item, &why).await;
        }
        if pending.next_ms > now {
            self.later_by(Duration::from_millis(pending.next_ms - now));
            return Ok(true);
        }
        match hand_over(self.forge, &pending.target, &pending.message).await {
            Ok(()) => {
                self.write(vec![Write::delete(item.key.clone(), Expect::Any)]).await?;
                self.note(target, None).await;
                Ok(true)
            }
            Err(why) => {
                let (rule, told) = (&self.lane.rule, why.told().to_owned());
                tracing::warn!(rule, target = pending.target, %why, "a notification could not be sent");
                self.note(target, Some(&told)).await;
                self.failed(pending, item, &told).await
            }
        }
    }

    /// A try failed: it is made again after a pause, or was the last one.
    async fn failed(&mut self, mut pending: Pending, item: &Item, why: &str) -> Result<bool> {
        self.later_by(REST);
        self.failure = Some(why.to_owned());
        let Some(seconds) = PAUSES.get(pending.failures) else {
            return self.bury(pending, item, why).await;
        };
        pending.failures += 1;
        pending.next_ms = clock::now_millis() + seconds * 1000;
        self.write(vec![pending.put(item.key.clone())]).await?;
        Ok(true)
    }

    async fn bury(&self, pending: Pending, item: &Item, why: &str) -> Result<bool> {
        tracing::error!(
            rule = self.lane.rule,
            target = pending.target,
            why,
            "a notification becomes a dead letter"
        );
        self.write(pending.bury(self.lane, item.key.clone(), why)).await?;
        Ok(true)
    }

    /// Notes with the rule how its target fares, where that is another than before. Nothing depends on it.
    async fn note(&self, target: &Target, failure: Option<&str>) {
        if target.failure.as_deref() == failure {
            return;
        }
        let noted = amend(
            self.forge,
            (&self.lane.repository, &self.lane.rule),
            Vec::new(),
            |rule, _| {
                for known in rule.targets.iter_mut().filter(|known| known.address == target.address) {
                    known.failure = failure.map(str::to_owned);
                }
                Ok(Vec::new())
            },
        );
        match noted.await {
            Ok(_) | Err(Error::NoSuchEntity { .. }) => {}
            Err(error) => tracing::warn!(rule = self.lane.rule, %error, "how a target fares could not be noted"),
        }
    }

    fn later_by(&mut self, pause: Duration) {
        self.later = Some(self.later.map_or(pause, |later| later.min(pause)));
    }

    async fn write(&self, writes: Vec<Write>) -> Result<()> {
        Ok(self.forge.store().table().transact(writes).await?)
    }
}

/// Sends what is still to be sent of all rules, until `budget` is over.
///
/// # Errors
/// When it cannot be listed.
pub async fn sweep(forge: &Forge, budget: Duration) -> Result<Sent> {
    let until = Instant::now() + budget;
    let mut sent = Sent::default();
    let (mut after, mut is_listed) = (None, false);
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < LANES && !is_listed {
            match next_lane(forge, after.take()).await? {
                Some(lane) => {
                    after = Some(lane.clone());
                    running.push(async move { deliver(forge, &lane).await });
                }
                None => is_listed = true,
            }
        }
        match timeout_at(until, running.next()).await {
            Err(_) => {
                sent.cut_short = true;
                return Ok(sent);
            }
            Ok(None) => return Ok(sent),
            Ok(Some(Ok(None))) => sent.done += 1,
            Ok(Some(Ok(Some(_)))) => sent.later += 1,
            Ok(Some(Err(error))) => {
                tracing::warn!(%error, "notifications could not be sent; tried again by the next sweep");
                sent.failed += 1;
            }
        }
    }
}

/// The first lane behind one that has something in it.
///
/// # Errors
/// The store's.
pub(super) async fn next_lane(forge: &Forge, after: Option<Lane>) -> Result<Option<Lane>> {
    // Behind all of a lane's notifications, whose keys go on with digits.
    let mut after = after.map(|lane| format!("{}~", lane.prefix()));
    loop {
        let range = Range {
            after: after.take(),
            limit: 1,
            ..Range::default()
        };
        let page = forge.store().table().query(keys::NOTIFYING, range).await?;
        let Some(item) = page.items.first() else {
            return Ok(None);
        };
        if let Some(lane) = Lane::of(&item.key) {
            return Ok(Some(lane));
        }
        tracing::error!(key = ?item.key, "a notification leads to no rule");
        after = Some(item.key.sk.clone());
    }
}
