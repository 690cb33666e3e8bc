//! Triggers, and a server that tells what is sent to targets.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use packhouse_forge::triggers::{TriggerTargets, Undelivered};
use serde_json::{Value, json};

use crate::aws_json::testing::{Server, server, server_with};

const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:topic";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:tell:live";

/// Keeps what comes, and takes nothing for what is called `full` or `away`.
#[derive(Debug, Default)]
struct Kept(Mutex<Vec<(String, Option<String>, Value)>>);

impl Kept {
    fn take(&self, target: &str, subject: Option<&str>, text: &str) -> Result<(), Undelivered> {
        if target.ends_with("full") {
            return Err(Undelivered::Refused("NotFound: Topic does not exist".into()));
        }
        if target.ends_with("away") {
            return Err(Undelivered::Unreachable("connection refused by 10.0.0.1".into()));
        }
        let message = serde_json::from_str(text).unwrap();
        let kept = (target.to_owned(), subject.map(String::from), message);
        self.0.lock().unwrap().push(kept);
        Ok(())
    }
}

#[async_trait]
impl TriggerTargets for Kept {
    async fn notify(&self, topic: &str, subject: Option<&str>, message: &str) -> Result<(), Undelivered> {
        self.take(topic, subject, message)
    }

    async fn invoke(&self, function: &str, payload: &str) -> Result<(), Undelivered> {
        self.take(function, None, payload)
    }
}

fn trigger(name: &str, target: &str) -> Value {
    json!({ "name": name, "destinationArn": target, "branches": [], "events": ["all"] })
}

fn input(triggers: &Value) -> String {
    json!({ "repositoryName": "w", "triggers": triggers }).to_string()
}

