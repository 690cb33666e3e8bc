//! The notifications of one event, by a process that is woken for that event alone.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::time::{Instant, sleep, timeout_at};

use super::background::AFTER_FAILURE;
use super::deliver::{LANES, Sent, deliver_those};
use super::pending::{Lane, Pending};
use super::take::take;
use crate::error::Result;
use crate::events::Event;
use crate::forge::Forge;

/// What became of one target.
enum Told {
    All,
    Later,
    Failed,
    CutShort,
}

/// Takes an event and sends what the rules have to tell of it, and nothing else, so that many may do so for different events at
/// once. Pauses of at most `patience` are waited for. What is not sent `until` then is left to [`sweep`](super::sweep).
///
/// # Errors
/// Those of [`take()`]. What is taken is not lost, and no error.
pub async fn tell(forge: &Forge, event: &Event, until: Instant, patience: Duration) -> Result<Sent> {
    let lanes = take(forge, std::slice::from_ref(event)).await?;
    let telling = stream::iter(&lanes).map(|lane| tell_one(forge, (lane, event), until, patience));
    let mut telling = telling.buffer_unordered(LANES);
    let mut sent = Sent::default();
    while let Some(told) = telling.next().await {
        match told {
            Told::All => sent.done += 1,
            Told::Later => sent.later += 1,
            Told::Failed => sent.failed += 1,
            Told::CutShort => {
                sent.later += 1;
                sent.cut_short = true;
            }
        }
    }
    Ok(sent)
}

async fn tell_one(forge: &Forge, (lane, event): (&Lane, &Event), until: Instant, patience: Duration) -> Told {
    let key = Pending::key(lane, event).sk;
    loop {
        let Ok(told) = timeout_at(until, deliver_those(forge, lane, key.clone())).await else {
            return Told::CutShort;
        };
        let (pause, left) = match told {
            Ok(None) => return Told::All,
            Ok(Some(pause)) => (pause, Told::Later),
            Err(error) => {
                tracing::warn!(rule = lane.rule, %error, "a notification could not be sent; tried again later");
                (AFTER_FAILURE, Told::Failed)
            }
        };
        if pause > patience || Instant::now() + pause >= until {
            return left;
        }
        sleep(pause).await;
    }
}
