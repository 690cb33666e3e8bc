//! `PostCommentForPullRequest`.

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::pull_request::{ADMIN, Asked, check_ids, somebody, succeed};
use super::{NOWHERE, check_names, check_refusals, text, with};

fn good(asked: &Asked, more: &Value) -> Value {
    let input = json!({
        "repositoryName": asked.repository, "beforeCommitId": asked.main, "afterCommitId": asked.topic, "content": "why?",
    });
    with(&asked.input(&input), more)
}

#[test]
fn a_comment_is_about_all_of_a_pull_request_or_a_file_or_a_line() {
    let asked = Asked::new("pr-commented");
    let general = good(&asked, &json!({ "clientRequestToken": "pr-commented" }));
    let made = succeed("PostCommentForPullRequest", &general);
    let comment = &made["comment"];
    let date = comment["creationDate"].as_f64().expect("a time");
    let expected = json!({
        "repositoryName": "pr-commented",
        "pullRequestId": asked.id,
        "beforeCommitId": asked.main,
        "afterCommitId": asked.topic,
        "comment": {
            "commentId": text(&comment["commentId"]),
            "content": "why?",
            "creationDate": date,
            "lastModifiedDate": date,
            "authorArn": ADMIN,
            "deleted": false,
            "clientRequestToken": "pr-commented",
            "callerReactions": [],
            "reactionCounts": {},
        },
    });
    assert_eq!(made, expected);
    let blob = |commit: &str| {
        let file = json!({ "repositoryName": "pr-commented", "filePath": "a", "commitSpecifier": commit });
        succeed("GetFile", &file)["blobId"].clone()
    };
    for location in [
        json!({ "filePath": "a", "filePosition": 4, "relativeFileVersion": "AFTER" }),
        json!({ "filePath": "a", "filePosition": 3, "relativeFileVersion": "BEFORE" }),
        json!({ "filePath": "a", "relativeFileVersion": "AFTER" }),
    ] {
        let made = succeed(
            "PostCommentForPullRequest",
            &good(&asked, &json!({ "location": location })),
        );
        assert_eq!(made["location"], location);
        assert_eq!(
            (&made["beforeBlobId"], &made["afterBlobId"]),
            (&blob(&asked.main), &blob(&asked.topic))
        );
    }
    // Comments are no events of a pull request, and go on when it is closed.
    let events = asked.call("DescribePullRequestEvents", &json!({}));
    assert_eq!(events["pullRequestEvents"].as_array().map(Vec::len), Some(1));
    asked.close();
    succeed("PostCommentForPullRequest", &good(&asked, &json!({})));
}

#[test]
fn the_same_comment_with_the_same_token_is_made_once() {
    let asked = Asked::new("pr-comment-once");
    let input = good(&asked, &json!({ "clientRequestToken": "pr-comment-once" }));
    let made = succeed("PostCommentForPullRequest", &input);
    assert_eq!(succeed("PostCommentForPullRequest", &input), made);
    let place = json!({ "filePath": "a" });
    check_refusals(
        "PostCommentForPullRequest",
        &input,
        &[
            (json!({ "content": "other" }), "IdempotencyParameterMismatchException"),
            (json!({ "location": place }), "IdempotencyParameterMismatchException"),
            (
                json!({ "beforeCommitId": asked.topic, "afterCommitId": asked.main }),
                "IdempotencyParameterMismatchException",
            ),
            (
                json!({ "clientRequestToken": "" }),
                "InvalidClientRequestTokenException",
            ),
            (
                json!({ "clientRequestToken": "t".repeat(65) }),
                "InvalidClientRequestTokenException",
            ),
        ],
    );
    let bob = somebody("pr-comment-once-bob");
    let his = bob
        .call("PostCommentForPullRequest", &input)
        .expect("the token is new to him");
    assert_ne!(his["comment"]["commentId"], made["comment"]["commentId"]);
}

