//! `UpdateComment`.

use serde_json::json;

use super::comment::{check_comment_ids, got, posted};
use super::pull_request::{somebody, succeed};
use super::{check_refusals, with};

#[test]
fn its_author_changes_what_a_comment_says() {
    let id = posted("updated");
    succeed(
        "PutCommentReaction",
        &json!({ "commentId": id, "reactionValue": "heart" }),
    );
    let before = got(&id);
    for content in ["better", &"é".repeat(10_240)] {
        let updated = succeed("UpdateComment", &json!({ "commentId": id, "content": content }));
        let date = updated["comment"]["lastModifiedDate"].clone();
        assert!(date.as_f64() >= before["creationDate"].as_f64());
        let expected = with(&before, &json!({ "content": content, "lastModifiedDate": date }));
        assert_eq!(updated, json!({ "comment": expected }));
        assert_eq!(got(&id), expected);
    }
    let change = json!({ "commentId": id, "content": "his" });
    let bob = somebody("updated-bob");
    let code = bob.call("UpdateComment", &change).map_err(|error| error.code);
    assert_eq!(code, Err("CommentNotCreatedByCallerException".to_owned()));
    check_refusals(
        "UpdateComment",
        &change,
        &[
            (json!({ "content": null }), "CommentContentRequiredException"),
            (json!({ "content": "" }), "CommentContentRequiredException"),
            (
                json!({ "content": "é".repeat(10_241) }),
                "CommentContentSizeLimitExceededException",
            ),
        ],
    );
    check_comment_ids("UpdateComment", "commentId", &json!({ "content": "x" }));
    succeed("DeleteCommentContent", &json!({ "commentId": id }));
    check_refusals("UpdateComment", &change, &[(json!({}), "CommentDeletedException")]);
}
