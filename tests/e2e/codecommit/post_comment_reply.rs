//! `PostCommentReply`.

use serde_json::json;

use super::comment::{check_comment_ids, posted};
use super::pull_request::{somebody, succeed};
use super::{check_refusals, text, with};

#[test]
fn a_reply_is_made_once_for_a_token() {
    let root = posted("replied");
    let input = json!({ "inReplyTo": root, "content": "because", "clientRequestToken": "replied" });
    let bob = somebody("replied-bob");
    let made = bob.call("PostCommentReply", &input).expect("he may");
    let comment = &made["comment"];
    let date = comment["creationDate"].as_f64().expect("a time");
    let expected = json!({ "comment": {
        "commentId": text(&comment["commentId"]),
        "content": "because",
        "inReplyTo": root,
        "creationDate": date,
        "lastModifiedDate": date,
        "authorArn": "arn:aws:iam::000000000000:user/replied-bob",
        "deleted": false,
        "clientRequestToken": "replied",
        "callerReactions": [],
        "reactionCounts": {},
    }});
    assert_eq!(made, expected);
    assert_eq!(bob.call("PostCommentReply", &input), Ok(made.clone()));
    let other = succeed("PostCommentReply", &input);
    assert_ne!(other["comment"]["commentId"], comment["commentId"]);
    let nested = json!({ "inReplyTo": comment["commentId"] });
    check_refusals(
        "PostCommentReply",
        &input,
        &[
            (json!({ "content": "other" }), "IdempotencyParameterMismatchException"),
            (nested, "IdempotencyParameterMismatchException"),
            (
                json!({ "clientRequestToken": "" }),
                "InvalidClientRequestTokenException",
            ),
            (
                json!({ "clientRequestToken": "t".repeat(65) }),
                "InvalidClientRequestTokenException",
            ),
            (json!({ "content": null }), "CommentContentRequiredException"),
            (json!({ "content": "" }), "CommentContentRequiredException"),
            (
                json!({ "content": "é".repeat(10_241) }),
                "CommentContentSizeLimitExceededException",
            ),
        ],
    );
    let longest = json!({ "content": "é".repeat(10_240), "clientRequestToken": "replied-2" });
    succeed("PostCommentReply", &with(&input, &longest));
    check_comment_ids("PostCommentReply", "inReplyTo", &json!({ "content": "x" }));
}
