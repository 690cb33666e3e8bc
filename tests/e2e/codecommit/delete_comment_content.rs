//! `DeleteCommentContent`.

use serde_json::json;

use super::comment::{check_comment_ids, got, posted};
use super::pull_request::{somebody, succeed};
use super::{refused, with};

#[test]
fn a_comment_loses_its_content_and_nothing_else() {
    let id = posted("comment-deleted");
    let named = json!({ "commentId": id });
    succeed(
        "PutCommentReaction",
        &with(&named, &json!({ "reactionValue": "heart" })),
    );
    let mut expected = got(&id);
    let reply = succeed("PostCommentReply", &json!({ "inReplyTo": id, "content": "still here" }));
    // Whoever may delete comments may delete those of others.
    let bob = somebody("comment-deleted-bob");
    let deleted = bob.call("DeleteCommentContent", &named).expect("he may")["comment"].clone();
    expected.as_object_mut().expect("an object").remove("content");
    let gone = json!({
        "deleted": true, "lastModifiedDate": deleted["lastModifiedDate"], "callerReactions": [],
    });
    assert_eq!(deleted, with(&expected, &gone));
    assert!(deleted["lastModifiedDate"].as_f64() >= deleted["creationDate"].as_f64());
    let reply = reply["comment"]["commentId"].as_str().expect("an id");
    assert_eq!(got(reply)["content"], "still here");
    for operation in ["DeleteCommentContent", "GetComment", "GetCommentReactions"] {
        refused(operation, &named, "CommentDeletedException");
    }
    succeed("PostCommentReply", &json!({ "inReplyTo": id, "content": "what?" }));
    check_comment_ids("DeleteCommentContent", "commentId", &json!({}));
}
