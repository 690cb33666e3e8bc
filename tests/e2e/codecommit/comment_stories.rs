//! What several operations on comments come to together.

use packhouse_harness::{Server, ServiceError};
use serde_json::{Value, json};

use super::{call, history, refused, text, with};

/// Posts a comment on two commits of a repository; its id.
fn post(repository: &str, commits: &[String], content: &str) -> String {
    let asked = json!({
        "repositoryName": repository, "beforeCommitId": commits[0], "afterCommitId": commits[1], "content": content,
    });
    text(&call("PostCommentForComparedCommit", &asked).expect("valid")["comment"]["commentId"])
}

fn listed(repository: &str, commits: &[String], more: &Value) -> Value {
    let asked = json!({ "repositoryName": repository, "beforeCommitId": commits[0], "afterCommitId": commits[1] });
    call("GetCommentsForComparedCommit", &with(&asked, more)).expect("they can be listed")
}

fn two_commits(repository: &str) -> Vec<String> {
    history(repository, &[&[("a", Some("1\n2\n"))], &[("a", Some("1\n2\n3\n"))]])
}

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
    let data = listed("threads", &commits, &json!({}))["commentsForComparedCommitData"].clone();
    let ids = |thread: &Value| -> Vec<String> {
        let comments = thread["comments"].as_array().expect("a list").iter();
        comments.map(|comment| text(&comment["commentId"])).collect()
    };
    assert_eq!(ids(&data[0]), [root, first, second]);
    assert_eq!(ids(&data[1]), [line, third]);
    assert_eq!((data[0].get("location"), &data[1]["location"]), (None, &at["location"]));
    assert_eq!(data.as_array().map(Vec::len), Some(2));
    for (asked, exception) in [
        (json!({ "content": "x" }), "CommentIdRequiredException"),
        (
            json!({ "inReplyTo": "a b", "content": "x" }),
            "InvalidCommentIdException",
        ),
        (
            json!({ "inReplyTo": "absent", "content": "x" }),
            "CommentDoesNotExistException",
        ),
        (
            json!({ "inReplyTo": ids(&data[0])[0], "content": "" }),
            "CommentContentRequiredException",
        ),
        (
            json!({ "inReplyTo": ids(&data[0])[0] }),
            "CommentContentRequiredException",
        ),
    ] {
        refused("PostCommentReply", &asked, exception);
    }
}

#[test]
fn pages_are_of_comments() {
    let commits = two_commits("comment-pages");
    let ids: Vec<String> = (0..7)
        .map(|at| post("comment-pages", &commits, &format!("{at}")))
        .collect();
    let mut found = Vec::new();
    let mut more = json!({ "maxResults": 3 });
    loop {
        let page = listed("comment-pages", &commits, &more);
        let threads = page["commentsForComparedCommitData"].as_array().expect("a list");
        let comments = threads
            .iter()
            .flat_map(|thread| thread["comments"].as_array().expect("a list"));
        found.extend(comments.map(|comment| text(&comment["commentId"])));
        match page.get("nextToken") {
            Some(next) => more["nextToken"] = next.clone(),
            None => break,
        }
    }
    assert_eq!(found, ids);
    let asked = json!({ "repositoryName": "comment-pages", "beforeCommitId": commits[0], "afterCommitId": commits[1] });
    for (more, exception) in [
        (json!({ "maxResults": 0 }), "InvalidMaxResultsException"),
        (json!({ "maxResults": 501 }), "InvalidMaxResultsException"),
        (json!({ "nextToken": "x" }), "InvalidContinuationTokenException"),
        (json!({ "afterCommitId": null }), "CommitIdRequiredException"),
        (json!({ "afterCommitId": "x" }), "InvalidCommitIdException"),
        (
            json!({ "afterCommitId": super::NOWHERE }),
            "CommitDoesNotExistException",
        ),
    ] {
        refused("GetCommentsForComparedCommit", &with(&asked, &more), exception);
    }
}

