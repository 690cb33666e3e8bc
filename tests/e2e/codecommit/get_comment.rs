//! `GetComment`.

use serde_json::json;

use super::comment::{check_comment_ids, got, posted};
use super::pull_request::{ADMIN, somebody, succeed};
use super::{refused, text};

#[test]
fn a_comment_is_told_as_its_reader_sees_it() {
    let id = posted("gotten");
    let before = got(&id);
    let date = before["creationDate"].as_f64().expect("a time");
    let mut expected = json!({
        "commentId": id,
        "content": "nice",
        "creationDate": date,
        "lastModifiedDate": date,
        "authorArn": ADMIN,
        "deleted": false,
        // The SDK made it up.
        "clientRequestToken": text(&before["clientRequestToken"]),
        "callerReactions": [],
        "reactionCounts": {},
    });
    assert_eq!(before, expected);
    let bob = somebody("gotten-bob");
    let reaction = json!({ "commentId": id, "reactionValue": "👍" });
    assert_eq!(bob.call("PutCommentReaction", &reaction), Ok(json!({})));
    expected["reactionCounts"] = json!({ "THUMBSUP": 1 });
    assert_eq!(got(&id), expected);
    expected["callerReactions"] = json!(["THUMBSUP"]);
    let his = bob.call("GetComment", &json!({ "commentId": id }));
    assert_eq!(his, Ok(json!({ "comment": expected })));
    check_comment_ids("GetComment", "commentId", &json!({}));
    succeed("DeleteCommentContent", &json!({ "commentId": id }));
    refused("GetComment", &json!({ "commentId": id }), "CommentDeletedException");
}
