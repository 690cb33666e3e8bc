//! The `event-relay` function: from the outbox to the bus, when the table's stream tells of a new item, and by the
//! clock for what that left.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use lambda_runtime::{Context, Error, LambdaEvent, service_fn};
use packhouse_forge::events::EventBus;
use packhouse_forge::forge::Forge;
use packhouse_forge::jobs::Queue;
use packhouse_forge::relay;
use packhouse_storage::outbox::Pointer;
use packhouse_storage::table::Key;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::deadline;
use crate::environment::Environment;
use crate::metrics::Metrics;
use crate::open::{self, Opening};
use crate::run::{Threads, failed, run};

/// What is younger is left to the stream, which brings an item within seconds, or minutes where it has to try again.
const LEFT_TO_THE_STREAM: Duration = Duration::from_secs(300);
/// How long before the end of an invocation a sweep stops.
const MARGIN: Duration = Duration::from_secs(10);

/// Serves the events of the `event-relay` function.
#[must_use]
pub fn main() -> ExitCode {
    run(Threads::One, start)
}

async fn start(environment: Environment) -> Result<(), Error> {
    let opening = Opening::new(&environment).await?;
    let bus = environment.bus()?;
    let forge = opening.forge(&environment.bucket()?, open::no_key(), Arc::new(Queue::default()), "");
    let relay = Arc::new(Relay {
        forge: Arc::new(forge),
        bus: Arc::new(opening.bus(&bus)),
        older_than: LEFT_TO_THE_STREAM,
    });
    let metrics = Metrics::new(opening.settings.metrics, &opening.settings.function);
    let serve = service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let (relay, started) = (Arc::clone(&relay), metrics.start());
        async move {
            let answer = relay.serve(&event.payload, &event.context).await;
            started.end(!matches!(&answer, Ok(answer) if answer.is_success()));
            answer.map_err(|error| failed(&error))
        }
    });
    lambda_runtime::run(serve).await
}

/// What the function works with.
pub(crate) struct Relay {
    pub(crate) forge: Arc<Forge>,
    pub(crate) bus: Arc<dyn EventBus>,
    /// What a sweep leaves to the stream is younger than this.
    pub(crate) older_than: Duration,
}

/// What the function answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    /// Which records are to come again.
    Batch(DynamoDbEventResponse),
    /// What a sweep did.
    Swept {
        relayed: usize,
        failed: usize,
        #[serde(rename = "cutShort")]
        cut_short: bool,
    },
}

impl Answer {
    fn is_success(&self) -> bool {
        match self {
            Self::Batch(batch) => batch.batch_item_failures.is_empty(),
            Self::Swept { failed, .. } => *failed == 0,
        }
    }
}

/// The events that the function knows.
#[derive(Deserialize)]
#[serde(untagged, expecting = "neither records of a table's stream nor {\"sweep\":true}")]
enum Input {
    Batch {
        #[serde(rename = "Records")]
        records: Vec<Record>,
    },
    Sweep {
        sweep: bool,
    },
}

/// What counts of a record of the stream.
#[derive(Deserialize)]
struct Record {
    #[serde(rename = "eventName")]
    name: String,
    #[serde(rename = "dynamodb")]
    change: Change,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    /// Those of the item, in `DynamoDB`'s JSON.
    #[serde(default)]
    keys: Value,
    sequence_number: Option<String>,
}

impl Relay {
    /// Serves one event.
    pub(crate) async fn serve(&self, event: &RawValue, context: &Context) -> Result<Answer, Error> {
        match serde_json::from_str(event.get())? {
            Input::Batch { records } => self.relay(&records).await.map(Answer::Batch),
            Input::Sweep { sweep: true } => {
                let budget = deadline::remaining(context, MARGIN);
                let swept = relay::sweep(&self.forge, &*self.bus, self.older_than, budget).await;
                tracing::info!(?swept, "the outbox was swept");
                Ok(Answer::Swept {
                    relayed: swept.relayed,
                    failed: swept.failed,
                    cut_short: swept.cut_short,
                })
            }
            Input::Sweep { sweep: false } => Err("{\"sweep\":false} asks for nothing".into()),
        }
    }

    /// Relays a batch. Lambda brings again everything from the first record on that is named as failed; those behind it
    /// that did not fail are gone from the outbox, and cost one read.
    async fn relay(&self, records: &[Record]) -> Result<DynamoDbEventResponse, Error> {
        let known: Vec<(&Record, Pointer)> = records
            .iter()
            .filter_map(|record| Some((record, pointer(record)?)))
            .collect();
        let pointers: Vec<Pointer> = known.iter().map(|(_, pointer)| pointer.clone()).collect();
        let told = relay::relay(&self.forge, &*self.bus, &pointers).await;
        let mut answer = DynamoDbEventResponse::default();
        let failed = known.iter().zip(&told).find(|(_, told)| told.is_err());
        if let Some(((record, _), _)) = failed {
            if record.change.sequence_number.is_none() {
                return Err("a record that failed has no sequence number".into());
            }
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier.clone_from(&record.change.sequence_number);
            answer.batch_item_failures.push(failure);
        }
        Ok(answer)
    }
}

/// What a record of the stream points to; `None` for what is no new item of the outbox.
fn pointer(record: &Record) -> Option<Pointer> {
    if record.name != "INSERT" {
        return None;
    }
    let text = |name: &str| record.change.keys[name]["S"].as_str();
    let pointer = Pointer::parse(&Key::new(text("pk")?, text("sk")?));
    if pointer.is_none() {
        let keys = &record.change.keys;
        tracing::error!(%keys, "a record points nowhere; the filter of the stream lets through what is no outbox item");
    }
    pointer
}

#[cfg(test)]
mod tests;
