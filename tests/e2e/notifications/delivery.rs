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

#[test]
fn a_push_a_pull_request_and_a_comment_reach_the_topic_whole() {
    let queue = Queue::new("notified-whole");
    // On AWS no part of this process delivers.
    let server = Server::start_embedded(&["--deliver-to", &Cloud::shared().url()]);
    let resource = repository(&server, "notified-whole");
    let git = Git::newest();
    git.log_in(&server);
    let work = git.init("work");
    let base = work.commit("a", "1\n2\n");
    work.run(&format!("push --quiet {} main", server.url("notified-whole")))
        .ok();
    let events = [
        "branches-and-tags-created",
        "pull-request-created",
        "comments-on-pull-requests",
    ]
    .map(id);
    let rule = json!({
        "Name": "whole", "EventTypeIds": events, "Resource": resource, "DetailType": "FULL",
        "Targets": [{ "TargetType": "SNS", "TargetAddress": queue.topic }],
    });
    let arn = client(&server)
        .call("CreateNotificationRule", &rule)
        .expect("it is a rule")["Arn"]
        .take();
    let whole = |message: &Value, kind: &str, detail: &Value, attributes: &Value| {
        let expect = json!({
            "account": "000000000000", "region": "us-east-1", "source": "aws.codecommit", "resources": [resource],
            "notificationRuleArn": arn, "detailType": kind, "time": message["time"], "detail": detail,
            "additionalAttributes": attributes,
        });
        assert_eq!(*message, expect);
        assert!(
            message["time"].as_str().is_some_and(|time| time.ends_with('Z')),
            "{message}"
        );
    };

    work.run("switch --quiet --create next").ok();
    let tip = work.commit("a", "1\n3\n");
    work.run(&format!("push --quiet {} next", server.url("notified-whole")))
        .ok();
    let api = |operation: &str, input: &Value| server.boto3().call(operation, input).expect("it succeeds");
    let got = api("GetRepository", &json!({ "repositoryName": "notified-whole" }));
    let repository_id = text(&got["repositoryMetadata"]["repositoryId"]);
    let message = queue.next();
    let caller = &message["detail"]["callerUserArn"];
    let detail = json!({
        "event": "referenceCreated", "repositoryName": "notified-whole", "repositoryId": repository_id,
        "referenceType": "branch", "referenceName": "next", "referenceFullName": "refs/heads/next", "commitId": tip,
        "callerUserArn": caller,
    });
    assert!(
        caller
            .as_str()
            .is_some_and(|arn| arn.starts_with("arn:aws:iam::000000000000:")),
        "{caller}"
    );
    whole(&message, "CodeCommit Repository State Change", &detail, &json!({}));

    let targets =
        json!([{ "repositoryName": "notified-whole", "sourceReference": "next", "destinationReference": "main" }]);
    let made = api("CreatePullRequest", &json!({ "title": "t", "targets": targets }));
    let pull_request = text(&made["pullRequest"]["pullRequestId"]);
    let message = queue.next();
    let detail = json!({
        "event": "pullRequestCreated", "pullRequestId": pull_request, "repositoryNames": ["notified-whole"], "title": "t",
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
    whole(&message, "CodeCommit Pull Request State Change", &detail, &files);

    let comment = json!({
        "pullRequestId": pull_request, "repositoryName": "notified-whole", "beforeCommitId": base, "afterCommitId": tip,
        "location": { "filePath": "a", "filePosition": 2, "relativeFileVersion": "AFTER" }, "content": "why \"3\"?",
    });
    let made = api("PostCommentForPullRequest", &comment);
    let message = queue.next();
    let detail = json!({
        "event": "commentOnPullRequestCreated", "pullRequestId": pull_request, "repositoryName": "notified-whole",
        "repositoryId": repository_id, "commentId": made["comment"]["commentId"], "beforeCommitId": base,
        "afterCommitId": tip, "callerUserArn": caller, "notificationBody": message["detail"]["notificationBody"],
    });
    let said = json!({
        "commentedLine": "3", "commentedLineNumber": "2", "filePath": "a", "resourceArn": resource,
        "comments": [{ "authorArn": caller, "commentText": "why \"3\"?" }],
    });
    whole(&message, "CodeCommit Comment on Pull Request", &detail, &said);
}
