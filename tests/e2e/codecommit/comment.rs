//! Comments to do things with, and what all operations on comments have in common.

use serde_json::{Value, json};

use super::pull_request::succeed;
use super::{history, refused, text, with};

/// A repository with two commits, whose name no other test uses.
pub(super) fn two_commits(repository: &str) -> Vec<String> {
    history(repository, &[&[("a", Some("1\n2\n"))], &[("a", Some("1\n2\n3\n"))]])
}

/// Posts a comment on two commits of a repository; its id.
#[track_caller]
pub(super) fn post(repository: &str, commits: &[String], content: &str) -> String {
    let asked = json!({
        "repositoryName": repository, "beforeCommitId": commits[0], "afterCommitId": commits[1], "content": content,
    });
    text(&succeed("PostCommentForComparedCommit", &asked)["comment"]["commentId"])
}

/// A comment in a repository of its own, whose name no other test uses.
#[track_caller]
pub(super) fn posted(repository: &str) -> String {
    post(repository, &two_commits(repository), "nice")
}

/// A comment as it is now.
#[track_caller]
pub(super) fn got(id: &str) -> Value {
    succeed("GetComment", &json!({ "commentId": id }))["comment"].clone()
}

/// Fails unless the operation refuses what is no id of a comment, which it calls `member`, and one that no comment has. `rest`
/// is the rest of an input that would do.
#[track_caller]
pub(super) fn check_comment_ids(operation: &str, member: &str, rest: &Value) {
    let of = |id: &str| with(rest, &json!({ member: id }));
    refused(operation, rest, "CommentIdRequiredException");
    for id in ["", "a b", "a/b", "ü", &"a".repeat(101)] {
        refused(operation, &of(id), "InvalidCommentIdException");
    }
    let nobody = "00000000-0000-0000-0000-000000000000:00000000-0000-0000-0000-000000000000";
    for id in [nobody, "x"] {
        refused(operation, &of(id), "CommentDoesNotExistException");
    }
}

/// The ids of the comments on pages of threads, page by page.
pub(super) fn ids(pages: &[Vec<Value>]) -> Vec<Vec<String>> {
    let of_thread = |thread: &Value| thread["comments"].as_array().expect("a list").clone();
    let of_page = |page: &Vec<Value>| {
        let comments = page.iter().flat_map(of_thread);
        comments.map(|comment| text(&comment["commentId"])).collect()
    };
    pages.iter().map(of_page).collect()
}
