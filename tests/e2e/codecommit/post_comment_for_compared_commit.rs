//! `PostCommentForComparedCommit`.

use serde_json::{Value, json};

use super::{NOWHERE, call, check_names, check_refusals, history, text, with};

#[test]
fn comments_are_about_all_of_a_change_or_a_file_or_a_line() {
    let commits = history(
        "commented",
        &[&[("a", Some("1\n2\n"))], &[("a", Some("1\n2\n3\n")), ("b", Some("x"))]],
    );
    let asked = json!({
        "repositoryName": "commented",
        "beforeCommitId": commits[0],
        "afterCommitId": commits[1],
        "content": "why?",
        "clientRequestToken": "one",
    });
    let general = call("PostCommentForComparedCommit", &asked).expect("valid");
    assert_eq!(general.get("location"), None);
    let comment = &general["comment"];
    assert_eq!(
        (&comment["content"], &comment["deleted"]),
        (&json!("why?"), &json!(false))
    );
    assert!(text(&comment["authorArn"]).ends_with(":user/admin"));
    assert_eq!(
        (&comment["callerReactions"], &comment["reactionCounts"]),
        (&json!([]), &json!({}))
    );
    let again = call("PostCommentForComparedCommit", &asked).expect("the same again");
    assert_eq!(again["comment"]["commentId"], comment["commentId"]);
    for (location, has_before) in [
        (
            json!({ "filePath": "a", "filePosition": 3, "relativeFileVersion": "AFTER" }),
            true,
        ),
        (
            json!({ "filePath": "/a", "filePosition": 2, "relativeFileVersion": "BEFORE" }),
            true,
        ),
        (json!({ "filePath": "b", "relativeFileVersion": "AFTER" }), false),
    ] {
        let asked = with(&asked, &json!({ "location": location, "clientRequestToken": null }));
        let posted = call("PostCommentForComparedCommit", &asked).expect("valid");
        assert_eq!(posted.get("beforeBlobId").is_some(), has_before, "{location}");
        assert!(posted.get("afterBlobId").is_some(), "{location}");
        let told = &posted["location"];
        assert_eq!(told["filePosition"], location["filePosition"]);
        assert!(["a", "b"].contains(&text(&told["filePath"]).as_str()));
    }
    let first = json!({ "repositoryName": "commented", "afterCommitId": commits[0], "content": "the first" });
    let first = call("PostCommentForComparedCommit", &first).expect("a first commit has none before");
    assert_eq!(first.get("beforeCommitId"), None);
}

#[test]
fn what_cannot_be_commented_is_refused() {
    let commits = history("uncommented", &[&[("a", Some("1\n"))], &[("a", Some("2\n"))]]);
    let asked = json!({
        "repositoryName": "uncommented", "beforeCommitId": commits[0], "afterCommitId": commits[1], "content": "x",
    });
    let at = |path: Value, position: Value, version: Value| json!({ "location": { "filePath": path, "filePosition": position, "relativeFileVersion": version } });
    check_refusals(
        "PostCommentForComparedCommit",
        &asked,
        &[
            (json!({ "content": null }), "CommentContentRequiredException"),
            (json!({ "content": "" }), "CommentContentRequiredException"),
            (
                json!({ "content": "é".repeat(10_241) }),
                "CommentContentSizeLimitExceededException",
            ),
            (json!({ "afterCommitId": null }), "CommitIdRequiredException"),
            (json!({ "beforeCommitId": null }), "CommitIdRequiredException"),
            (json!({ "afterCommitId": "main" }), "InvalidCommitIdException"),
            (json!({ "beforeCommitId": NOWHERE }), "CommitDoesNotExistException"),
            (
                json!({ "beforeCommitId": commits[1] }),
                "BeforeCommitIdAndAfterCommitIdAreSameException",
            ),
            (
                json!({ "clientRequestToken": "" }),
                "InvalidClientRequestTokenException",
            ),
            (at(json!(null), json!(1), json!("AFTER")), "PathRequiredException"),
            (at(json!("a//b"), json!(1), json!("AFTER")), "InvalidPathException"),
            (at(json!("b"), json!(1), json!("AFTER")), "PathDoesNotExistException"),
            (at(json!("a"), json!(2), json!("AFTER")), "InvalidFilePositionException"),
            (at(json!("a"), json!(0), json!("AFTER")), "InvalidFilePositionException"),
            (
                at(json!("a"), json!(-1), json!("AFTER")),
                "InvalidFilePositionException",
            ),
            (
                at(json!("a"), json!(1), json!("after")),
                "InvalidRelativeFileVersionEnumException",
            ),
        ],
    );
    let longest = with(
        &asked,
        &json!({ "content": "é".repeat(10_240), "clientRequestToken": "t" }),
    );
    call("PostCommentForComparedCommit", &longest).expect("as long as can be");
    let other = with(&asked, &json!({ "content": "other", "clientRequestToken": "t" }));
    super::refused(
        "PostCommentForComparedCommit",
        &other,
        "IdempotencyParameterMismatchException",
    );
    check_names(
        "PostCommentForComparedCommit",
        "repositoryName",
        &json!({ "afterCommitId": NOWHERE, "content": "x" }),
    );
}
