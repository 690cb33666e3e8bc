//! From a push, a pull request and a comment to the topics of notification rules.

use std::time::{Duration, Instant};

use packhouse_harness::{
    Aws, Git,
    deployment::{Deployment, DeploymentOptions},
    emulators::AwsStore,
};
use serde_json::{Value, json};

use super::{
    events::{Listener, batch},
    log_in,
    triggers::Topic,
};
use crate::notifications::id;

/// What the rules here ask for.
const EVENTS: [&str; 4] = [
    "branches-and-tags-created",
    "pull-request-created",
    "comments-on-pull-requests",
    "comments-on-commits",
];

/// Makes a rule by the stock client, through the gateway; its ARN.
fn make_rule(deployment: &Deployment, (name, repository): (&str, &str), topic: &str) -> String {
    let events = EVENTS.map(id).join(" ");
    let made = notifications(
        deployment,
        &format!(
            "create-notification-rule --name {name} --event-type-ids {events} --detail-type FULL \
             --resource arn:aws:codecommit:us-east-1:000000000000:{repository} \
             --targets TargetType=SNS,TargetAddress={topic}"
        ),
    );
    made["Arn"].as_str().expect("a rule has an ARN").to_owned()
}

fn notifications(deployment: &Deployment, arguments: &str) -> Value {
    Aws::by(deployment.credentials()).service("codestar-notifications", arguments)
}

#[test]
fn rules_are_managed_through_the_gateway_with_and_without_a_stage() {
    let on_domain = DeploymentOptions {
        custom_domain: true,
        ..DeploymentOptions::default()
    };
    let on_domain = Deployment::start_with(AwsStore::fresh(), &on_domain);
    for deployment in [super::shared(), &on_domain] {
        let name = "managed";
        deployment.create_repository(name);
        let arn = make_rule(deployment, (name, name), "arn:aws:sns:us-east-1:000000000000:managed");
        let call = |arguments: &str| notifications(deployment, arguments);
        call(&format!("tag-resource --arn {arn} --tags a=1,b=2,c=3"));
        // The ARN is in the path, and the keys are in the query.
        call(&format!("untag-resource --arn {arn} --tag-keys a c"));
        let rule = call(&format!("describe-notification-rule --arn {arn}"));
        assert_eq!((&rule["Name"], &rule["Tags"]), (&json!(name), &json!({ "b": "2" })));
        call(&format!("delete-notification-rule --arn {arn}"));
        let listed = call("list-notification-rules");
        assert!(!listed.to_string().contains(&arn), "{listed}");
    }
}

/// What happens in a story: a branch, a pull request, and a comment on each of it and its commit.
struct Story {
    tip: String,
    base: String,
}

impl Story {
    fn happen(deployment: &Deployment, source: &Git, (url, repository): (&str, &str), branch: &str) -> Self {
        let base = source.rev("main");
        source.run(&format!("switch --quiet --create {branch} main")).ok();
        let tip = source.commit("told", "1\n2\n");
        source.run(&format!("push --quiet {url} {branch}")).ok();
        let api = deployment.boto3();
        let call = |operation: &str, input: Value| api.call(operation, &input).expect(operation);
        let targets =
            json!([{ "repositoryName": repository, "sourceReference": branch, "destinationReference": "main" }]);
        let made = call("CreatePullRequest", json!({ "title": "t", "targets": targets }));
        let place = json!({ "filePath": "told", "filePosition": 2, "relativeFileVersion": "AFTER" });
        call(
            "PostCommentForPullRequest",
            json!({
                "pullRequestId": made["pullRequest"]["pullRequestId"], "repositoryName": repository,
                "beforeCommitId": base, "afterCommitId": tip, "location": place, "content": "why?",
            }),
        );
        call(
            "PostCommentForComparedCommit",
            json!({ "repositoryName": repository, "beforeCommitId": base, "afterCommitId": tip, "content": "and here?" }),
        );
        Self { tip, base }
    }

