//! `UpdatePullRequestDescription`.

use serde_json::json;

use super::check_refusals;
use super::pull_request::{Asked, check_ids};

#[test]
fn a_description_is_replaced_and_nothing_else() {
    let asked = Asked::new("pr-description");
    let before = asked.get();
    assert_eq!(before.get("description"), None);
    for description in ["Why\n\n* this\n", &"é".repeat(10_240), ""] {
        let told = asked.call("UpdatePullRequestDescription", &json!({ "description": description }));
        let told = &told["pullRequest"];
        assert!(told["lastActivityDate"].as_f64() >= before["lastActivityDate"].as_f64());
        let mut expected = before.clone();
        // The empty one is none.
        if !description.is_empty() {
            expected["description"] = description.into();
        }
        expected["lastActivityDate"] = told["lastActivityDate"].clone();
        assert_eq!(*told, expected);
        assert_eq!(asked.get(), expected);
    }
    check_refusals(
        "UpdatePullRequestDescription",
        &asked.input(&json!({})),
        &[
            (json!({}), "InvalidDescriptionException"),
            (
                json!({ "description": "é".repeat(10_241) }),
                "InvalidDescriptionException",
            ),
        ],
    );
    check_ids("UpdatePullRequestDescription", &json!({ "description": "d" }));
    asked.close();
    check_refusals(
        "UpdatePullRequestDescription",
        &asked.input(&json!({})),
        &[(json!({ "description": "late" }), "PullRequestAlreadyClosedException")],
    );
}
