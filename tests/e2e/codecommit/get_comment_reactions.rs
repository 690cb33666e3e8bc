//! `GetCommentReactions`.

use packhouse_harness::Server;
use serde_json::{Value, json};

use super::comment::{check_comment_ids, posted};
use super::pull_request::{ADMIN, pages, somebody, succeed};
use super::{check_refusals, with};

#[test]
fn those_who_reacted_alike_are_told_together() {
    let id = posted("who-reacted");
    let named = json!({ "commentId": id });
    let empty = json!({ "reactionsForComment": [] });
    assert_eq!(succeed("GetCommentReactions", &named), empty);
    let react = |value: &str| with(&named, &json!({ "reactionValue": value }));
    let (bob, eve) = (somebody("who-reacted-bob"), somebody("who-reacted-eve"));
    succeed("PutCommentReaction", &react("heart"));
    bob.call("PutCommentReaction", &react("heart")).expect("he may");
    eve.call("PutCommentReaction", &react(":thumbsup:")).expect("she may");
    let user = |name: &str| format!("arn:aws:iam::000000000000:user/who-reacted-{name}");
    let told = |emoji: Value, users: &[&str], deleted: u32| json!({ "reaction": emoji, "reactionUsers": users, "reactionsFromDeletedUsersCount": deleted });
    let heart = json!({ "emoji": "❤️", "shortCode": "heart", "unicode": "U+2764" });
    let thumb = json!({ "emoji": "👍", "shortCode": "thumbsup", "unicode": "U+1F44D" });
    let (hearts, thumbs) = (
        told(heart.clone(), &[ADMIN, &user("bob")], 0),
        told(thumb.clone(), &[&user("eve")], 0),
    );
    let all = json!({ "reactionsForComment": [hearts, thumbs] });
    assert_eq!(succeed("GetCommentReactions", &named), all);
    let of = |arn: &str| succeed("GetCommentReactions", &with(&named, &json!({ "reactionUserArn": arn })));
    assert_eq!(of(&user("eve")), json!({ "reactionsForComment": [thumbs] }));
    let of_bob = told(heart.clone(), &[&user("bob")], 0);
    assert_eq!(of(&user("bob")), json!({ "reactionsForComment": [of_bob] }));
    assert_eq!(of(&user("nobody")), empty);
    let paged = pages(
        "GetCommentReactions",
        &with(&named, &json!({ "maxResults": 1 })),
        "reactionsForComment",
    );
    assert_eq!(paged, [[hearts], [thumbs]]);
    check_refusals(
        "GetCommentReactions",
        &named,
        &[
            (json!({ "reactionUserArn": "admin" }), "InvalidReactionUserArnException"),
            (json!({ "maxResults": 0 }), "InvalidMaxResultsException"),
            (json!({ "maxResults": 1001 }), "InvalidMaxResultsException"),
            (json!({ "nextToken": "x" }), "InvalidContinuationTokenException"),
        ],
    );
    check_comment_ids("GetCommentReactions", "commentId", &json!({}));
    // Who is deleted is counted, and no longer named.
    crate::permissions::delete(Server::shared(), "who-reacted-bob");
    let now = succeed("GetCommentReactions", &named)["reactionsForComment"][0].clone();
    assert_eq!(now, told(heart, &[ADMIN], 1));
    succeed("DeleteCommentContent", &named);
    check_refusals("GetCommentReactions", &named, &[(json!({}), "CommentDeletedException")]);
}
