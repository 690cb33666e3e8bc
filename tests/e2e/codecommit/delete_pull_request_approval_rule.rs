//! `DeletePullRequestApprovalRule`.

use serde_json::json;

use super::check_refusals;
use super::pull_request::{Asked, check_ids};

#[test]
fn a_rule_that_is_deleted_is_no_longer_in_the_way() {
    let asked = Asked::new("rule-deleted");
    asked.rule("r");
    asked.rule("s");
    let rules = asked.get()["approvalRules"].clone();
    let delete = || asked.call("DeletePullRequestApprovalRule", &json!({ "approvalRuleName": "r" }));
    assert_eq!(delete(), json!({ "approvalRuleId": rules[0]["approvalRuleId"] }));
    assert_eq!(asked.get()["approvalRules"], json!([rules[1]]));
    // Once more is a success that has nothing to tell.
    assert_eq!(delete(), json!({}));
    // The name is free again, for another rule.
    asked.rule("r");
    assert_ne!(
        asked.get()["approvalRules"][0]["approvalRuleId"],
        rules[0]["approvalRuleId"]
    );
    check_refusals(
        "DeletePullRequestApprovalRule",
        &asked.input(&json!({})),
        &[
            (json!({}), "ApprovalRuleNameRequiredException"),
            (json!({ "approvalRuleName": "" }), "InvalidApprovalRuleNameException"),
            (
                json!({ "approvalRuleName": "r".repeat(101) }),
                "InvalidApprovalRuleNameException",
            ),
            (
                json!({ "approvalRuleName": "\u{7}" }),
                "InvalidApprovalRuleNameException",
            ),
        ],
    );
    check_ids("DeletePullRequestApprovalRule", &json!({ "approvalRuleName": "r" }));
    asked.close();
    check_refusals(
        "DeletePullRequestApprovalRule",
        &asked.input(&json!({})),
        &[(json!({ "approvalRuleName": "r" }), "PullRequestAlreadyClosedException")],
    );
}
