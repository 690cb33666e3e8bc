//! What topics get.

use packhouse_harness::{
    Boto3, Git, Server,
    emulators::{Cloud, root_variables},
};
use serde_json::{Value, json};

use super::{client, id, repository, text};

/// A queue that has all that a topic gets.
struct Queue {
    topic: String,
    sqs: Boto3,
    url: Value,
}

impl Queue {
    fn new(name: &str) -> Self {
        let of = |service: &str| {
            let mut variables = root_variables();
            variables.push(("AWS_ENDPOINT_URL".to_owned(), Cloud::shared().url()));
            Boto3::of(service, variables)
        };
        let (sns, sqs) = (of("sns"), of("sqs"));
        let topic = sns
            .call("CreateTopic", &json!({ "Name": name }))
            .expect("a topic can be made");
        let topic = text(&topic["TopicArn"]);
        let url = sqs
            .call("CreateQueue", &json!({ "QueueName": name }))
            .expect("a queue can be made")["QueueUrl"]
            .take();
        let endpoint = format!("arn:aws:sqs:us-east-1:000000000000:{name}");
        let subscription = json!({ "TopicArn": topic, "Protocol": "sqs", "Endpoint": endpoint });
        sns.call("Subscribe", &subscription).expect("a queue can subscribe");
        Self { topic, sqs, url }
    }

    /// The next message, which has no subject.
    fn next(&self) -> Value {
        let receive = json!({ "QueueUrl": self.url, "WaitTimeSeconds": 15, "MaxNumberOfMessages": 1 });
        let got = self.sqs.call("ReceiveMessage", &receive).expect("the queue is there");
        let message = &got["Messages"][0];
        let delete = json!({ "QueueUrl": self.url, "ReceiptHandle": message["ReceiptHandle"] });
        let body = message["Body"]
            .as_str()
            .unwrap_or_else(|| panic!("no message came: {got}"));
        let envelope: Value = serde_json::from_str(body).expect("an envelope");
        assert_eq!(envelope.get("Subject").filter(|subject| !subject.is_null()), None);
        self.sqs.call("DeleteMessage", &delete).expect("it was received");
        serde_json::from_str(envelope["Message"].as_str().expect("a message")).expect("JSON")
    }
}

/// A server whose rule `whole` tells a queue of what happens to a repository.
struct Story {
    server: Server,
    queue: Queue,
    work: Git,
    /// The commit that the repository had before the rule.
    base: String,
    resource: String,
    rule: Value,
}

const NAME: &str = "notified-whole";

impl Story {
    fn start() -> Self {
        let queue = Queue::new(NAME);
        // On AWS no part of this process delivers.
        let server = Server::start_embedded(&["--deliver-to", &Cloud::shared().url()]);
        let resource = repository(&server, NAME);
        let git = Git::newest();
        git.log_in(&server);
        let work = git.init("work");
        let base = work.commit("a", "1\n2\n");
        work.run(&format!("push --quiet {} main", server.url(NAME))).ok();
        let events = [
            "branches-and-tags-created",
            "pull-request-created",
            "comments-on-pull-requests",
        ];
        let rule = json!({
            "Name": "whole", "EventTypeIds": events.map(id), "Resource": resource, "DetailType": "FULL",
            "Targets": [{ "TargetType": "SNS", "TargetAddress": queue.topic }],
        });
        let mut made = client(&server)
            .call("CreateNotificationRule", &rule)
            .expect("it is a rule");
        Self {
            server,
            queue,
            work,
            base,
            resource,
            rule: made["Arn"].take(),
        }
    }

    fn api(&self, operation: &str, input: &Value) -> Value {
        self.server.boto3().call(operation, input).expect("it succeeds")
    }

