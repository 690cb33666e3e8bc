//! From a push to whoever waits for its event.

use packhouse_harness::{Git, deployment::Deployment};
use serde_json::{Value, json};

use super::{log_in, shared};

/// A queue that gets what a rule of the deployment's bus lets through.
pub(super) struct Listener<'a> {
    deployment: &'a Deployment,
    queue: String,
}

impl<'a> Listener<'a> {
    pub(super) fn to(deployment: &'a Deployment, name: &str, pattern: &Value) -> Self {
        let (queues, events) = (deployment.store.client("sqs"), deployment.store.client("events"));
        let queue = queues
            .call("CreateQueue", &json!({ "QueueName": name }))
            .expect("the name is new");
        let queue = queue["QueueUrl"].as_str().expect("a queue has a URL").to_owned();
        let found = queues.call(
            "GetQueueAttributes",
            &json!({ "QueueUrl": queue, "AttributeNames": ["QueueArn"] }),
        );
        let arn = found.expect("the queue is there")["Attributes"]["QueueArn"].take();
        let rule = json!({ "Name": name, "EventBusName": deployment.bus(), "EventPattern": pattern.to_string() });
        events.call("PutRule", &rule).expect("the bus is there");
        let target =
            json!({ "Rule": name, "EventBusName": deployment.bus(), "Targets": [{ "Id": "queue", "Arn": arn }] });
        events.call("PutTargets", &target).expect("the rule is there");
        Self { deployment, queue }
    }

    /// Everything that has come.
    pub(super) fn received(&self) -> Vec<Value> {
        let queues = self.deployment.store.client("sqs");
        let mut events = Vec::new();
        loop {
            let asked = json!({ "QueueUrl": self.queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1 });
            let mut answer = queues.call("ReceiveMessage", &asked).expect("the queue is there");
            let Some(messages) = answer["Messages"]
                .as_array_mut()
                .filter(|messages| !messages.is_empty())
            else {
                return events;
            };
            for message in messages {
                events.push(serde_json::from_str(message["Body"].as_str().expect("text")).expect("events are JSON"));
                let done = json!({ "QueueUrl": self.queue, "ReceiptHandle": message["ReceiptHandle"] });
                queues.call("DeleteMessage", &done).expect("it was received just now");
            }
        }
    }
}

/// What the table's stream would give to the relay for what is in the outbox.
pub(super) fn batch(outbox: &[(String, String)]) -> Value {
    let record = |(at, (pk, sk)): (usize, &(String, String))| {
        json!({
            "eventID": at.to_string(), "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
            "awsRegion": "us-east-1",
            "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-01T00:00:00.000",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_772_600_767.0, "SequenceNumber": (at + 1).to_string(), "SizeBytes": 68,
                "StreamViewType": "KEYS_ONLY", "Keys": { "pk": { "S": pk }, "sk": { "S": sk } },
            },
        })
    };
    json!({ "Records": outbox.iter().enumerate().map(record).collect::<Vec<_>>() })
}

#[test]
fn a_push_arrives_as_codecommits_events() {
    let deployment = Deployment::start();
    let pattern = json!({ "source": ["packhouse.codecommit"], "detail": { "referenceType": ["branch"] } });
    let listener = Listener::to(&deployment, &format!("{}-branches", deployment.bus()), &pattern);
    let git = Git::newest();
    log_in(&git, &deployment);
    let url = deployment.create_repository("told");
    let work = git.init("work");
    let first = work.commit("file", "1");
    work.run("tag v1").ok();
    work.run(&format!("push --quiet {url} main v1")).ok();
    let second = work.commit("file", "2");
    work.run(&format!("push --quiet {url} main")).ok();

    let outbox = deployment.outbox();
    assert_eq!(outbox.len(), 2, "one item a push, whatever it changed");
    let relay = &deployment.functions["event-relay"];
    let answer = relay.invoke(batch(&outbox).to_string().as_bytes()).expect("it relays");
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(answer["batchItemFailures"], json!([]), "{}", relay.log());
    assert!(deployment.outbox().is_empty());

    let mut events = listener.received();
    events.sort_by_key(|event| event["detail"]["eventId"].to_string());
    let told = |event: &Value| {
        let detail = &event["detail"];
        ["event", "referenceName", "commitId", "oldCommitId"]
            .map(|name| detail[name].as_str().unwrap_or_default().to_owned())
    };
    let all: Vec<_> = events.iter().map(told).collect();
    let texts = |texts: [&str; 4]| texts.map(str::to_owned);
    assert_eq!(
        all,
        [
            texts(["referenceCreated", "main", &first, ""]),
            texts(["referenceUpdated", "main", &second, &first])
        ]
    );
    assert!(
        events
            .iter()
            .all(|event| event["detail-type"] == "CodeCommit Repository State Change")
    );
    assert_eq!(
        events[0]["resources"],
        json!(["arn:aws:codecommit:us-east-1:000000000000:told"])
    );
    // What the stream gives again is told again or is done already; nothing is left and nothing fails.
    relay.invoke(batch(&outbox).to_string().as_bytes()).expect("it relays");
}

