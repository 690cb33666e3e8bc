//! `UpdatePullRequestApprovalState`.

use serde_json::json;

use super::pull_request::{Asked, check_ids, check_revisions, somebody};
use super::{check_refusals, with};

#[test]
fn somebody_else_approves_the_current_revision() {
    let asked = Asked::new("approved");
    let bob = somebody("approved-bob");
    let old = asked.revision();
    asked.push(("c", "c"));
    let good = asked.input(&json!({ "revisionId": asked.revision(), "approvalState": "APPROVE" }));
    let events = || {
        let kind = json!({ "pullRequestEventType": "PULL_REQUEST_APPROVAL_STATE_CHANGED" });
        let told = asked.call("DescribePullRequestEvents", &kind);
        told["pullRequestEvents"].as_array().map(Vec::len)
    };
    // Again changes nothing, and is no event.
    for (state, expected) in [
        ("REVOKE", 0),
        ("APPROVE", 1),
        ("APPROVE", 1),
        ("REVOKE", 2),
        ("REVOKE", 2),
    ] {
        let input = with(&good, &json!({ "approvalState": state }));
        assert_eq!(bob.call("UpdatePullRequestApprovalState", &input), Ok(json!({})));
        assert_eq!(events(), Some(expected), "{state}");
    }
    check_refusals(
        "UpdatePullRequestApprovalState",
        &good,
        &[
            (json!({}), "PullRequestCannotBeApprovedByAuthorException"),
            (json!({ "revisionId": old }), "RevisionNotCurrentException"),
            (json!({ "approvalState": null }), "ApprovalStateRequiredException"),
            (json!({ "approvalState": "approve" }), "InvalidApprovalStateException"),
            (json!({ "approvalState": "REJECT" }), "InvalidApprovalStateException"),
        ],
    );
    check_revisions("UpdatePullRequestApprovalState", &good);
    let rest = json!({ "revisionId": old, "approvalState": "APPROVE" });
    check_ids("UpdatePullRequestApprovalState", &rest);
    asked.close();
    let late = bob
        .call("UpdatePullRequestApprovalState", &good)
        .map_err(|error| error.code);
    assert_eq!(late, Err("PullRequestAlreadyClosedException".to_owned()));
}