    /// Fails unless a message is that and nothing else, at some time.
    #[track_caller]
    fn check(&self, message: &Value, kind: &str, (detail, attributes): (&Value, &Value)) {
        let expect = json!({
            "account": "000000000000", "region": "us-east-1", "source": "aws.codecommit", "resources": [self.resource],
            "notificationRuleArn": self.rule, "detailType": kind, "time": message["time"], "detail": detail,
            "additionalAttributes": attributes,
        });
        assert_eq!(*message, expect);
        assert!(
            message["time"].as_str().is_some_and(|time| time.ends_with('Z')),
            "{message}"
        );
    }
}

#[test]
fn a_push_a_pull_request_and_a_comment_reach_the_topic_whole() {
    let story = Story::start();
    let (queue, work, base) = (&story.queue, &story.work, &story.base);
    work.run("switch --quiet --create next").ok();
    let tip = work.commit("a", "1\n3\n");
    work.run(&format!("push --quiet {} next", story.server.url(NAME))).ok();
    let got = story.api("GetRepository", &json!({ "repositoryName": NAME }));
    let repository_id = text(&got["repositoryMetadata"]["repositoryId"]);
    let message = queue.next();
    let caller = &message["detail"]["callerUserArn"];
    let detail = json!({
        "event": "referenceCreated", "repositoryName": NAME, "repositoryId": repository_id,
        "referenceType": "branch", "referenceName": "next", "referenceFullName": "refs/heads/next", "commitId": tip,
        "callerUserArn": caller,
    });
    assert!(
        caller
            .as_str()
            .is_some_and(|arn| arn.starts_with("arn:aws:iam::000000000000:")),
        "{caller}"
    );
    story.check(&message, "CodeCommit Repository State Change", (&detail, &json!({})));

    let targets = json!([{ "repositoryName": NAME, "sourceReference": "next", "destinationReference": "main" }]);
    let made = story.api("CreatePullRequest", &json!({ "title": "t", "targets": targets }));
    let pull_request = text(&made["pullRequest"]["pullRequestId"]);
    let message = queue.next();
    let detail = json!({
        "event": "pullRequestCreated", "pullRequestId": pull_request, "repositoryNames": [NAME], "title": "t",
        "author": caller, "callerUserArn": caller, "pullRequestStatus": "Open", "isMerged": "False",
        "creationDate": message["detail"]["creationDate"], "lastModifiedDate": message["detail"]["lastModifiedDate"],
        "sourceReference": "refs/heads/next", "sourceCommit": tip, "destinationReference": "refs/heads/main",
        "destinationCommit": base, "revisionId": made["pullRequest"]["revisionId"],
        "notificationBody": message["detail"]["notificationBody"],
    });
    let files = json!({
        "numberOfFilesAdded": "0", "numberOfFilesDeleted": "0", "numberOfFilesModified": "1",
        "changedFiles": [{ "changeType": "M", "filePath": "a" }],
    });
    story.check(&message, "CodeCommit Pull Request State Change", (&detail, &files));

    let comment = json!({
        "pullRequestId": pull_request, "repositoryName": NAME, "beforeCommitId": base, "afterCommitId": tip,
        "location": { "filePath": "a", "filePosition": 2, "relativeFileVersion": "AFTER" }, "content": "why \"3\"?",
    });
    let made = story.api("PostCommentForPullRequest", &comment);
    let message = queue.next();
    let detail = json!({
        "event": "commentOnPullRequestCreated", "pullRequestId": pull_request, "repositoryName": NAME,
        "repositoryId": repository_id, "commentId": made["comment"]["commentId"], "beforeCommitId": base,
        "afterCommitId": tip, "callerUserArn": caller, "notificationBody": message["detail"]["notificationBody"],
    });
    let said = json!({
        "commentedLine": "3", "commentedLineNumber": "2", "filePath": "a", "resourceArn": story.resource,
        "comments": [{ "authorArn": caller, "commentText": "why \"3\"?" }],
    });
    story.check(&message, "CodeCommit Comment on Pull Request", (&detail, &said));
}