#[test]
fn what_happens_to_a_pull_request_arrives_in_its_order() {
    let deployment = Deployment::start();
    let pattern =
        json!({ "detail-type": ["CodeCommit Pull Request State Change", "CodeCommit Comment on Pull Request"] });
    let listener = Listener::to(&deployment, &format!("{}-reviews", deployment.bus()), &pattern);
    let git = Git::newest();
    log_in(&git, &deployment);
    let url = deployment.create_repository("reviewed");
    let work = git.init("work");
    let base = work.commit("file", "1");
    work.run(&format!("push --quiet {url} main")).ok();
    let tip = work.commit("file", "2");
    work.run(&format!("push --quiet {url} main:topic")).ok();
    let api = deployment.boto3();
    let call = |operation: &str, input: Value| api.call(operation, &input).expect(operation);
    let targets = json!([{ "repositoryName": "reviewed", "sourceReference": "topic", "destinationReference": "main" }]);
    let made = call("CreatePullRequest", json!({ "title": "One", "targets": targets }));
    let id = &made["pullRequest"]["pullRequestId"];
    let comment = json!({
        "pullRequestId": id, "repositoryName": "reviewed", "beforeCommitId": base, "afterCommitId": tip, "content": "Why?",
    });
    call("PostCommentForPullRequest", comment);
    call("UpdatePullRequestTitle", json!({ "pullRequestId": id, "title": "Two" }));
    call(
        "UpdatePullRequestStatus",
        json!({ "pullRequestId": id, "pullRequestStatus": "CLOSED" }),
    );

    let relay = &deployment.functions["event-relay"];
    let outbox = deployment.outbox();
    let answer = relay.invoke(batch(&outbox).to_string().as_bytes()).expect("it relays");
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(answer["batchItemFailures"], json!([]), "{}", relay.log());
    assert!(deployment.outbox().is_empty());
    let events = listener.received();
    let told = |event: &Value| event["detail"]["event"].as_str().unwrap_or_default().to_owned();
    let of = |kind: &str| {
        let named = events.iter().filter(|event| event["detail-type"] == kind);
        named.map(told).collect::<Vec<_>>()
    };
    let of_request = of("CodeCommit Pull Request State Change");
    let in_order = ["pullRequestCreated", "pullRequestStatusChanged"];
    assert_eq!(of_request, in_order, "{events:?}");
    assert_eq!(
        of("CodeCommit Comment on Pull Request"),
        ["commentOnPullRequestCreated"]
    );
    for event in &events {
        assert_eq!(
            event["resources"],
            json!(["arn:aws:codecommit:us-east-1:000000000000:reviewed"])
        );
        assert_eq!(event["detail"]["pullRequestId"], *id);
    }
}

#[test]
fn a_sweep_leaves_what_is_young_to_the_stream() {
    let deployment = shared();
    let git = Git::newest();
    log_in(&git, deployment);
    let url = deployment.create_repository("young");
    let work = git.init("work");
    work.commit("file", "1");
    work.run(&format!("push --quiet {url} main")).ok();
    let before = deployment.outbox();
    deployment.functions["event-relay"]
        .invoke(br#"{"sweep":true}"#)
        .expect("it sweeps");
    let after = deployment.outbox();
    assert!(
        !before.is_empty() && before.iter().all(|pointer| after.contains(pointer)),
        "{before:?} {after:?}"
    );
}

#[test]
fn many_pushes_are_merged_by_the_function_that_they_wake() {
    let deployment = Deployment::start();
    let git = Git::newest();
    log_in(&git, &deployment);
    let url = deployment.create_repository("compacted");
    let work = git.init("work");
    for at in 0..14 {
        work.commit("file", format!("{at}"));
        work.run(&format!("push --quiet {url} main")).ok();
    }
    deployment.settle();
    let log = deployment.functions["pack-indexer"].log();
    assert!(log.contains("packs merged into one"), "{log}");
    git.run(&format!("clone --quiet {url} copy")).ok();
    assert_eq!(git.in_dir("copy").rev("HEAD"), work.rev("HEAD"));
}
