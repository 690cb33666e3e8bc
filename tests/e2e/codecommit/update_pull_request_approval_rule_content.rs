//! `UpdatePullRequestApprovalRuleContent`.

use serde_json::json;

use super::create_pull_request_approval_rule::invalid_contents;
use super::pull_request::{Asked, RULE, RULE_SHA256, check_ids, somebody};
use super::{check_refusals, refused, with};

#[test]
fn the_content_of_a_rule_is_replaced_if_it_is_what_was_seen() {
    let asked = Asked::new("rule-changed");
    asked.rule("r");
    let before = asked.get()["approvalRules"][0].clone();
    let two = RULE.replace(":1}", ":2}");
    let good = json!({ "approvalRuleName": "r", "newRuleContent": two, "existingRuleContentSha256": RULE_SHA256 });
    let bob = somebody("rule-changed-bob");
    let changed = bob.call("UpdatePullRequestApprovalRuleContent", &asked.input(&good));
    let changed = changed.expect("it is what it was")["approvalRule"].clone();
    assert!(changed["lastModifiedDate"].as_f64() >= before["lastModifiedDate"].as_f64());
    let expected = json!({
        "approvalRuleContent": two,
        "ruleContentSha256": "c4052852100baed57aed711dcf820450c6a15c8aa1daebcf651efa9a2839a8a6",
        "lastModifiedDate": changed["lastModifiedDate"],
        "lastModifiedUser": "arn:aws:iam::000000000000:user/rule-changed-bob",
    });
    assert_eq!(changed, with(&before, &expected));
    assert_eq!(asked.get()["approvalRules"], json!([changed]));
    // The hash is that of the old content now.
    let good = asked.input(&good);
    check_refusals(
        "UpdatePullRequestApprovalRuleContent",
        &good,
        &[
            (json!({}), "InvalidRuleContentSha256Exception"),
            (
                json!({ "existingRuleContentSha256": "x" }),
                "InvalidRuleContentSha256Exception",
            ),
            (
                json!({ "approvalRuleName": "absent" }),
                "ApprovalRuleDoesNotExistException",
            ),
            (json!({ "approvalRuleName": null }), "ApprovalRuleNameRequiredException"),
            (json!({ "approvalRuleName": "" }), "InvalidApprovalRuleNameException"),
            (
                json!({ "approvalRuleName": "r".repeat(101) }),
                "InvalidApprovalRuleNameException",
            ),
            (
                json!({ "newRuleContent": null }),
                "ApprovalRuleContentRequiredException",
            ),
            (json!({ "newRuleContent": "" }), "ApprovalRuleContentRequiredException"),
        ],
    );
    for content in invalid_contents() {
        let input = with(&good, &json!({ "newRuleContent": content }));
        refused(
            "UpdatePullRequestApprovalRuleContent",
            &input,
            "InvalidApprovalRuleContentException",
        );
    }
    check_ids(
        "UpdatePullRequestApprovalRuleContent",
        &json!({ "approvalRuleName": "r", "newRuleContent": RULE }),
    );
    // Without a hash it is replaced whatever it is.
    let longest = format!("{RULE}{}", " ".repeat(3000 - RULE.len()));
    let input = json!({ "approvalRuleName": "r", "newRuleContent": longest });
    let changed = asked.call("UpdatePullRequestApprovalRuleContent", &input);
    assert_eq!(changed["approvalRule"]["approvalRuleContent"], longest);
    asked.close();
    refused(
        "UpdatePullRequestApprovalRuleContent",
        &asked.input(&input),
        "PullRequestAlreadyClosedException",
    );
}
