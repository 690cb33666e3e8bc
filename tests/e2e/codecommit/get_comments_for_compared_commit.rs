//! `GetCommentsForComparedCommit`.

use serde_json::{Value, json};

use super::comment::{ids, post, two_commits};
use super::pull_request::{pages, succeed};
use super::{NOWHERE, check_names, check_refusals, text, with};

const DATA: &str = "commentsForComparedCommitData";

fn compared(repository: &str, commits: &[String], more: &Value) -> Value {
    let asked = json!({ "repositoryName": repository, "beforeCommitId": commits[0], "afterCommitId": commits[1] });
    with(&asked, more)
}

#[test]
fn comments_are_told_of_the_commits_that_they_compare() {
    let commits = two_commits("comments-compared");
    let id = post("comments-compared", &commits, "why?");
    let first = json!({ "repositoryName": "comments-compared", "afterCommitId": commits[0] });
    let said = with(&first, &json!({ "content": "the first" }));
    let said = text(&succeed("PostCommentForComparedCommit", &said)["comment"]["commentId"]);
    let told = pages("GetCommentsForComparedCommit", &first, DATA);
    assert_eq!(ids(&told), [[said]]);
    let asked = compared("comments-compared", &commits, &json!({}));
    let mut told = succeed("GetCommentsForComparedCommit", &asked);
    let comments = told[DATA][0]["comments"].take();
    assert_eq!(
        told,
        json!({ DATA: [{
            "repositoryName": "comments-compared", "beforeCommitId": commits[0], "afterCommitId": commits[1], "comments": null,
        }]})
    );
    let comment = super::comment::got(&id);
    assert_eq!(comments, json!([comment]));
    let turned = [commits[1].clone(), commits[0].clone()];
    let turned = compared("comments-compared", &turned, &json!({}));
    assert_eq!(succeed("GetCommentsForComparedCommit", &turned), json!({ DATA: [] }));
}

#[test]
fn pages_are_of_comments() {
    let commits = two_commits("comment-pages");
    let said: Vec<String> = (0..7)
        .map(|at| post("comment-pages", &commits, &format!("{at}")))
        .collect();
    let asked = compared("comment-pages", &commits, &json!({ "maxResults": 3 }));
    let paged = pages("GetCommentsForComparedCommit", &asked, DATA);
    assert_eq!(ids(&paged), [&said[..3], &said[3..6], &said[6..]]);
    check_refusals(
        "GetCommentsForComparedCommit",
        &asked,
        &[
            (json!({ "maxResults": 0 }), "InvalidMaxResultsException"),
            (json!({ "maxResults": 501 }), "InvalidMaxResultsException"),
            (json!({ "nextToken": "x" }), "InvalidContinuationTokenException"),
            (json!({ "afterCommitId": null }), "CommitIdRequiredException"),
            (json!({ "afterCommitId": "x" }), "InvalidCommitIdException"),
            (json!({ "afterCommitId": NOWHERE }), "CommitDoesNotExistException"),
            (json!({ "beforeCommitId": "x" }), "InvalidCommitIdException"),
            (json!({ "beforeCommitId": NOWHERE }), "CommitDoesNotExistException"),
        ],
    );
    check_names(
        "GetCommentsForComparedCommit",
        "repositoryName",
        &json!({ "afterCommitId": commits[1] }),
    );
}
