//! The `trigger-dispatcher` function: when the bus tells what happened, notification rules tell their targets, and where refs
//! changed, the triggers of the repository tell theirs; and by the clock for what that left.
//!
//! Triggers are only woken by an event: what is to be told is read from the repository's log, so it does not matter in which order
//! events come, or how often. Of notification rules it is the event itself that is told: it is written down for each target, so
//! one that comes again is told again, word for word.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use lambda_runtime::{Context, Error, LambdaEvent, service_fn};
use packhouse_aws::Received;
use packhouse_forge::events::{DetailType, Event};
use packhouse_forge::forge::Forge;
use packhouse_forge::jobs::Queue;
use packhouse_forge::notifications::{self, Sent};
use packhouse_forge::triggers::{self, Outcome, Turn};
use packhouse_storage::repository_id::RepositoryId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::deadline;
use crate::environment::Environment;
use crate::metrics::Metrics;
use crate::open::Opening;
use crate::run::{Threads, failed, run};

/// How long before the end of an invocation telling stops.
const MARGIN: Duration = Duration::from_secs(15);
/// Up to what pause before the next try an invocation waits; what takes longer is left to a sweep.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same for notifications, for which every event has an invocation, and none leaves the waiting to another.
const PATIENCE_WITH_NOTIFICATIONS: Duration = Duration::from_secs(5);
/// How many repositories a sweep lets tell at once.
const AT_ONCE: usize = 16;

/// Serves the events of the `trigger-dispatcher` function.
#[must_use]
pub fn main() -> ExitCode {
    run(Threads::One, start)
}

async fn start(environment: Environment) -> Result<(), Error> {
    let opening = Opening::new(&environment).await?;
    let key = opening.master_key(&environment.master_key_parameter()?);
    let webhooks = environment.webhooks()?;
    let forge = opening.forge(&environment.bucket()?, key, Arc::new(Queue::default()), "");
    let forge = Arc::new(forge.with_webhooks(Arc::new(webhooks)));
    let metrics = Metrics::new(opening.settings.metrics, &opening.settings.function);
    let serve = service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let (forge, started) = (Arc::clone(&forge), metrics.start());
        async move {
            let answer = serve(&forge, &event.payload, &event.context).await;
            started.end(!matches!(&answer, Ok(answer) if answer.failed == 0));
            answer.map_err(|error| failed(&error))
        }
    });
    lambda_runtime::run(serve).await
}

/// The events that the function knows.
#[derive(Deserialize)]
#[serde(untagged, expecting = "neither an event of the bus nor {\"sweep\":true}")]
enum Input {
    Event(Received),
    Sweep { sweep: bool },
}

/// What the function answers: of how many repositories with triggers, and of how many targets of notification rules, what became.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    /// All is told.
    told: usize,
    /// Somebody else is at it, or a target takes nothing for now.
    left: usize,
    /// They are logged, and found again by the next sweep.
    failed: usize,
    /// Whether the time was over before all was told.
    cut_short: bool,
}

impl Answer {
    const fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Done => self.told += 1,
            Outcome::Elsewhere | Outcome::Later(_) => self.left += 1,
            Outcome::CutShort => {
                self.left += 1;
                self.cut_short = true;
            }
        }
    }

    const fn add_notifications(&mut self, sent: Sent) {
        self.told += sent.done;
        self.left += sent.later;
        self.failed += sent.failed;
        self.cut_short |= sent.cut_short;
    }
}

/// Serves one event.
async fn serve(forge: &Forge, event: &RawValue, context: &Context) -> Result<Answer, Error> {
    let until = deadline::until(context, MARGIN);
    match serde_json::from_str(event.get())? {
        Input::Event(received) => dispatch(forge, &received.try_into()?, (context, until)).await,
        Input::Sweep { sweep: true } => {
            let swept = sweep(forge, (context, until)).await?;
            tracing::info!(?swept, "what was left to tell was swept");
            Ok(swept)
        }
        Input::Sweep { sweep: false } => Err("{\"sweep\":false} asks for nothing".into()),
    }
}

/// Lets all tell what concerns them of one event. What targets do not take is noted and no failure, for Lambda could do no more
/// about it than the next sweep; what the store does not take is one, and so is too little time for triggers. Then the event comes
/// again, and notifications with it.
async fn dispatch(forge: &Forge, event: &Event, (context, until): (&Context, Instant)) -> Result<Answer, Error> {
    let notifications = notifications::tell(forge, event, until, PATIENCE_WITH_NOTIFICATIONS);
    let (triggers, sent) = tokio::join!(
        Box::pin(tell_triggers(forge, event, (context, until))),
        Box::pin(notifications)
    );
    let mut answer = triggers?;
    answer.add_notifications(sent?);
    Ok(answer)
}

/// Lets the triggers of the repository tell whose ref changed.
async fn tell_triggers(forge: &Forge, event: &Event, (context, until): (&Context, Instant)) -> Result<Answer, Error> {
    let mut answer = Answer::default();
    if event.detail_type != DetailType::Repository {
        return Ok(answer);
    }
    let id = event
        .detail
        .get("repositoryId")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let id = RepositoryId::parse(id).ok_or_else(|| format!("{id:?} is no repository ID"))?;
    if triggers::note(forge, &id).await? {
        let turn = Turn {
            holder: &context.request_id,
            until,
            patience: PATIENCE,
        };
        answer.add(triggers::tell_in_turn(forge, &id, turn).await?);
    }
    if answer.cut_short {
        return Err(format!("the triggers of {id} have more to tell than one invocation has time for").into());
    }
    Ok(answer)
}

/// Lets all tell what they have left. Neither of the two keeps the other.
async fn sweep(forge: &Forge, (context, until): (&Context, Instant)) -> Result<Answer, Error> {
    let time = until.saturating_duration_since(Instant::now());
    let (triggers, sent) = tokio::join!(
        Box::pin(sweep_triggers(forge, (context, until))),
        Box::pin(notifications::sweep(forge, time))
    );
    let mut answer = triggers?;
    answer.add_notifications(sent?);
    Ok(answer)
}

/// Lets the triggers tell of all repositories that have something left.
async fn sweep_triggers(forge: &Forge, (context, until): (&Context, Instant)) -> Result<Answer, Error> {
    let turn = Turn {
        holder: &context.request_id,
        until,
        // Those behind it would wait too.
        patience: Duration::ZERO,
    };
    let mut answer = Answer::default();
    // Where the time is never enough for all, each repository is the first at some time: both are random UUIDs.
    let start = context.request_id.as_str();
    for (from, to) in [(Some(start), None), (None, Some(start))] {
        let mut after = from.map(str::to_owned);
        loop {
            if Instant::now() >= until {
                answer.cut_short = true;
                return Ok(answer);
            }
            let (mut ids, next) = triggers::noted(forge, after).await?;
            ids.retain(|id| to.is_none_or(|to| id.as_str() <= to));
            after = next.filter(|_| to.is_none() || !ids.is_empty());
            let telling = stream::iter(&ids).map(|id| async move {
                let told = Box::pin(triggers::tell_in_turn(forge, id, turn)).await;
                (id, told)
            });
            let mut telling = telling.buffer_unordered(AT_ONCE);
            while let Some((id, told)) = telling.next().await {
                match told {
                    Ok(outcome) => answer.add(outcome),
                    Err(error) => {
                        tracing::warn!(repository = %id, %error, "triggers could not tell; tried again by the next sweep");
                        answer.failed += 1;
                    }
                }
            }
            if after.is_none() {
                break;
            }
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests;
