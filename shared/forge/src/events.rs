//! What happened, as it is told to others: `CodeCommit`'s events for `EventBridge`.

mod references;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value};

pub(crate) use self::references::of_refs;

/// One event, as a bus takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Names it among all events of the installation, the same each time it is sent: `<repository id>/<version of its
    /// log>/<index>`. Consumers tell repetitions by it.
    pub id: String,
    /// When it happened, since the Unix epoch.
    pub time: Duration,
    /// What kind it is, such as `CodeCommit Repository State Change`.
    pub detail_type: &'static str,
    /// The ARNs of the repositories that it concerns.
    pub resources: Vec<String>,
    /// What happened, as `CodeCommit` words it.
    pub detail: Map<String, Value>,
}

/// Why an event did not get onto the bus. It may be sent again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event bus did not take an event: {0}")]
pub struct BusError(pub String);

/// Where events go. It may deliver one twice, and in another order.
#[async_trait]
pub trait EventBus: Send + Sync + fmt::Debug {
    /// Hands over events. When it returns `Ok`, the bus has every one of them; otherwise it may have some.
    async fn publish(&self, events: &[Event]) -> Result<(), BusError>;
}
