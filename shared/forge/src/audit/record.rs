//! CloudTrail's form of a record.

use serde_json::{Map, Value, json};

use crate::forge::Forge;
use crate::identity::Caller;
use crate::identity::described::details;
use crate::iso8601;
use crate::names::RepositoryName;

/// The version of CloudTrail's form that records follow.
const EVENT_VERSION: &str = "1.11";
/// The longest text that a record repeats, in characters: the longest policy.
const MAX_TEXT: usize = 12 << 10;
/// The most parts of a list or map that a record repeats.
pub(super) const MAX_PARTS: usize = 100;
/// The longest name of a parameter that a record repeats, in characters.
const MAX_NAME: usize = 128;
/// About how many bytes of input, and of output, a record repeats. It has to fit an item, whatever a caller sends.
const MAX_SHOWN: usize = 24 << 10;
/// What stands for what was left out.
const OMITTED: &str = "OMITTED_AS_TOO_LONG";
/// Parameters that are secrets, or the contents of files. A record says only that they were there.
const HIDDEN: &[&str] = &[
    "filecontent",
    "content",
    "authenticationcode1",
    "authenticationcode2",
    "tokencode",
    "webidentitytoken",
    "url",
    "headers",
    "body",
    "secretaccesskey",
    "sessiontoken",
    "servicepassword",
    "base32stringseed",
    "qrcodepng",
    "nexttoken",
    "clientrequesttoken",
];

/// What was done, or tried.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// The operation, such as `CreateRepository` or `GitPush`.
    pub name: String,
    /// The service, such as `codecommit.amazonaws.com`.
    pub source: &'static str,
    /// The version of its API; Git requests have none.
    pub api_version: Option<&'static str>,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Whether a repository's log has it, and with it the audit log.
    pub in_log: bool,
    /// The input. Secrets and contents in it are not repeated.
    pub parameters: Option<Value>,
    /// The output of what changed something.
    pub response: Option<Value>,
    /// What CloudTrail has beside, such as how much a fetch transferred.
    pub additional: Option<Value>,
    /// The repositories that it was about.
    pub repositories: Vec<RepositoryName>,
    /// How it failed.
    pub failure: Option<Failure>,
}

/// How a call failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The exception.
    pub code: String,
    /// What it says.
    pub message: String,
    /// Whether a policy was against it.
    pub denied: bool,
}

/// The record of an event.
pub(super) fn json(forge: &Forge, caller: &Caller, event: &Event, id: &str, time_ms: u64) -> Value {
    let mut record = frame(forge, &details(caller), &caller.request_id, id, time_ms);
    let set = |record: &mut Map<String, Value>, name: &str, value: Value| drop(record.insert(name.to_owned(), value));
    set(&mut record, "eventName", event.name.as_str().into());
    set(&mut record, "eventSource", event.source.into());
    set(&mut record, "readOnly", event.read_only.into());
    set(
        &mut record,
        "requestParameters",
        event
            .parameters
            .as_ref()
            .map_or(Value::Null, |value| shown(value, &mut { MAX_SHOWN })),
    );
    set(
        &mut record,
        "responseElements",
        event
            .response
            .as_ref()
            .map_or(Value::Null, |value| shown(value, &mut { MAX_SHOWN })),
    );
    if let Some(version) = event.api_version {
        set(&mut record, "apiVersion", version.into());
    }
    if let Some(additional) = &event.additional {
        set(&mut record, "additionalEventData", additional.clone());
    }
    if !event.repositories.is_empty() {
        let named = event.repositories.iter().take(MAX_PARTS);
        let resources = named.map(|name| resource(forge, name));
        set(&mut record, "resources", resources.collect());
    }
    if let Some(failure) = &event.failure {
        set(&mut record, "errorCode", failure.code.as_str().into());
        set(&mut record, "errorMessage", cut(&failure.message).into());
    }
    Value::Object(record)
}

/// What every record has.
pub(super) fn frame(forge: &Forge, details: &Value, request: &str, id: &str, time_ms: u64) -> Map<String, Value> {
    let installation = forge.installation();
    let frame = json!({
        "eventVersion": EVENT_VERSION,
        "userIdentity": details["userIdentity"],
        "eventTime": iso8601::format(time_ms / 1000),
        "awsRegion": installation.region.as_str(),
        "sourceIPAddress": details["sourceIPAddress"],
        "userAgent": details["userAgent"],
        "requestID": request,
        "eventID": id,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": installation.account.as_str(),
        "eventCategory": "Management",
    });
    match frame {
        Value::Object(frame) => frame,
        _ => Map::new(),
    }
}

/// What a record says of a repository that it is about.
pub(super) fn resource(forge: &Forge, name: &RepositoryName) -> Value {
    json!({
        "ARN": forge.repository_arn(name),
        "accountId": forge.installation().account.as_str(),
        "type": "AWS::CodeCommit::Repository",
    })
}

/// What a record repeats of a value, as far as `left` bytes reach. What is behind the first thing that is too long is left
/// out.
fn shown(value: &Value, left: &mut usize) -> Value {
    let bytes = match value {
        Value::String(text) => text.chars().take(MAX_TEXT).map(escaped).sum(),
        _ => 8,
    };
    let Some(rest) = left.checked_sub(bytes) else {
        *left = 0;
        return OMITTED.into();
    };
    *left = rest;
    match value {
        Value::String(text) => cut(text).into(),
        Value::Array(parts) => {
            let mut told = Vec::new();
            for part in parts.iter().take(MAX_PARTS) {
                told.push(shown(part, left));
                if *left == 0 {
                    break;
                }
            }
            told.into()
        }
        Value::Object(parts) => {
            let mut told = Map::new();
            for (name, value) in parts.iter().take(MAX_PARTS) {
                // A name that is longer is no parameter's.
                let name: String = name.chars().take(MAX_NAME).collect();
                *left = left.saturating_sub(name.chars().map(escaped).sum());
                let hidden = HIDDEN.contains(&name.to_ascii_lowercase().as_str());
                let value = if hidden {
                    "HIDDEN_DUE_TO_SECURITY_REASONS".into()
                } else {
                    shown(value, left)
                };
                told.insert(name, value);
                if *left == 0 {
                    break;
                }
            }
            told.into()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// How many bytes JSON takes for a character.
const fn escaped(letter: char) -> usize {
    match letter {
        '"' | '\\' => 2,
        '\0'..='\x1f' => 6,
        _ => letter.len_utf8(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
