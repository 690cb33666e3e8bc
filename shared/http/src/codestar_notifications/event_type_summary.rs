//! A kind of events as the API tells it.

use packhouse_forge::notifications::{EventType, RESOURCE_TYPE, SERVICE};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EventTypeSummary {
    event_type_id: &'static str,
    service_name: &'static str,
    event_type_name: &'static str,
    resource_type: &'static str,
}

impl From<EventType> for EventTypeSummary {
    fn from(one: EventType) -> Self {
        Self {
            event_type_id: one.id(),
            service_name: SERVICE,
            event_type_name: one.name(),
            resource_type: RESOURCE_TYPE,
        }
    }
}