#[test]
fn only_authors_change_comments_and_anybody_allowed_deletes_them() {
    let commits = two_commits("edited");
    let id = post("edited", &commits, "mine");
    let updated = call("UpdateComment", &json!({ "commentId": id, "content": "better" })).expect("it is mine");
    assert_eq!(updated["comment"]["content"], "better");
    assert!(updated["comment"]["lastModifiedDate"].as_f64() >= updated["comment"]["creationDate"].as_f64());
    let all = json!([{ "Effect": "Allow", "Action": "codecommit:*", "Resource": "*" }]);
    let bob = crate::permissions::api_of(Server::shared(), "comments-bob", &all);
    let code = |answer: Result<Value, ServiceError>| answer.map_err(|error| error.code);
    let change = json!({ "commentId": id, "content": "his" });
    assert_eq!(
        code(bob.call("UpdateComment", &change)),
        Err("CommentNotCreatedByCallerException".into())
    );
    let clap = json!({ "commentId": id, "reactionValue": ":clap:" });
    call("PutCommentReaction", &clap).expect("there is such a reaction");
    let deleted = bob
        .call("DeleteCommentContent", &json!({ "commentId": id }))
        .expect("he may");
    assert_eq!(
        (&deleted["comment"]["deleted"], deleted["comment"].get("content")),
        (&json!(true), None)
    );
    assert_eq!(deleted["comment"]["reactionCounts"], json!({ "CLAP": 1 }));
    let again = json!({ "commentId": id });
    refused("DeleteCommentContent", &again, "CommentDeletedException");
    refused("GetComment", &again, "CommentDeletedException");
    refused("UpdateComment", &change, "CommentDeletedException");
    refused(
        "PutCommentReaction",
        &with(&again, &json!({ "reactionValue": "smile" })),
        "CommentDeletedException",
    );
    refused("GetCommentReactions", &again, "CommentDeletedException");
    let reply = json!({ "inReplyTo": id, "content": "still here" });
    call("PostCommentReply", &reply).expect("replies survive");
    let data = listed("edited", &commits, &json!({}))["commentsForComparedCommitData"][0]["comments"].clone();
    assert_eq!(
        (&data[0]["deleted"], &data[1]["content"]),
        (&json!(true), &json!("still here"))
    );
}

#[test]
fn a_user_has_one_reaction_to_a_comment() {
    let commits = two_commits("reactions");
    let id = post("reactions", &commits, "nice");
    let react = |value: &str| {
        call(
            "PutCommentReaction",
            &json!({ "commentId": id, "reactionValue": value }),
        )
        .map(drop)
    };
    let got = || call("GetComment", &json!({ "commentId": id })).expect("it is there")["comment"].clone();
    for (value, counts) in [
        ("thumbsup", json!({ "THUMBSUP": 1 })),
        (":smile:", json!({ "SMILE": 1 })),
        ("👎", json!({ "THUMBSDOWN": 1 })),
        ("U+1F44D", json!({ "THUMBSUP": 1 })),
        ("none", json!({})),
        ("confused", json!({ "CONFUSED": 1 })),
        ("", json!({})),
        ("heart", json!({ "HEART": 1 })),
    ] {
        react(value).expect("valid");
        assert_eq!(got()["reactionCounts"], counts, "{value}");
    }
    assert_eq!(got()["callerReactions"], json!(["HEART"]));
    let told = call("GetCommentReactions", &json!({ "commentId": id })).expect("there is one");
    let reaction = &told["reactionsForComment"][0];
    assert_eq!(
        reaction["reaction"],
        json!({ "emoji": "❤️", "shortCode": "heart", "unicode": "U+2764" })
    );
    assert!(text(&reaction["reactionUsers"][0]).ends_with(":user/admin"));
    assert_eq!(reaction["reactionsFromDeletedUsersCount"], 0);
    let asked = json!({ "commentId": id });
    for (operation, more, exception) in [
        ("PutCommentReaction", json!({}), "ReactionValueRequiredException"),
        (
            "PutCommentReaction",
            json!({ "reactionValue": "crab" }),
            "InvalidReactionValueException",
        ),
        (
            "PutCommentReaction",
            json!({ "commentId": "x", "reactionValue": "smile" }),
            "CommentDoesNotExistException",
        ),
        (
            "GetCommentReactions",
            json!({ "reactionUserArn": "admin" }),
            "InvalidReactionUserArnException",
        ),
        (
            "GetCommentReactions",
            json!({ "maxResults": 0 }),
            "InvalidMaxResultsException",
        ),
        (
            "GetCommentReactions",
            json!({ "nextToken": "x" }),
            "InvalidContinuationTokenException",
        ),
        ("GetComment", json!({ "commentId": null }), "CommentIdRequiredException"),
        (
            "GetComment",
            json!({ "commentId": "x" }),
            "CommentDoesNotExistException",
        ),
        ("GetComment", json!({ "commentId": "a b" }), "InvalidCommentIdException"),
    ] {
        refused(operation, &with(&asked, &more), exception);
    }
}
