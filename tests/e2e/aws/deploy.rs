//! Both ways to deploy, by their own clients, to an emulator that enforces IAM's policies.

use std::time::{Duration, Instant};

use packhouse_harness::{
    Boto3, Git,
    deployment::{Deployment, Stack},
    emulators::{Cloud, CloudOptions},
    random_history,
};
use serde_json::{Value, json};

use super::{
    assert_same,
    events::{Listener, batch},
    log_in, notifications, triggers,
};
use crate::uploads::{always_direct, with_helper};

#[test]
fn what_sam_deploys_works_with_the_permissions_that_it_gives() {
    works("sam");
}

#[test]
fn what_cdk_deploys_works_with_the_permissions_that_it_gives() {
    works("cdk");
}

fn works(client: &str) {
    let cloud = Cloud::start(&CloudOptions {
        enforce_permissions: true,
        ..CloudOptions::default()
    });
    let stack = Stack::deploy(client, &cloud.url());
    let deployment = Deployment::of_stack(&stack);
    let listener = Listener::to(&deployment, "told", &json!({ "source": ["packhouse.codecommit"] }));

    let git = Git::newest();
    log_in(&git, &deployment);
    let url = deployment.create_repository("deployed");
    let source = git.init("source");
    random_history::import(&source, |stream| random_history::mixed(stream, 3, 40));
    source.run(&format!("push --quiet {url} main")).ok();
    git.run(&format!("clone --quiet {url} copy")).ok();
    assert_eq!(git.in_dir("copy").rev("HEAD"), source.rev("main"));
    source.run(&format!("push --quiet --mirror {url}")).ok();
    git.run(&format!("clone --quiet --mirror {url} mirror")).ok();
    assert_same(&git.in_dir("mirror"), &source);

    // Direct uploads, jobs that git asks for, and the sweep: what pack-indexer does, with its role.
    let large = with_helper(&git).init("large");
    always_direct(&large);
    for at in 0..12 {
        large.commit("file", format!("{at}"));
        large
            .run(&format!("push --quiet packhouse::{url} HEAD:refs/heads/large"))
            .ok();
    }
    let indexer = &deployment.functions["pack-indexer"];
    indexer.invoke(br#"{"sweep":{}}"#).expect("it sweeps");
    let found = deployment
        .boto3()
        .call("GetRepository", &json!({ "repositoryName": "deployed" }));
    let job = json!({ "compact": found.expect("it is there")["repositoryMetadata"]["repositoryId"] });
    indexer.invoke(job.to_string().as_bytes()).expect("it compacts");
    git.run(&format!("clone --quiet --branch large {url} merged")).ok();
    assert_eq!(git.in_dir("merged").rev("HEAD"), large.rev("HEAD"));
    let log = deployment.log();
    assert!(!log.contains("AccessDenied"), "{log}");

    let events = relayed(&deployment, &listener, &cloud);
    assert!(
        events
            .iter()
            .any(|event| event["detail"]["referenceFullName"] == "refs/heads/main"),
        "{events:?}"
    );

    triggers::tell(&deployment, &source, (&url, "deployed"));
    let work = git.in_dir("copy");
    notifications::tell(&deployment, &work, (&url, "deployed"));
    relayed(&deployment, &listener, &cloud);
    notifications::tell_within_policy(&deployment, &work, (&url, "deployed"), || {
        relayed(&deployment, &listener, &cloud)
    });
    relays_within_its_policy(&stack, &deployment, &source, &url);
    dispatches_within_its_policy(&deployment, &source, &url);
    forbidden(&stack);
}

/// The relay once more, without the stream, as a process whose policy is enforced to the item.
fn relays_within_its_policy(stack: &Stack, deployment: &Deployment, source: &Git, url: &str) {
    let stream = json!({ "UUID": stack.resources["EventRelayStream"], "Enabled": false });
    let disabled = stack.client("lambda").call("UpdateEventSourceMapping", &stream);
    disabled.expect("the stack has the mapping");
    source
        .run(&format!("push --quiet {url} main:refs/heads/once-more"))
        .ok();
    let outbox = deployment.outbox();
    assert_eq!(outbox.len(), 1);
    let relay = &deployment.functions["event-relay"];
    relay.invoke(batch(&outbox).to_string().as_bytes()).expect("it relays");
    relay.invoke(br#"{"sweep":true}"#).expect("it sweeps");
    let log = relay.log();
    assert!(deployment.outbox().is_empty(), "{log}");
    assert!(!log.contains("AccessDenied"), "{log}");
}

/// Triggers once more, without the bus, as processes whose policies are enforced to the item; and what cannot be told.
fn dispatches_within_its_policy(deployment: &Deployment, source: &Git, url: &str) {
    let topic = triggers::Topic::new(&deployment.store, "dispatched");
    let trigger = json!([{ "name": "on-push", "destinationArn": topic.arn, "branches": [], "events": ["all"] }]);
    let input = json!({ "repositoryName": "deployed", "triggers": trigger });
    let api = deployment.boto3();
    let tested = api.call("TestRepositoryTriggers", &input).expect("it tests");
    assert_eq!(tested["successfulExecutions"], json!(["on-push"]), "{tested}");
    assert_eq!(topic.next().1["Records"][0]["eventName"], "TriggerEventTest");
    triggers::put(deployment, "deployed", &trigger);
    source
        .run(&format!("push --quiet {url} main:refs/heads/dispatched"))
        .ok();
    let found = api.call("GetRepository", &json!({ "repositoryName": "deployed" }));
    let id = found.expect("it is there")["repositoryMetadata"]["repositoryId"].take();
    let dispatcher = &deployment.functions["trigger-dispatcher"];
    let event = json!({
        "detail-type": "CodeCommit Repository State Change", "time": "2026-03-04T05:06:07Z", "resources": [],
        "detail": { "repositoryId": id, "eventId": "1" },
    });
    let answer = dispatcher.invoke(event.to_string().as_bytes()).expect("it tells");
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    let log = dispatcher.log();
    assert_eq!(
        answer,
        json!({ "told": 1, "left": 0, "failed": 0, "cutShort": false }),
        "{log}"
    );
    let record = &topic.next().1["Records"][0];
    assert_eq!(record["codecommit"]["references"][0]["ref"], "refs/heads/dispatched");
    dispatcher.invoke(br#"{"sweep":true}"#).expect("it sweeps");
    let log = dispatcher.log();
    assert!(!log.contains("AccessDenied"), "{log}");

    let unreadable = json!({ "pk": { "S": "OUTBOX#8" }, "sk": { "S": "N#x#00000000000000000001" },
        "v": { "N": "1" }, "b": { "B": { "base64": "eyJzY2hlbWEiOjF9" } } });
    let put = json!({ "TableName": deployment.store.table, "Item": unreadable });
    let dynamo = deployment.store.client("dynamodb");
    dynamo.call("PutItem", &put).expect("the table is there");
    let (relay, outbox) = (&deployment.functions["event-relay"], deployment.outbox());
    relay.invoke(batch(&outbox).to_string().as_bytes()).expect("it relays");
    assert!(deployment.outbox().is_empty(), "{}", relay.log());
    let letters = json!({ "TableName": deployment.store.table, "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": { ":pk": { "S": "DEADLETTERS" } } });
    let letters = dynamo.call("Query", &letters).expect("the table is there");
    assert_eq!(letters["Items"][0]["sk"]["S"], "x/1", "{letters}");
}

/// The events of all that was pushed: the stream woke the relay, which runs in the emulator with the role of the stack.
pub(super) fn relayed(deployment: &Deployment, listener: &Listener<'_>, cloud: &Cloud) -> Vec<Value> {
    let until = Instant::now() + Duration::from_secs(60);
    let mut events = listener.received();
    while !deployment.outbox().is_empty() && Instant::now() < until {
        events.extend(listener.received());
    }
    events.extend(listener.received());
    assert!(
        deployment.outbox().is_empty(),
        "the relay left something:\n{}",
        cloud.log()
    );
    events
}

/// What no function may do: read another parameter, and what is another function's alone.
fn forbidden(stack: &Stack) {
    let key = json!({ "Name": stack.output("MasterKeyParameterName"), "WithDecryption": true });
    let calls = [
        ("git", "ssm", "GetParameter", key.clone()),
        ("event-relay", "ssm", "GetParameter", key.clone()),
        (
            "authorizer",
            "dynamodb",
            "Scan",
            json!({ "TableName": stack.output("TableName") }),
        ),
        (
            "authorizer",
            "s3",
            "ListObjectsV2",
            json!({ "Bucket": stack.output("BucketName") }),
        ),
        (
            "api",
            "ssm",
            "GetParameter",
            json!({ "Name": "/other", "WithDecryption": true }),
        ),
        (
            "git",
            "events",
            "PutEvents",
            json!({ "Entries": [{ "Source": "x", "DetailType": "y", "Detail": "{}" }] }),
        ),
        (
            "event-relay",
            "s3",
            "DeleteObject",
            json!({ "Bucket": stack.output("BucketName"), "Key": "repos/1/packs/1.pack" }),
        ),
        (
            "trigger-dispatcher",
            "lambda",
            "Invoke",
            json!({ "FunctionName": "packhouse-event-relay", "Payload": { "base64": "e30=" } }),
        ),
        (
            "trigger-dispatcher",
            "events",
            "PutEvents",
            json!({ "Entries": [{ "Source": "x", "DetailType": "y", "Detail": "{}" }] }),
        ),
    ];
    for (function, service, operation, parameters) in calls {
        let refused = Boto3::of(service, stack.variables_of(function)).call(operation, &parameters);
        let code = refused.expect_err("the role does not allow it").code;
        assert!(
            code.contains("AccessDenied"),
            "{function} {service} {operation}: {code}"
        );
    }
    let allowed = Boto3::of("ssm", stack.variables_of("authorizer")).call("GetParameter", &key);
    allowed.expect("the authorizer reads the master key");
}
