//! [`EventBridgeBus`], and what it makes of events.

mod received;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use packhouse_forge::events::{BusError, Event, EventBus, Refused};
use serde_json::Value;

pub use self::received::Received;
use crate::clients::Clients;
use crate::failure::describe;

/// The most events of one request.
const MAX_ENTRIES: usize = 10;
/// The most bytes of one request, and so of one event: a megabyte, in its smaller sense.
const MAX_BYTES: usize = 1_000_000;
/// What `EventBridge` counts for the time of an event.
const TIME_BYTES: usize = 14;
/// How often the events of a request are sent that the bus did not take, though it took the request. The SDK sees such an
/// answer as a success.
const ROUNDS: u32 = 4;
/// The pause before the second round; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// What an event's [`Event::id`] is called in its detail: the bus gives another id to each repetition.
const EVENT_ID: &str = "eventId";

/// A bus of `EventBridge`.
///
/// The detail of each event gets an `eventId`; [`Received`] takes it out again.
#[derive(Clone, Debug)]
pub struct EventBridgeBus {
    clients: Clients,
    bus: String,
    source: String,
}

impl EventBridgeBus {
    /// The bus called `bus` (or its ARN), to which events go as from `source`. AWS refuses sources that begin with `aws.`.
    #[must_use]
    pub fn new(clients: &Clients, bus: impl Into<String>, source: impl Into<String>) -> Self {
        Self {
            clients: clients.clone(),
            bus: bus.into(),
            source: source.into(),
        }
    }

    /// The entry of an event, and how many bytes it counts.
    fn entry(&self, event: &Event) -> Result<(PutEventsRequestEntry, usize), Refused> {
        let mut detail = event.detail.clone();
        detail.insert(EVENT_ID.into(), Value::String(event.id.clone()));
        let detail = Value::Object(detail).to_string();
        let resources: usize = event.resources.iter().map(String::len).sum();
        let bytes = TIME_BYTES + self.source.len() + event.detail_type.as_str().len() + detail.len() + resources;
        if bytes > MAX_BYTES {
            return Err(Refused {
                id: event.id.clone(),
                why: format!("it has {bytes} bytes, of {MAX_BYTES} allowed"),
            });
        }
        let millis = i64::try_from(event.time.as_millis()).unwrap_or(i64::MAX);
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(&self.source)
            .time(DateTime::from_millis(millis))
            .detail_type(event.detail_type.as_str())
            .set_resources(Some(event.resources.clone()))
            .detail(detail);
        Ok((entry.build(), bytes))
    }

    /// Sends one request, and again what of it was not taken. What never will be is added to `refused`.
    async fn send(&self, mut request: Vec<Sent>, refused: &mut Vec<Refused>) -> Result<(), BusError> {
        for round in 0..ROUNDS {
            if round > 0 {
                tokio::time::sleep(PAUSE * (1 << (round - 1))).await;
            }
            let entries = request.iter().map(|(_, entry)| entry.clone()).collect();
            let call = self.clients.eventbridge().put_events().set_entries(Some(entries));
            let answer = call.send().await.map_err(|error| BusError(describe(&error)))?;
            if answer.failed_entry_count == 0 {
                return Ok(());
            }
            request = not_taken(request, answer.entries(), refused)?;
            if request.is_empty() {
                return Ok(());
            }
        }
        Err(BusError(format!(
            "{} of a request were not taken, {ROUNDS} times",
            request.len()
        )))
    }
}

/// The id of an event, and its entry.
type Sent = (String, PutEventsRequestEntry);

#[async_trait]
impl EventBus for EventBridgeBus {
    async fn publish(&self, events: &[Event]) -> Result<Vec<Refused>, BusError> {
        let (mut request, mut total, mut refused) = (Vec::new(), 0, Vec::new());
        for event in events {
            let (entry, bytes) = match self.entry(event) {
                Ok(entry) => entry,
                Err(too_large) => {
                    refused.push(too_large);
                    continue;
                }
            };
            if request.len() == MAX_ENTRIES || total + bytes > MAX_BYTES {
                self.send(std::mem::take(&mut request), &mut refused).await?;
                total = 0;
            }
            request.push((event.id.clone(), entry));
            total += bytes;
        }
        if !request.is_empty() {
            self.send(request, &mut refused).await?;
        }
        Ok(refused)
    }
}

/// Those of a request that were not taken for a reason that may pass. What will never be taken as it is, is refused; what the
/// bus or its settings are to blame for is an error.
fn not_taken(
    request: Vec<Sent>,
    results: &[PutEventsResultEntry],
    refused: &mut Vec<Refused>,
) -> Result<Vec<Sent>, BusError> {
    if results.len() != request.len() {
        return Err(BusError(format!(
            "{} results for {} events",
            results.len(),
            request.len()
        )));
    }
    let mut again = Vec::new();
    for (sent, result) in request.into_iter().zip(results) {
        let message = result.error_message().unwrap_or_default();
        match result.error_code() {
            None => {}
            Some(
                "ThrottlingException" | "InternalFailure" | "InternalException" | "ConcurrentModificationException",
            ) => again.push(sent),
            Some(code @ ("MalformedDetail" | "InvalidArgument")) => refused.push(Refused {
                id: sent.0,
                why: format!("{code}: {message}"),
            }),
            Some(code) => return Err(BusError(format!("{code}: {message}"))),
        }
    }
    Ok(again)
}