    /// Fails the test unless the topic has been told all of it whole, each once, in some order.
    fn check(&self, rule: &str, topic: &Topic<'_>, branch: &str) {
        let told = [(); 4].map(|()| topic.next());
        let of = |event: &str| {
            let found = told.iter().find(|(_, message)| message["detail"]["event"] == event);
            let (subject, message) = found.expect(event);
            assert_eq!(
                (subject, &message["notificationRuleArn"], &message["source"]),
                (&Value::Null, &json!(rule), &json!("aws.codecommit"))
            );
            assert_eq!(message["detail"].get("eventId"), None, "{message}");
            message
        };
        let push = of("referenceCreated");
        assert_eq!(push["detail"]["referenceFullName"], format!("refs/heads/{branch}"));
        assert_eq!(
            (&push["detail"]["commitId"], &push["additionalAttributes"]),
            (&json!(self.tip), &json!({}))
        );
        let made = of("pullRequestCreated");
        assert_eq!(made["detail"]["destinationCommit"], self.base);
        assert_eq!(
            made["additionalAttributes"],
            json!({
                "numberOfFilesAdded": "1", "numberOfFilesDeleted": "0", "numberOfFilesModified": "0",
                "changedFiles": [{ "changeType": "A", "filePath": "told" }],
            })
        );
        let said = &of("commentOnPullRequestCreated")["additionalAttributes"];
        assert_eq!(
            (&said["commentedLine"], &said["comments"][0]["commentText"]),
            (&json!("2"), &json!("why?"))
        );
        let said = &of("commentOnCommitCreated")["additionalAttributes"];
        assert_eq!(said["comments"][0]["commentText"], "and here?");
    }
}

/// In a deployed stack, whose stream, bus and functions the emulator connects.
pub(super) fn tell(deployment: &Deployment, source: &Git, (url, repository): (&str, &str)) {
    let topic = Topic::new(&deployment.store, "notified");
    let rule = make_rule(deployment, ("notified", repository), &topic.arn);
    let story = Story::happen(deployment, source, (url, repository), "notified");
    story.check(&rule, &topic, "notified");
    notifications(deployment, &format!("delete-notification-rule --arn {rule}"));
}

/// The same once more, without the emulator's bus, by a process whose policy is enforced to the item.
pub(super) fn tell_within_policy(
    deployment: &Deployment,
    source: &Git,
    (url, repository): (&str, &str),
    relayed: impl FnOnce() -> Vec<Value>,
) {
    let story = Story::happen(deployment, source, (url, repository), "alone");
    let events = relayed();
    // Nobody asked for it while the bus had it.
    let topic = Topic::new(&deployment.store, "alone");
    let rule = make_rule(deployment, ("alone", repository), &topic.arn);
    let dispatcher = &deployment.functions["trigger-dispatcher"];
    for event in &events {
        dispatcher.invoke(event.to_string().as_bytes()).expect("it tells");
    }
    story.check(&rule, &topic, "alone");
    assert!(topic.is_empty());
    dispatcher.invoke(br#"{"sweep":true}"#).expect("it sweeps");
    let log = dispatcher.log();
    assert!(!log.contains("AccessDenied"), "{log}");
}

#[test]
fn what_a_missing_topic_was_not_told_is_told_by_the_sweep() {
    let deployment = Deployment::start();
    let (repository, bus) = ("notified-late", deployment.bus());
    let listener = Listener::to(
        &deployment,
        &format!("{bus}-all"),
        &json!({ "source": ["packhouse.codecommit"] }),
    );
    let git = Git::newest();
    log_in(&git, &deployment);
    let url = deployment.create_repository(repository);
    let topic = Topic::new(&deployment.store, &format!("{bus}-there"));
    let rule = make_rule(&deployment, (repository, repository), &topic.arn);
    let missing = format!("{}-missing", topic.arn);
    notifications(
        &deployment,
        &format!("subscribe --arn {rule} --target TargetType=SNS,TargetAddress={missing}"),
    );
    let work = git.init("work");
    work.commit("file", "1");
    work.run(&format!("push --quiet {url} main")).ok();
    let relay = &deployment.functions["event-relay"];
    let outbox = deployment.outbox();
    relay.invoke(batch(&outbox).to_string().as_bytes()).expect("it relays");
    let dispatcher = &deployment.functions["trigger-dispatcher"];
    for event in listener.received() {
        let answer = dispatcher
            .invoke(event.to_string().as_bytes())
            .expect("that is no failure");
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(
            answer,
            json!({ "told": 1, "left": 1, "failed": 0, "cutShort": false }),
            "{}",
            dispatcher.log()
        );
    }
    assert_eq!(topic.next().1["detail"]["event"], "referenceCreated");
    let described = notifications(&deployment, &format!("describe-notification-rule --arn {rule}"));
    let status = |address: &str| {
        let targets = described["Targets"].as_array().expect("a list");
        let found = targets.iter().find(|target| target["TargetAddress"] == address);
        found.map(|target| target["TargetStatus"].clone())
    };
    assert_eq!(
        (status(&topic.arn), status(&missing)),
        (Some(json!("ACTIVE")), Some(json!("UNREACHABLE")))
    );
    let name = missing.rsplit(':').next().expect("ARNs have parts");
    let mended = Topic::new(&deployment.store, name);
    let until = Instant::now() + Duration::from_secs(60);
    while mended.is_empty() {
        dispatcher.invoke(br#"{"sweep":true}"#).expect("it sweeps");
        assert!(Instant::now() < until, "{}", dispatcher.log());
    }
}
