//! `GetCommentsForPullRequest`.

use serde_json::{Value, json};

use super::comment::ids;
use super::pull_request::{Asked, check_ids, pages, succeed};
use super::{NOWHERE, check_names, check_refusals, text, with};

/// Comments on a pull request; the id.
fn say(asked: &Asked, (before, after): (&str, &str), more: &Value) -> String {
    let input = json!({
        "repositoryName": asked.repository, "beforeCommitId": before, "afterCommitId": after, "content": "x",
    });
    let made = succeed("PostCommentForPullRequest", &asked.input(&with(&input, more)));
    text(&made["comment"]["commentId"])
}

#[test]
fn comments_of_all_revisions_are_told_by_what_they_are_about() {
    let asked = Asked::new("pr-comments");
    let first = (asked.main.as_str(), asked.topic.as_str());
    let line = json!({ "location": { "filePath": "a", "filePosition": 4, "relativeFileVersion": "AFTER" } });
    let one = say(&asked, first, &json!({ "content": "one" }));
    let two = say(&asked, first, &line);
    let tip = asked.push(("a", "1\n"));
    let second = (asked.main.as_str(), tip.as_str());
    let three = say(&asked, second, &json!({}));
    let four = say(&asked, first, &line);
    let reply = json!({ "inReplyTo": one, "content": "reply" });
    let five = text(&succeed("PostCommentReply", &reply)["comment"]["commentId"]);
    // A comment on the commits is none on the pull request.
    let elsewhere = json!({
        "repositoryName": asked.repository, "beforeCommitId": asked.main, "afterCommitId": asked.topic, "content": "x",
    });
    succeed("PostCommentForComparedCommit", &elsewhere);

    let all = asked.call("GetCommentsForPullRequest", &json!({}));
    let threads = all["commentsForPullRequestData"].as_array().expect("a list");
    let by_thread: Vec<_> = threads.iter().map(|thread| vec![thread.clone()]).collect();
    let expected = vec![vec![one, five], vec![two, four], vec![three]];
    assert_eq!(ids(&by_thread), expected);
    let mut general = threads[0].clone();
    let said = general["comments"].take();
    assert_eq!(
        general,
        json!({
            "pullRequestId": asked.id, "repositoryName": "pr-comments", "beforeCommitId": asked.main,
            "afterCommitId": asked.topic, "comments": null,
        })
    );
    assert_eq!(
        (&said[0]["content"], &said[1]["content"]),
        (&json!("one"), &json!("reply"))
    );
    // What was said of a line stays, though the line is gone.
    assert_eq!(threads[1]["location"], line["location"]);
    assert!(threads[1].get("beforeBlobId").is_some() && threads[1].get("afterBlobId").is_some());
    let of = |(before, after): (&str, &str)| {
        let input = json!({ "repositoryName": "pr-comments", "beforeCommitId": before, "afterCommitId": after });
        asked.call("GetCommentsForPullRequest", &input)["commentsForPullRequestData"].clone()
    };
    assert_eq!(of(first), json!(threads[..2]));
    assert_eq!(of(second), json!(threads[2..]));
    assert_eq!(of((&asked.topic, &tip)), json!([]));
}

#[test]
fn pages_are_of_comments_and_stay_as_they_are_when_more_is_said() {
    let asked = Asked::new("pr-comment-pages");
    let compared = (asked.main.as_str(), asked.topic.as_str());
    let said: Vec<String> = (0..5).map(|_| say(&asked, compared, &json!({}))).collect();
    let input = asked.input(&json!({ "maxResults": 2 }));
    let paged = pages("GetCommentsForPullRequest", &input, "commentsForPullRequestData");
    assert_eq!(ids(&paged), [&said[..2], &said[2..4], &said[4..]]);
    let first = succeed("GetCommentsForPullRequest", &input);
    let late = say(&asked, compared, &json!({}));
    let rest = with(&input, &json!({ "maxResults": 500, "nextToken": first["nextToken"] }));
    let rest = pages("GetCommentsForPullRequest", &rest, "commentsForPullRequestData");
    let expected: Vec<String> = said[2..].iter().cloned().chain([late]).collect();
    assert_eq!(ids(&rest), [expected]);
}

#[test]
fn what_cannot_be_listed_is_refused() {
    let asked = Asked::new("pr-comments-refused");
    succeed(
        "CreateRepository",
        &json!({ "repositoryName": "pr-comments-refused-too" }),
    );
    let good = asked.input(&json!({
        "repositoryName": asked.repository, "beforeCommitId": asked.main, "afterCommitId": asked.topic,
    }));
    assert_eq!(
        succeed("GetCommentsForPullRequest", &good),
        json!({ "commentsForPullRequestData": [] })
    );
    check_refusals(
        "GetCommentsForPullRequest",
        &good,
        &[
            (
                json!({ "repositoryName": "pr-comments-refused-too" }),
                "RepositoryNotAssociatedWithPullRequestException",
            ),
            // The three go together.
            (json!({ "repositoryName": null }), "RepositoryNameRequiredException"),
            (json!({ "beforeCommitId": null }), "CommitIdRequiredException"),
            (json!({ "afterCommitId": null }), "CommitIdRequiredException"),
            (json!({ "afterCommitId": "topic" }), "InvalidCommitIdException"),
            (json!({ "beforeCommitId": NOWHERE }), "CommitDoesNotExistException"),
            (json!({ "maxResults": 0 }), "InvalidMaxResultsException"),
            (json!({ "maxResults": -1 }), "InvalidMaxResultsException"),
            (json!({ "maxResults": 501 }), "InvalidMaxResultsException"),
            (json!({ "nextToken": "x" }), "InvalidContinuationTokenException"),
        ],
    );
    check_ids("GetCommentsForPullRequest", &json!({}));
    let mut rest = good.clone();
    rest.as_object_mut().expect("an object").remove("repositoryName");
    check_names("GetCommentsForPullRequest", "repositoryName", &rest);
}
