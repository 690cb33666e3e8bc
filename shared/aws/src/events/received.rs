//! Events as a rule of the bus gives them to its targets.

use std::time::Duration;

use packhouse_forge::events::{DetailType, Event};
use packhouse_forge::iso8601;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::EVENT_ID;

/// An event that came from the bus.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Received {
    detail_type: String,
    /// Without the fractions of a second that it was sent with.
    time: String,
    resources: Vec<String>,
    detail: Map<String, Value>,
}

impl TryFrom<Received> for Event {
    type Error = String;

    /// The event that [`EventBridgeBus`](super::EventBridgeBus) has sent, but that its time is cut to seconds; what keeps it from being one.
    fn try_from(received: Received) -> Result<Self, String> {
        let Received {
            detail_type,
            time,
            resources,
            mut detail,
        } = received;
        let Some(Value::String(id)) = detail.remove(EVENT_ID) else {
            return Err(format!("its detail has no {EVENT_ID}"));
        };
        Ok(Self {
            id,
            time: iso8601::parse_millis(&time)
                .map(Duration::from_millis)
                .ok_or_else(|| format!("{time:?} is no time"))?,
            detail_type: DetailType::named(&detail_type)
                .ok_or_else(|| format!("nothing of ours is a {detail_type:?}"))?,
            resources,
            detail,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Clients, EventBridgeBus, emulator_config};

    /// What a bus makes of an event, whose time it cuts to seconds.
    fn envelope(event: &Event) -> Value {
        let clients = Clients::new(emulator_config("http://[::1]:1", "us-east-1"));
        let (entry, _) = EventBridgeBus::new(&clients, "bus", "x.y").entry(event).unwrap();
        let detail: Value = serde_json::from_str(entry.detail().unwrap()).unwrap();
        json!({
            "version": "0", "id": "6f1d2c3b-0a4e-4c77-9a1b-2f3e4d5c6b7a", "source": entry.source(), "region": "us-east-1",
            "detail-type": entry.detail_type(), "account": "210987654321", "resources": entry.resources(),
            "time": iso8601::format(u64::try_from(entry.time().unwrap().secs()).unwrap()), "detail": detail,
        })
    }

    fn read(envelope: Value) -> Result<Event, String> {
        let received: Received = serde_json::from_value(envelope).map_err(|error| error.to_string())?;
        received.try_into()
    }

    #[test]
    fn what_the_bus_gives_is_what_it_was_given() {
        for detail_type in DetailType::ALL {
            let event = Event {
                id: "1b2c3d4e-1111-4222-8333-444455556666/7/0".into(),
                time: Duration::from_secs(1_772_600_767),
                detail_type,
                resources: vec!["arn:aws:codecommit:us-east-1:210987654321:demo".into()],
                detail: Map::from_iter([("event".into(), "e".into()), ("nested".into(), json!({ "a": ["b"] }))]),
            };
            assert_eq!(read(envelope(&event)), Ok(event.clone()));
            let late = Event {
                time: event.time + Duration::from_millis(250),
                ..event.clone()
            };
            assert_eq!(read(envelope(&late)), Ok(event));
        }
    }

    #[test]
    fn what_is_no_event_of_ours_is_refused() {
        let event = Event {
            id: "1".into(),
            time: Duration::ZERO,
            detail_type: DetailType::Template,
            resources: Vec::new(),
            detail: Map::new(),
        };
        for (pointer, value, why) in [
            (
                "/detail-type",
                json!("EC2 Instance State-change Notification"),
                "nothing of ours",
            ),
            ("/time", json!("yesterday"), "no time"),
            ("/detail", json!({}), "no eventId"),
            ("/detail", json!({ "eventId": 1 }), "no eventId"),
            ("/resources", json!(null), "expected a sequence"),
        ] {
            let mut envelope = envelope(&event);
            *envelope.pointer_mut(pointer).unwrap() = value;
            let refused = read(envelope).unwrap_err();
            assert!(refused.contains(why), "{refused}");
        }
    }
}
