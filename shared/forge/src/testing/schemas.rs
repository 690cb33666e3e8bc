//! Whether what is told is what `events/schemas/` promises, for tests.

use serde_json::{Value, json};

use crate::events::{DetailType, Event};

const fn schema_of(kind: DetailType) -> &'static str {
    match kind {
        DetailType::Repository => include_str!("../../../../events/schemas/repository-state-change.json"),
        DetailType::PullRequest => include_str!("../../../../events/schemas/pull-request-state-change.json"),
        DetailType::CommentOnPullRequest => include_str!("../../../../events/schemas/comment-on-pull-request.json"),
        DetailType::CommentOnCommit => include_str!("../../../../events/schemas/comment-on-commit.json"),
        DetailType::Reaction => include_str!("../../../../events/schemas/comment-reaction-change.json"),
        DetailType::Template => include_str!("../../../../events/schemas/approval-rule-template-change.json"),
    }
}

/// An event in the envelope that `EventBridge` gives it, at a certain time.
pub(crate) fn envelope(event: &Event) -> Value {
    let mut detail = event.detail.clone();
    detail.insert("eventId".into(), event.id.clone().into());
    json!({
        "version": "0", "id": "6f1d2c3b-0a4e-4c77-9a1b-2f3e4d5c6b7a", "detail-type": event.detail_type.as_str(),
        "source": "packhouse.codecommit", "account": "210987654321", "time": "2026-03-04T05:06:07Z",
        "region": "us-east-1", "resources": event.resources, "detail": detail,
    })
}

/// Fails unless an event is what its schema says.
#[track_caller]
pub(crate) fn check_event(event: &Event) {
    check_envelope(event.detail_type, &envelope(event));
}

/// The same of one in its envelope.
#[track_caller]
pub(crate) fn check_envelope(kind: DetailType, envelope: &Value) {
    check(schema_of(kind), envelope);
}

/// Fails unless a message of a trigger is what its schema says.
#[track_caller]
pub(crate) fn check_message(message: &str) {
    let message = serde_json::from_str(message).unwrap();
    check(
        include_str!("../../../../events/schemas/trigger-message.json"),
        &message,
    );
}

#[track_caller]
fn check(schema: &str, value: &Value) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    if let Err(why) = valid(&schema, &schema, value) {
        panic!("{why}\n{value:#}");
    }
}

/// Why a value is not what a schema says. It knows the keywords that the schemas have, and fails at others.
fn valid(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let size = |at: &Value| usize::try_from(at.as_u64().unwrap()).unwrap();
    let length = value.as_str().map_or(0, |text| text.chars().count());
    let items = value.as_array().map_or(0, Vec::len);
    for (keyword, rule) in schema.as_object().unwrap() {
        let holds = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => true,
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "type" => match rule {
                Value::Array(any) => any.iter().any(|one| is_of(one.as_str().unwrap(), value)),
                one => is_of(one.as_str().unwrap(), value),
            },
            "minLength" => length >= size(rule),
            "maxLength" => length <= size(rule),
            "minItems" => items >= size(rule),
            "maxItems" => items <= size(rule),
            "minimum" => value.as_u64() >= rule.as_u64(),
            "required" => rule
                .as_array()
                .unwrap()
                .iter()
                .all(|name| value.get(name.as_str().unwrap()).is_some()),
            "$ref" => {
                let path = rule.as_str().unwrap().trim_start_matches('#');
                valid(root, root.pointer(path).unwrap(), value)?;
                true
            }
            "oneOf" => {
                let all = rule.as_array().unwrap().iter().map(|one| valid(root, one, value));
                let failures: Vec<String> = all.clone().filter_map(Result::err).collect();
                if failures.len() + 1 != all.count() {
                    return Err(failures.join("\n"));
                }
                true
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    valid(root, rule, item)?;
                }
                true
            }
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    if let Some(member) = value.get(name) {
                        valid(root, rule, member).map_err(|why| format!("{name}: {why}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = |name: &str| schema.get("properties").is_some_and(|known| known.get(name).is_some());
                let members = value.as_object().into_iter().flatten();
                for (name, member) in members.filter(|(name, _)| !known(name)) {
                    if *rule == Value::Bool(false) {
                        return Err(format!("{name} is not in the schema"));
                    }
                    valid(root, rule, member).map_err(|why| format!("{name}: {why}"))?;
                }
                true
            }
            other => panic!("the keyword {other} is not understood here"),
        };
        if !holds {
            return Err(format!("{keyword} {rule} does not hold for {value}"));
        }
    }
    Ok(())
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "integer" => value.is_u64(),
        "null" => value.is_null(),
        other => panic!("the type {other} is not understood here"),
    }
}

/// Each line breaks one rule, so that no rule is only written down.
#[test]
fn what_breaks_a_schema_is_found() {
    let schema = json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {
            "a": { "oneOf": [{ "const": 1 }, { "enum": [2, 3] }] },
            "b": { "type": "array", "minItems": 1, "maxItems": 2, "items": { "$ref": "#/$defs/short" } },
            "c": { "type": ["string", "null"] },
            "d": { "type": "object", "additionalProperties": { "type": "integer", "minimum": 1 } },
        },
        "$defs": { "short": { "type": "string", "minLength": 1, "maxLength": 2 } },
    });
    for (value, is_valid) in [
        (json!({ "a": 1, "b": ["x", "yy"], "c": null, "d": { "any": 1 } }), true),
        (json!({ "a": 3, "c": "x" }), true),
        (json!([]), false),
        (json!({ "b": ["x"] }), false),
        (json!({ "a": 4 }), false),
        (json!({ "a": 1, "b": [] }), false),
        (json!({ "a": 1, "b": ["x", "x", "x"] }), false),
        (json!({ "a": 1, "b": [""] }), false),
        (json!({ "a": 1, "b": ["xxx"] }), false),
        (json!({ "a": 1, "c": 1 }), false),
        (json!({ "a": 1, "d": { "any": 0 } }), false),
        (json!({ "a": 1, "d": { "any": "1" } }), false),
        (json!({ "a": 1, "e": 1 }), false),
    ] {
        assert_eq!(valid(&schema, &schema, &value).is_ok(), is_valid, "{value}");
    }
}
