//! `PutCommentReaction`.

use serde_json::json;

use super::check_refusals;
use super::comment::{check_comment_ids, got, posted};
use super::pull_request::{somebody, succeed};

#[test]
fn a_user_has_one_reaction_to_a_comment() {
    let id = posted("reactions");
    let react = |value: &str| json!({ "commentId": id, "reactionValue": value });
    for (value, counts) in [
        ("thumbsup", json!({ "THUMBSUP": 1 })),
        (":smile:", json!({ "SMILE": 1 })),
        ("👎", json!({ "THUMBSDOWN": 1 })),
        ("U+1F44D", json!({ "THUMBSUP": 1 })),
        ("none", json!({})),
        ("confused", json!({ "CONFUSED": 1 })),
        ("", json!({})),
        (" ", json!({})),
        (":clap:", json!({ "CLAP": 1 })),
        ("heart", json!({ "HEART": 1 })),
    ] {
        assert_eq!(succeed("PutCommentReaction", &react(value)), json!({}));
        assert_eq!(got(&id)["reactionCounts"], counts, "{value}");
    }
    assert_eq!(got(&id)["callerReactions"], json!(["HEART"]));
    let bob = somebody("reactions-bob");
    bob.call("PutCommentReaction", &react("heart")).expect("he may");
    assert_eq!(got(&id)["reactionCounts"], json!({ "HEART": 2 }));
    bob.call("PutCommentReaction", &react("none")).expect("he may");
    let now = got(&id);
    assert_eq!(
        (&now["reactionCounts"], &now["callerReactions"]),
        (&json!({ "HEART": 1 }), &json!(["HEART"]))
    );
    // Reactions do not change a comment.
    assert_eq!(now["lastModifiedDate"], now["creationDate"]);
    let good = react("smile");
    check_refusals(
        "PutCommentReaction",
        &good,
        &[
            (json!({ "reactionValue": null }), "ReactionValueRequiredException"),
            (json!({ "reactionValue": "crab" }), "InvalidReactionValueException"),
            (json!({ "reactionValue": "👍👍" }), "InvalidReactionValueException"),
        ],
    );
    check_comment_ids("PutCommentReaction", "commentId", &json!({ "reactionValue": "smile" }));
    succeed("DeleteCommentContent", &json!({ "commentId": id }));
    check_refusals("PutCommentReaction", &good, &[(json!({}), "CommentDeletedException")]);
}