#[test]
fn what_cannot_be_commented_is_refused() {
    let asked = Asked::new("pr-uncommented");
    succeed("CreateRepository", &json!({ "repositoryName": "pr-uncommented-too" }));
    let at = |path: Value, position: Value, version: Value| json!({ "location": { "filePath": path, "filePosition": position, "relativeFileVersion": version } });
    let whole = good(&asked, &json!({}));
    check_refusals(
        "PostCommentForPullRequest",
        &whole,
        &[
            (
                json!({ "repositoryName": "pr-uncommented-too" }),
                "RepositoryNotAssociatedWithPullRequestException",
            ),
            (json!({ "content": null }), "CommentContentRequiredException"),
            (json!({ "content": "" }), "CommentContentRequiredException"),
            (
                json!({ "content": "é".repeat(10_241) }),
                "CommentContentSizeLimitExceededException",
            ),
            (json!({ "beforeCommitId": null }), "CommitIdRequiredException"),
            (json!({ "afterCommitId": null }), "CommitIdRequiredException"),
            (json!({ "beforeCommitId": "main" }), "InvalidCommitIdException"),
            (
                json!({ "afterCommitId": asked.topic[..39] }),
                "InvalidCommitIdException",
            ),
            (json!({ "beforeCommitId": NOWHERE }), "CommitDoesNotExistException"),
            (json!({ "afterCommitId": NOWHERE }), "CommitDoesNotExistException"),
            (
                json!({ "beforeCommitId": asked.topic }),
                "BeforeCommitIdAndAfterCommitIdAreSameException",
            ),
            (at(json!(null), json!(1), json!("AFTER")), "PathRequiredException"),
            (at(json!("a//b"), json!(1), json!("AFTER")), "InvalidPathException"),
            (
                at(json!("absent"), json!(1), json!("AFTER")),
                "PathDoesNotExistException",
            ),
            (at(json!("a"), json!(5), json!("AFTER")), "InvalidFilePositionException"),
            (
                at(json!("a"), json!(4), json!("BEFORE")),
                "InvalidFilePositionException",
            ),
            (at(json!("a"), json!(0), json!("AFTER")), "InvalidFilePositionException"),
            (
                at(json!("a"), json!(-1), json!("AFTER")),
                "InvalidFilePositionException",
            ),
            (
                at(json!("a"), json!(1), json!("NOW")),
                "InvalidRelativeFileVersionEnumException",
            ),
        ],
    );
    let without = |member: &str| {
        let mut rest = whole.clone();
        rest.as_object_mut().expect("an object").remove(member);
        rest
    };
    check_ids("PostCommentForPullRequest", &without("pullRequestId"));
    let names = without("repositoryName");
    check_names("PostCommentForPullRequest", "repositoryName", &names);
    let longest = json!({ "content": "é".repeat(10_240) });
    succeed("PostCommentForPullRequest", &with(&whole, &longest));
}

#[test]
fn the_cli_talks_about_a_pull_request() {
    let asked = Asked::new("pr-comment-cli");
    let aws = Aws::of(Server::shared());
    let made = aws.codecommit(&format!(
        "post-comment-for-pull-request --pull-request-id {} --repository-name pr-comment-cli --content why \
         --before-commit-id {} --after-commit-id {} --location filePath=a,filePosition=4,relativeFileVersion=AFTER",
        asked.id, asked.main, asked.topic
    ));
    let id = text(&made["comment"]["commentId"]);
    let reply = aws.codecommit(&format!("post-comment-reply --in-reply-to {id} --content because"));
    assert_eq!(reply["comment"]["inReplyTo"], id);
    aws.codecommit(&format!(
        "put-comment-reaction --comment-id {id} --reaction-value :thumbsup:"
    ));
    let reactions = aws.codecommit(&format!("get-comment-reactions --comment-id {id}"));
    assert_eq!(reactions["reactionsForComment"][0]["reactionUsers"], json!([ADMIN]));
    aws.codecommit(&format!("update-comment --comment-id {id} --content how"));
    let told = aws.codecommit(&format!("get-comments-for-pull-request --pull-request-id {}", asked.id));
    let comments = &told["commentsForPullRequestData"][0]["comments"];
    assert_eq!(
        (
            &comments[0]["content"],
            &comments[0]["reactionCounts"],
            &comments[1]["content"]
        ),
        (&json!("how"), &json!({ "THUMBSUP": 1 }), &json!("because"))
    );
    let deleted = aws.codecommit(&format!("delete-comment-content --comment-id {id}"));
    assert_eq!(deleted["comment"]["deleted"], true);
}
