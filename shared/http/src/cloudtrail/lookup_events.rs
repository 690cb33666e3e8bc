//! `LookupEvents`.

use packhouse_forge::audit::{Attribute, Lookup, MAX_RESULTS, Record, lookup};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_storage::clock;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws_json::Answer;
use crate::aws_json::failure::Failure;
use crate::aws_json::input::{answer, parse};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    lookup_attributes: Vec<LookupAttribute>,
    start_time: Option<f64>,
    end_time: Option<f64>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LookupAttribute {
    attribute_key: String,
    attribute_value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    events: Vec<Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    event_id: Value,
    event_name: Value,
    read_only: String,
    access_key_id: Value,
    event_time: f64,
    event_source: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    resources: Vec<Resource>,
    cloud_trail_event: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    resource_type: Value,
    resource_name: Value,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let attribute = match input.lookup_attributes.as_slice() {
        [] => None,
        [one] => Some((attribute(&one.attribute_key)?, one.attribute_value.clone())),
        _ => {
            let message = "You can only specify one lookup attribute.";
            return Err(Failure::invalid("InvalidLookupAttributesException", message));
        }
    };
    let asked = Lookup {
        attribute,
        start_ms: input.start_time.map(milliseconds),
        end_ms: input.end_time.map(milliseconds),
        max_results: max_results(input.max_results)?,
    };
    if let (Some(start), Some(end)) = (asked.start_ms, asked.end_ms)
        && start > end
    {
        let message = "The start time must be before the end time.";
        return Err(Failure::invalid("InvalidTimeRangeException", message));
    }
    let token = input.next_token.filter(|token| !token.is_empty());
    let found = lookup(forge, caller, &asked, token.as_deref()).await?;
    answer(&Output {
        events: found.records.iter().map(event).collect(),
        next_token: found.next,
    })
}

fn attribute(key: &str) -> Result<Attribute, Failure> {
    Ok(match key {
        "EventId" => Attribute::EventId,
        "EventName" => Attribute::EventName,
        "ReadOnly" => Attribute::ReadOnly,
        "Username" => Attribute::Username,
        "ResourceType" => Attribute::ResourceType,
        "ResourceName" => Attribute::ResourceName,
        "EventSource" => Attribute::EventSource,
        "AccessKeyId" => Attribute::AccessKeyId,
        _ => {
            let message = "The lookup attribute is not valid.";
            return Err(Failure::invalid("InvalidLookupAttributesException", message));
        }
    })
}

fn max_results(asked: Option<usize>) -> Result<usize, Failure> {
    match asked.unwrap_or(MAX_RESULTS) {
        fits @ 1..=MAX_RESULTS => Ok(fits),
        _ => {
            let message = format!("The number of results must be from 1 to {MAX_RESULTS}.");
            Err(Failure::invalid("InvalidMaxResultsException", message))
        }
    }
}

/// Seconds as clients write them; what is no time is the epoch.
fn milliseconds(seconds: f64) -> u64 {
    let time = std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default();
    clock::millis(time)
}

fn event(record: &Record) -> Event {
    let json = &record.json;
    let resources = json["resources"].as_array().into_iter().flatten();
    Event {
        event_id: json["eventID"].clone(),
        event_name: json["eventName"].clone(),
        read_only: json["readOnly"].to_string(),
        access_key_id: json["userIdentity"]["accessKeyId"].clone(),
        event_time: std::time::Duration::from_millis(record.time_ms).as_secs_f64(),
        event_source: json["eventSource"].clone(),
        username: record.username().map(str::to_owned),
        resources: resources
            .map(|resource| Resource {
                resource_type: resource["type"].clone(),
                resource_name: resource["ARN"].clone(),
            })
            .collect(),
        cloud_trail_event: json.to_string(),
    }
}