async fn with_repository(server: Server) -> Server {
    let made = server.call("CreateRepository", r#"{"repositoryName":"w"}"#).await;
    assert_eq!(made.status, 200);
    server
}

#[tokio::test]
async fn triggers_are_replaced_all_together() {
    let server = with_repository(server().await).await;
    let get = async || {
        server
            .call("GetRepositoryTriggers", r#"{"repositoryName":"w"}"#)
            .await
            .body
    };
    assert_eq!(get().await, json!({ "triggers": [] }));
    let full = json!({
        "name": "a.b_c-1", "destinationArn": FUNCTION, "customData": "ä", "branches": ["main", "x/y"],
        "events": ["updateReference", "deleteReference"],
    });
    for triggers in [
        json!([full, trigger("b", TOPIC)]),
        json!([trigger("c", TOPIC)]),
        json!([]),
    ] {
        let put = server.call("PutRepositoryTriggers", &input(&triggers)).await;
        assert_eq!(put.status, 200, "{:?}", put.body);
        let id = put.body["configurationId"].as_str().unwrap();
        assert_eq!(id.len(), 36);
        assert_eq!(get().await, json!({ "configurationId": id, "triggers": triggers }));
    }
}

/// A trigger with one member changed, or without it.
fn with(member: &str, value: Value) -> Value {
    let mut trigger = trigger("t", TOPIC);
    trigger[member] = value;
    json!([trigger])
}

fn many(count: usize) -> Value {
    (0..count).map(|at| trigger(&format!("t{at}"), TOPIC)).collect()
}

fn refusals() -> Vec<(Value, &'static str)> {
    let branches = |count: usize| (0..count).map(|at| json!(format!("b{at}"))).collect::<Value>();
    let elsewhere = TOPIC.replace("us-east-1", "us-east-2");
    let mut refusals = vec![
        (json!(null), "RepositoryTriggersListRequiredException"),
        (many(11), "MaximumRepositoryTriggersExceededException"),
        (with("name", json!(null)), "RepositoryTriggerNameRequiredException"),
        (with("name", json!("")), "RepositoryTriggerNameRequiredException"),
        (with("name", json!("a b")), "InvalidRepositoryTriggerNameException"),
        (with("name", json!("a,b")), "InvalidRepositoryTriggerNameException"),
        (
            with("name", json!("n".repeat(101))),
            "InvalidRepositoryTriggerNameException",
        ),
        (
            json!([trigger("a", TOPIC), trigger("a", FUNCTION)]),
            "InvalidRepositoryTriggerNameException",
        ),
        (
            with("destinationArn", json!(null)),
            "RepositoryTriggerDestinationArnRequiredException",
        ),
        (
            with("destinationArn", json!(elsewhere)),
            "InvalidRepositoryTriggerRegionException",
        ),
        (
            with("customData", json!("x".repeat(1001))),
            "InvalidRepositoryTriggerCustomDataException",
        ),
        (
            with("branches", json!(null)),
            "RepositoryTriggerBranchNameListRequiredException",
        ),
        (with("branches", branches(11)), "MaximumBranchesExceededException"),
        (
            with("branches", json!(["a b"])),
            "InvalidRepositoryTriggerBranchNameException",
        ),
        (
            with("events", json!(null)),
            "RepositoryTriggerEventsListRequiredException",
        ),
        (
            with("events", json!([])),
            "RepositoryTriggerEventsListRequiredException",
        ),
    ];
    for events in [
        json!(["x"]),
        json!(["all", "updateReference"]),
        json!(["all", "all"]),
        json!(["updateReference", "updateReference"]),
    ] {
        refusals.push((with("events", events), "InvalidRepositoryTriggerEventsException"));
    }
    for arn in [
        "topic",
        "arn:aws:sqs:us-east-1:000000000000:topic",
        "arn:aws-cn:sns:us-east-1:000000000000:topic",
        "arn:aws:sns:us-east-1:000000000000:topic.fifo",
        "arn:aws:sns:us-east-1:000000000000:topic:subscription",
        "arn:aws:sns:us-east-1:00000000000:topic",
        "arn:aws:sns::000000000000:topic",
        "arn:aws:lambda:us-east-1:000000000000:tell",
        "arn:aws:lambda:us-east-1:000000000000:function:",
        "arn:aws:lambda:us-east-1:000000000000:function:a:b:c",
    ] {
        refusals.push((
            with("destinationArn", json!(arn)),
            "InvalidRepositoryTriggerDestinationArnException",
        ));
    }
    refusals
}

#[tokio::test]
async fn what_is_no_trigger_is_refused() {
    let server = with_repository(server().await).await;
    for (triggers, exception) in refusals() {
        for operation in ["PutRepositoryTriggers", "TestRepositoryTriggers"] {
            server.check(operation, &input(&triggers), exception).await;
        }
    }
    let at_the_limits = json!([{
        "name": "n".repeat(100), "destinationArn": "arn:aws:lambda:us-east-1:111111111111:function:f:$LATEST",
        "customData": "ä".repeat(1000), "branches": (0..10).map(|at| format!("b{at}")).collect::<Vec<_>>(),
        "events": ["updateReference", "createReference", "deleteReference"],
    }]);
    for triggers in [many(10), at_the_limits] {
        assert_eq!(
            server.call("PutRepositoryTriggers", &input(&triggers)).await.status,
            200
        );
    }
    for operation in [
        "GetRepositoryTriggers",
        "PutRepositoryTriggers",
        "TestRepositoryTriggers",
    ] {
        for (input, exception) in [
            (r#"{"triggers":[]}"#, "RepositoryNameRequiredException"),
            (
                r#"{"repositoryName":"a/b","triggers":[]}"#,
                "InvalidRepositoryNameException",
            ),
            (
                r#"{"repositoryName":"v","triggers":[]}"#,
                "RepositoryDoesNotExistException",
            ),
        ] {
            server.check(operation, input, exception).await;
        }
    }
}

#[tokio::test]
async fn a_test_tells_the_targets_that_were_passed_in_and_changes_nothing() {
    let kept: Arc<Kept> = Arc::default();
    let targets = Arc::clone(&kept) as _;
    let server = with_repository(server_with(|forge| forge.with_targets(targets)).await).await;
    let mut first = trigger("first", TOPIC);
    first["customData"] = "team-42".into();
    let triggers = json!([
        first,
        trigger("gone", &format!("{TOPIC}-full")),
        trigger("second", FUNCTION),
        trigger("unreached", &format!("{TOPIC}-away")),
    ]);
    let tested = server.call("TestRepositoryTriggers", &input(&triggers)).await;
    assert_eq!(
        tested.body,
        json!({
            "successfulExecutions": ["first", "second"],
            "failedExecutions": [
                { "trigger": "gone", "failureMessage": "NotFound: Topic does not exist" },
                { "trigger": "unreached", "failureMessage": "The target could not be reached. Try again." },
            ],
        })
    );
    let saved = server.call("GetRepositoryTriggers", r#"{"repositoryName":"w"}"#).await;
    assert_eq!(saved.body, json!({ "triggers": [] }));

    let came = kept.0.lock().unwrap().clone();
    let (target, subject, message) = &came[0];
    assert_eq!(
        (target.as_str(), subject.as_deref()),
        (TOPIC, Some("UPDATE: AWS CodeCommit us-east-1 push: w"))
    );
    let mut record = message["Records"][0].clone();
    let time = record["eventTime"].take();
    let time = time.as_str().unwrap();
    assert!(
        time.len() == 28 && time.ends_with("+0000") && time.starts_with("20"),
        "{time}"
    );
    for id in ["eventId", "eventTriggerConfigId"] {
        assert_eq!(record[id].take().as_str().map(str::len), Some(36));
    }
    let by = record["userIdentityARN"].take();
    assert!(
        by.as_str()
            .is_some_and(|arn| arn.starts_with("arn:aws:iam::000000000000:user/"))
    );
    assert_eq!(
        record,
        json!({
            "awsRegion": "us-east-1",
            "codecommit": { "references": [{ "commit": "0".repeat(40), "ref": "refs/heads/main" }] },
            "customData": "team-42", "eventId": null, "eventName": "TriggerEventTest", "eventPartNumber": 1,
            "eventSource": "aws:codecommit", "eventSourceARN": "arn:aws:codecommit:us-east-1:000000000000:w",
            "eventTime": null, "eventTotalParts": 1, "eventTriggerConfigId": null, "eventTriggerName": "first",
            "eventVersion": "1.0", "userIdentityARN": null,
        })
    );
    let (target, subject, message) = &came[1];
    assert_eq!((target.as_str(), subject), (FUNCTION, &None));
    assert_eq!(message["Records"][0]["customData"], Value::Null);
    assert_eq!(came.len(), 2);
}

#[tokio::test]
async fn where_nothing_is_delivered_a_test_says_so() {
    let server = with_repository(server().await).await;
    let tested = server.call("TestRepositoryTriggers", &input(&many(1))).await;
    let message = "This installation delivers to no topics and functions.";
    assert_eq!(
        tested.body,
        json!({ "successfulExecutions": [], "failedExecutions": [{ "trigger": "t0", "failureMessage": message }] })
    );
}
