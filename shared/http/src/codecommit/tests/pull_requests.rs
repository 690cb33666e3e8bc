//! The operations on pull requests.

use serde_json::{Value, json};

use super::pushed::{commit, pull_request};
use crate::aws_json::testing::server;

#[tokio::test]
async fn a_pull_request_lives_from_creation_to_its_merge() {
    let server = server().await;
    server.call("CreateRepository", r#"{"repositoryName":"w"}"#).await;
    let (main, topic) = pull_request(&server, "w").await;
    let (main, topic) = (main.to_string(), topic);
    let got = server.call("GetPullRequest", r#"{"pullRequestId":"1"}"#).await.body;
    let shown = &got["pullRequest"];
    let target = json!({
        "repositoryName": "w",
        "sourceReference": "refs/heads/topic",
        "destinationReference": "refs/heads/main",
        "sourceCommit": topic.to_string(),
        "destinationCommit": main,
        "mergeBase": main,
        "mergeMetadata": { "isMerged": false },
    });
    assert_eq!(shown["pullRequestTargets"], json!([target]));
    assert_eq!(
        (&shown["title"], &shown["pullRequestStatus"]),
        (&json!("Title"), &json!("OPEN"))
    );
    assert!(shown["creationDate"].is_f64() && shown["lastActivityDate"].is_f64());
    assert_eq!(shown.get("description"), None);
    assert_eq!(shown["revisionId"].as_str().map(str::len), Some(64));

    let title = server
        .call("UpdatePullRequestTitle", r#"{"pullRequestId":"1","title":"Other"}"#)
        .await;
    assert_eq!(title.body["pullRequest"]["title"], "Other");
    let described = r#"{"pullRequestId":"1","description":"why"}"#;
    let described = server.call("UpdatePullRequestDescription", described).await;
    assert_eq!(described.body["pullRequest"]["description"], "why");
    let same = server
        .call(
            "UpdatePullRequestStatus",
            r#"{"pullRequestId":"1","pullRequestStatus":"OPEN"}"#,
        )
        .await;
    assert_eq!(same.body, described.body);

    let more = commit(&server, "w", "topic", (&[topic], "more")).await.to_string();
    let moved = server.call("GetPullRequest", r#"{"pullRequestId":"1"}"#).await.body;
    assert_eq!(moved["pullRequest"]["pullRequestTargets"][0]["sourceCommit"], more);
    assert_ne!(moved["pullRequest"]["revisionId"], shown["revisionId"]);

    let listed = server
        .call(
            "ListPullRequests",
            r#"{"repositoryName":"w","pullRequestStatus":"OPEN"}"#,
        )
        .await;
    assert_eq!(listed.body, json!({ "pullRequestIds": ["1"] }));
    let merge = json!({ "pullRequestId": "1", "repositoryName": "w", "sourceCommitId": more }).to_string();
    let merged = server.call("MergePullRequestByFastForward", &merge).await.body;
    assert_eq!(merged["pullRequest"]["pullRequestStatus"], "CLOSED");
    let how = &merged["pullRequest"]["pullRequestTargets"][0]["mergeMetadata"];
    assert_eq!(
        (&how["isMerged"], &how["mergeOption"]),
        (&json!(true), &json!("FAST_FORWARD_MERGE"))
    );
    assert_eq!(how.get("mergeCommitId"), None);

    let events = server
        .call("DescribePullRequestEvents", r#"{"pullRequestId":"1"}"#)
        .await
        .body;
    let events = events["pullRequestEvents"].as_array().unwrap();
    let metadata: Vec<Value> = events.iter().map(metadata).collect();
    let expect = json!([
        { "pullRequestCreatedEventMetadata": {
            "repositoryName": "w", "sourceCommitId": topic.to_string(), "destinationCommitId": main, "mergeBase": main } },
        { "pullRequestSourceReferenceUpdatedEventMetadata": {
            "repositoryName": "w", "beforeCommitId": topic.to_string(), "afterCommitId": more, "mergeBase": main } },
        { "pullRequestMergedStateChangedEventMetadata": {
            "repositoryName": "w", "destinationReference": "refs/heads/main", "mergeMetadata": how } },
    ]);
    assert_eq!(json!(metadata), expect);
    assert_eq!(events[1]["actorArn"], "arn:aws:iam::000000000000:user/pusher");
}

/// What of an event is not the same for all types.
fn metadata(event: &Value) -> Value {
    let mut event = event.clone();
    let members = event.as_object_mut().unwrap();
    for common in ["pullRequestId", "eventDate", "pullRequestEventType", "actorArn"] {
        assert!(members.remove(common).is_some(), "{common}");
    }
    event
}

/// Operation, input, and the exception that it gets where pull request 1 is all there is.
const REFUSALS: &[(&str, &str, &str)] = &[
    ("GetPullRequest", "{}", "PullRequestIdRequiredException"),
    (
        "GetPullRequest",
        r#"{"pullRequestId":""}"#,
        "PullRequestIdRequiredException",
    ),
    (
        "GetPullRequest",
        r#"{"pullRequestId":"x"}"#,
        "InvalidPullRequestIdException",
    ),
    (
        "GetPullRequest",
        r#"{"pullRequestId":"2"}"#,
        "PullRequestDoesNotExistException",
    ),
    (
        "UpdatePullRequestTitle",
        r#"{"pullRequestId":"1"}"#,
        "TitleRequiredException",
    ),
    (
        "UpdatePullRequestTitle",
        r#"{"pullRequestId":"1","title":""}"#,
        "TitleRequiredException",
    ),
    (
        "UpdatePullRequestDescription",
        r#"{"pullRequestId":"1"}"#,
        "InvalidDescriptionException",
    ),
    (
        "UpdatePullRequestStatus",
        r#"{"pullRequestId":"1"}"#,
        "PullRequestStatusRequiredException",
    ),
    (
        "UpdatePullRequestStatus",
        r#"{"pullRequestId":"1","pullRequestStatus":"open"}"#,
        "InvalidPullRequestStatusException",
    ),
    ("ListPullRequests", "{}", "RepositoryNameRequiredException"),
    (
        "ListPullRequests",
        r#"{"repositoryName":"v"}"#,
        "RepositoryDoesNotExistException",
    ),
    (
        "ListPullRequests",
        r#"{"repositoryName":"w","pullRequestStatus":"MERGED"}"#,
        "InvalidPullRequestStatusException",
    ),
    (
        "ListPullRequests",
        r#"{"repositoryName":"w","maxResults":0}"#,
        "InvalidMaxResultsException",
    ),
    (
        "ListPullRequests",
        r#"{"repositoryName":"w","nextToken":"x"}"#,
        "InvalidContinuationTokenException",
    ),
    (
        "ListPullRequests",
        r#"{"repositoryName":"w","authorArn":"x"}"#,
        "InvalidAuthorArnException",
    ),
    (
        "ListPullRequests",
        r#"{"repositoryName":"w","authorArn":"arn:aws:iam::000000000000:user/x"}"#,
        "AuthorDoesNotExistException",
    ),
    (
        "DescribePullRequestEvents",
        r#"{"pullRequestId":"1","pullRequestEventType":"x"}"#,
        "InvalidPullRequestEventTypeException",
    ),
    (
        "DescribePullRequestEvents",
        r#"{"pullRequestId":"1","nextToken":"x"}"#,
        "InvalidContinuationTokenException",
    ),
    (
        "GetCommentsForPullRequest",
        r#"{"pullRequestId":""}"#,
        "PullRequestIdRequiredException",
    ),
    (
        "GetCommentsForPullRequest",
        r#"{"pullRequestId":"1","repositoryName":"v","beforeCommitId":"x","afterCommitId":"y"}"#,
        "RepositoryDoesNotExistException",
    ),
    (
        "PostCommentForPullRequest",
        r#"{"pullRequestId":""}"#,
        "PullRequestIdRequiredException",
    ),
    (
        "PostCommentForPullRequest",
        r#"{"pullRequestId":"1","repositoryName":"v","beforeCommitId":"x","afterCommitId":"y","content":"c"}"#,
        "RepositoryDoesNotExistException",
    ),
    (
        "MergePullRequestByFastForward",
        r#"{"pullRequestId":"1"}"#,
        "RepositoryNameRequiredException",
    ),
    (
        "MergePullRequestByFastForward",
        r#"{"pullRequestId":"1","repositoryName":"v"}"#,
        "RepositoryDoesNotExistException",
    ),
    (
        "MergePullRequestByFastForward",
        r#"{"pullRequestId":"1","repositoryName":"w","sourceCommitId":"x"}"#,
        "InvalidCommitIdException",
    ),
    ("CreatePullRequest", "{}", "TitleRequiredException"),
    ("CreatePullRequest", r#"{"title":""}"#, "TitleRequiredException"),
    ("CreatePullRequest", r#"{"title":"t"}"#, "TargetsRequiredException"),
    (
        "CreatePullRequest",
        r#"{"title":"t","targets":[]}"#,
        "TargetsRequiredException",
    ),
    (
        "CreatePullRequest",
        r#"{"title":"t","targets":[null]}"#,
        "TargetRequiredException",
    ),
    (
        "CreatePullRequest",
        r#"{"title":"t","targets":[{}]}"#,
        "RepositoryNameRequiredException",
    ),
    (
        "CreatePullRequest",
        r#"{"title":"t","targets":[{"repositoryName":"w"}]}"#,
        "ReferenceNameRequiredException",
    ),
    (
        "CreatePullRequest",
        r#"{"title":"t","targets":[{"repositoryName":"w"},{"repositoryName":"v"}]}"#,
        "MultipleRepositoriesInPullRequestException",
    ),
    (
        "CreatePullRequest",
        r#"{"title":"t","targets":[{"repositoryName":"w"},{"repositoryName":"w"}]}"#,
        "InvalidTargetsException",
    ),
    (
        "CreatePullRequest",
        r#"{"title":"t","clientRequestToken":"","targets":[{"repositoryName":"w","sourceReference":"topic"}]}"#,
        "InvalidClientRequestTokenException",
    ),
];

#[tokio::test]
async fn pull_requests_refuse_with_the_exceptions_of_the_model() {
    let server = server().await;
    server.call("CreateRepository", r#"{"repositoryName":"w"}"#).await;
    pull_request(&server, "w").await;
    for &(operation, input, exception) in REFUSALS {
        server.check(operation, input, exception).await;
    }
    let update = |member: &str, text: String| json!({ "pullRequestId": "1", member: text }).to_string();
    for (operation, member, most, exception) in [
        ("UpdatePullRequestTitle", "title", 150, "InvalidTitleException"),
        (
            "UpdatePullRequestDescription",
            "description",
            10_240,
            "InvalidDescriptionException",
        ),
    ] {
        let longest = update(member, "ä".repeat(most));
        assert_eq!(server.call(operation, &longest).await.status, 200);
        server
            .check(operation, &update(member, "ä".repeat(most + 1)), exception)
            .await;
    }
    let closed = r#"{"pullRequestId":"1","pullRequestStatus":"CLOSED"}"#;
    assert_eq!(server.call("UpdatePullRequestStatus", closed).await.status, 200);
    for (operation, input, exception) in [
        (
            "UpdatePullRequestStatus",
            r#"{"pullRequestId":"1","pullRequestStatus":"OPEN"}"#,
            "InvalidPullRequestStatusUpdateException",
        ),
        (
            "MergePullRequestByFastForward",
            r#"{"pullRequestId":"1","repositoryName":"w"}"#,
            "PullRequestAlreadyClosedException",
        ),
    ] {
        server.check(operation, input, exception).await;
    }
}
