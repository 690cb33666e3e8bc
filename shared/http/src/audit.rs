//! What was asked for over HTTP, as the audit log records it.

use std::fmt;

use packhouse_forge::audit::{Event, Failure, write};
use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::names::RepositoryName;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::service::Service;

/// The most members of an input that a record may repeat.
const MAX_MEMBERS: usize = 100;
/// The longest of them, in bytes.
const MAX_MEMBER: usize = 64 << 10;
/// The most repositories that a record is about.
const MAX_REPOSITORIES: usize = 100;
/// The member, at any depth, that has the content of a file: it may be secret, and Git has it.
const CONTENT: &str = "fileContent";
/// The member of an output that signs what webhooks get.
const SECRET: &str = "webhookSecret";
/// What stands in their place.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Records a call of an API, with its input and, of what changed something, its output.
pub(crate) async fn record(
    forge: &Forge,
    caller: &Caller,
    (service, operation): (Service, &str),
    parameters: Value,
    outcome: Result<Option<Value>, Failure>,
) {
    let read_only = service.only_reads(operation);
    let (response, failure) = match outcome {
        Ok(response) => (response.filter(|_| !read_only).map(hidden), None),
        Err(failure) => (None, Some(failure)),
    };
    let event = Event {
        name: operation.to_owned(),
        source: service.source(),
        api_version: Some(service.api_version()),
        read_only,
        repositories: repositories(service, operation, &parameters),
        parameters: Some(parameters),
        response,
        failure,
        ..Event::default()
    };
    write(forge, caller, &event).await;
}

/// The repositories that an input names, in the members that the operation has.
fn repositories(service: Service, operation: &str, parameters: &Value) -> Vec<RepositoryName> {
    let members: &[&str] = match (service, operation) {
        (Service::CodeCommit | Service::Packhouse, "UpdateRepositoryName") => &["oldName", "newName"],
        (Service::CodeCommit, "TagResource" | "UntagResource" | "ListTagsForResource") => &["resourceArn"],
        (Service::CodeCommit | Service::Packhouse, _) => &["repositoryName", "repositoryNames"],
        (Service::CodeStarNotifications, "CreateNotificationRule") => &["Resource"],
        (Service::CodeStarNotifications, _) => &[],
        (Service::Iam | Service::Sts | Service::CloudTrail, _) => &[],
    };
    let named = members.iter().flat_map(|member| match &parameters[*member] {
        Value::Array(several) => several.as_slice(),
        one => std::slice::from_ref(one),
    });
    let named = named.filter_map(Value::as_str).take(MAX_REPOSITORIES);
    // An ARN ends with the name, and no name has a colon.
    let named = named.filter_map(|name| name.rsplit(':').next());
    named.filter_map(|name| RepositoryName::new(name).ok()).collect()
}

/// An operation's input, as far as a record may repeat it. A large one is not read whole once more.
pub(crate) fn parameters(body: &[u8]) -> Value {
    let members: Members<'_> = serde_json::from_slice(body).unwrap_or_default();
    let told = members.0.into_iter().map(|(name, raw)| {
        let value = if name == CONTENT {
            HIDDEN.into()
        } else if raw.get().len() <= MAX_MEMBER {
            let mut value = serde_json::from_str(raw.get()).unwrap_or_default();
            hide(&mut value);
            value
        } else {
            "OMITTED_AS_TOO_LONG".into()
        };
        (name, value)
    });
    told.collect::<serde_json::Map<_, _>>().into()
}

fn hidden(mut value: Value) -> Value {
    hide(&mut value);
    value
}

/// Leaves out what is in files, and secrets. Values are at most as deep as their parser lets them be.
fn hide(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if name == CONTENT || name == SECRET {
                    *value = HIDDEN.into();
                } else {
                    hide(value);
                }
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(hide),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The first members of an object.
#[derive(Default)]
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct First;

        impl<'de> Visitor<'de> for First {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while members.len() < MAX_MEMBERS {
                    match object.next_entry()? {
                        Some(member) => members.push(member),
                        None => return Ok(Members(members)),
                    }
                }
                while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(First)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_repeated_of_an_input_is_bounded_whatever_it_is() {
        let long = "x".repeat(MAX_MEMBER);
        let told = parameters(json!({ "a": 1, "b": long, "c": ["d"] }).to_string().as_bytes());
        assert_eq!(told, json!({ "a": 1, "b": "OMITTED_AS_TOO_LONG", "c": ["d"] }));
        let many: Value = (0..10_000)
            .map(|at| (at.to_string(), json!(at)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        assert_eq!(
            parameters(many.to_string().as_bytes())
                .as_object()
                .map(serde_json::Map::len),
            Some(MAX_MEMBERS)
        );
        for nothing in ["", "[]", "null", "{", "\u{0}"] {
            assert_eq!(parameters(nothing.as_bytes()), json!({}), "{nothing}");
        }
    }

    #[test]
    fn contents_of_files_are_not_repeated() {
        let input = json!({ "fileContent": "c2VjcmV0", "putFiles": [{ "filePath": "a", "fileContent": "c2VjcmV0" }] });
        let told = parameters(input.to_string().as_bytes());
        let files = json!([{ "filePath": "a", "fileContent": HIDDEN }]);
        assert_eq!(told, json!({ "fileContent": HIDDEN, "putFiles": files }));
    }

    #[test]
    fn a_record_is_about_what_the_operation_is_about() {
        let check = |service, operation: &str, input: Value, expect: &[&str]| {
            let found = repositories(service, operation, &input);
            let found: Vec<&str> = found.iter().map(RepositoryName::as_str).collect();
            assert_eq!(found, expect, "{operation} {input}");
        };
        let input =
            json!({ "repositoryName": "a", "oldName": "b", "newName": "c", "repositoryNames": ["d", "x/y", 7] });
        check(Service::CodeCommit, "GetRepository", input.clone(), &["a", "d"]);
        check(Service::CodeCommit, "UpdateRepositoryName", input.clone(), &["b", "c"]);
        check(Service::Iam, "CreateUser", input, &[]);
        let tagged = json!({ "resourceArn": "arn:aws:codecommit:us-east-1:000000000000:a", "repositoryName": "b" });
        check(Service::CodeCommit, "TagResource", tagged, &["a"]);
        let many = json!({ "repositoryNames": vec!["a"; 5000] });
        assert_eq!(
            repositories(Service::CodeCommit, "BatchGetRepositories", &many).len(),
            MAX_REPOSITORIES
        );
    }
}
