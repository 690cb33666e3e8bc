//! What the audit log has of IAM's operations.

use packhouse_harness::{Boto3, Server};
use serde_json::{Value, json};

use super::{allowing, done, refused};

/// The records of an operation, newest first.
fn records(operation: &str) -> Vec<Value> {
    let variables = Server::shared().credentials().variables();
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let cloudtrail = Boto3::of("cloudtrail", variables.collect());
    let event = json!({ "AttributeKey": "EventName", "AttributeValue": operation });
    let found = cloudtrail.call("LookupEvents", &json!({ "LookupAttributes": [event] }));
    let found = found.expect("the administrator may");
    let events = found["Events"].as_array().expect("a list").iter();
    let record = |event: &Value| serde_json::from_str(event["CloudTrailEvent"].as_str().expect("a text"));
    events.map(record).collect::<Result<_, _>>().expect("records are JSON")
}

#[test]
fn changes_are_recorded_with_what_was_asked_for_and_what_came_of_it() {
    let tags = json!([{ "Key": "team", "Value": "red" }]);
    done("CreateUser", &json!({ "UserName": "recorded", "Tags": tags }));
    let all = records("CreateUser");
    let record = all
        .iter()
        .find(|record| record["requestParameters"]["userName"] == "recorded")
        .expect("it was recorded");
    assert_eq!(
        record["requestParameters"]["tags"],
        json!([{ "key": "team", "value": "red" }])
    );
    assert_eq!(record["responseElements"]["user"]["userName"], "recorded");
    assert_eq!(
        (&record["eventSource"], &record["readOnly"]),
        (&json!("iam.amazonaws.com"), &json!(false))
    );
    assert_eq!(record["userIdentity"]["userName"], "admin");
}

#[test]
fn secrets_are_not_recorded() {
    done("CreateUser", &json!({ "UserName": "secretive" }));
    let key = done("CreateAccessKey", &json!({ "UserName": "secretive" }))["AccessKey"].clone();
    let all = records("CreateAccessKey");
    let record = all
        .iter()
        .find(|record| record["responseElements"]["accessKey"]["accessKeyId"] == key["AccessKeyId"])
        .expect("it was recorded");
    let secret = key["SecretAccessKey"].as_str().expect("a text");
    assert!(!record.to_string().contains(secret), "{record}");
}

#[test]
fn what_was_refused_is_no_change() {
    refused(
        "DeleteUser",
        &json!({ "UserName": "never-recorded" }),
        ("NoSuchEntity", 404),
    );
    let document = allowing(&["a:b"]);
    let simulated = json!({ "PolicyInputList": [document], "ActionNames": ["a:b"] });
    done("SimulateCustomPolicy", &simulated);
    assert!(records("SimulateCustomPolicy").is_empty());
    assert!(
        records("DeleteUser")
            .iter()
            .all(|record| record["requestParameters"]["userName"] != "never-recorded")
    );
}
