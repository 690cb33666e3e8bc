//! Notifications of a server: sent by this process, right after each change.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

use super::deliver::{LANES, deliver, next_lane};
use super::pending::Lane;
use crate::due::Due;
use crate::error::Result;
use crate::forge::Forge;
use crate::jobs::Queue;

/// When a target is tried again whose notifications could not be read.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Sends notifications: those of the targets in `queue`, and what an earlier run left. Runs until it is dropped; what was under
/// way then is sent by the next run, some of it once more.
pub async fn delivering(forge: &Forge, queue: &Queue) {
    let mut due = Due::new(LANES);
    match left(forge).await {
        Ok(left) => left.into_iter().for_each(|lane| due.now(lane)),
        Err(error) => {
            tracing::warn!(%error, "notifications that are left cannot be listed; they are sent after the next events");
        }
    }
    let mut running = FuturesUnordered::new();
    loop {
        for lane in due.ready() {
            running.push(async move { (deliver(forge, &lane).await, lane) });
        }
        let next = due.next();
        tokio::select! {
            lane = queue.next_to_notify() => due.now(lane),
            Some((sent, lane)) = running.next() => {
                let later = sent.unwrap_or_else(|error| {
                    tracing::warn!(rule = lane.rule, %error, "notifications could not be sent; tried again later");
                    Some(AFTER_FAILURE)
                });
                due.done(lane, later);
            }
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
        }
    }
}

/// Who has something left to get.
async fn left(forge: &Forge) -> Result<Vec<Lane>> {
    let mut left: Vec<Lane> = Vec::new();
    while let Some(lane) = next_lane(forge, left.last().cloned()).await? {
        left.push(lane);
    }
    Ok(left)
}
