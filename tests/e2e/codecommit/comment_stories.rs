//! What several operations on comments come to together.

use serde_json::{Value, json};

use super::comment::{post, two_commits};
use super::pull_request::succeed;
use super::{call, text};

#[test]
fn replies_are_listed_with_what_they_reply_to_by_place() {
    let commits = two_commits("threads");
    let root = post("threads", &commits, "general");
    let at = json!({
        "repositoryName": "threads", "beforeCommitId": commits[0], "afterCommitId": commits[1], "content": "line",
        "location": { "filePath": "a", "filePosition": 3, "relativeFileVersion": "AFTER" },
    });
    let line = text(&call("PostCommentForComparedCommit", &at).expect("valid")["comment"]["commentId"]);
    let reply = |to: &str, content: &str| {
        let asked = json!({ "inReplyTo": to, "content": content, "clientRequestToken": content });
        let made = call("PostCommentReply", &asked).expect("valid");
        assert_eq!(made["comment"]["inReplyTo"], *to);
        assert_eq!(call("PostCommentReply", &asked).expect("the same again"), made);
        text(&made["comment"]["commentId"])
    };
    let first = reply(&root, "first");
    let second = reply(&first, "second");
    let third = reply(&line, "third");
    let compared = json!({ "repositoryName": "threads", "beforeCommitId": commits[0], "afterCommitId": commits[1] });
    let data = succeed("GetCommentsForComparedCommit", &compared)["commentsForComparedCommitData"].clone();
    let ids = |thread: &Value| -> Vec<String> {
        let comments = thread["comments"].as_array().expect("a list").iter();
        comments.map(|comment| text(&comment["commentId"])).collect()
    };
    assert_eq!(ids(&data[0]), [root, first, second]);
    assert_eq!(ids(&data[1]), [line, third]);
    assert_eq!((data[0].get("location"), &data[1]["location"]), (None, &at["location"]));
    assert_eq!(data.as_array().map(Vec::len), Some(2));
}
