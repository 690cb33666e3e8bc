//! Notifications of a server: sent by this process, right after each change.

use std::time::Duration;

use super::deliver::{LANES, deliver, next_lane};
use super::pending::Lane;
use crate::due;
use crate::error::Result;
use crate::forge::Forge;
use crate::jobs::Queue;

/// When a target is tried again whose notifications could not be read.
pub(super) const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Sends notifications: those of the targets in `queue`, and what an earlier run left. Runs until it is dropped; what was under
/// way then is sent by the next run, some of it once more.
pub async fn delivering(forge: &Forge, queue: &Queue) {
    let left = left(forge).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "notifications that are left cannot be listed; they are sent after the next events");
        Vec::new()
    });
    let act = |lane: Lane| async move {
        let later = deliver(forge, &lane).await.unwrap_or_else(|error| {
            tracing::warn!(rule = lane.rule, %error, "notifications could not be sent; tried again later");
            Some(AFTER_FAILURE)
        });
        (lane, later)
    };
    due::work(LANES, left, || queue.next_to_notify(), act).await;
}

/// Who has something left to get.
async fn left(forge: &Forge) -> Result<Vec<Lane>> {
    let mut left: Vec<Lane> = Vec::new();
    while let Some(lane) = next_lane(forge, left.last().cloned()).await? {
        left.push(lane);
    }
    Ok(left)
}
