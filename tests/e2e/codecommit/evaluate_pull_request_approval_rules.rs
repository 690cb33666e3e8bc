//! `EvaluatePullRequestApprovalRules`.

use serde_json::{Value, json};

use super::pull_request::{Asked, RULE, check_ids, check_revisions, somebody};
use super::refused;

fn evaluation(asked: &Asked) -> Value {
    let revision = json!({ "revisionId": asked.revision() });
    asked.call("EvaluatePullRequestApprovalRules", &revision)["evaluation"].clone()
}

fn told(approved: bool, satisfied: &[&str], not_satisfied: &[&str]) -> Value {
    json!({
        "approved": approved, "overridden": false,
        "approvalRulesSatisfied": satisfied, "approvalRulesNotSatisfied": not_satisfied,
    })
}

#[test]
fn rules_are_satisfied_by_enough_of_those_whom_they_name() {
    let asked = Asked::new("evaluated");
    assert_eq!(evaluation(&asked), told(true, &[], &[]));
    let needed = |needed: u32, pool: &Value| {
        let mut statement = json!({ "Type": "Approvers", "NumberOfApprovalsNeeded": needed });
        if !pool.is_null() {
            statement["ApprovalPoolMembers"] = pool.clone();
        }
        json!({ "Version": "2018-11-08", "Statements": [statement] }).to_string()
    };
    for (name, content) in [
        ("any", RULE.to_owned()),
        ("two", needed(2, &Value::Null)),
        (
            "bob",
            needed(1, &json!(["CodeCommitApprovers:000000000000:evaluated-bob"])),
        ),
        (
            "pool",
            needed(2, &json!(["arn:aws:iam::000000000000:user/evaluated-*"])),
        ),
    ] {
        let rule = json!({ "approvalRuleName": name, "approvalRuleContent": content });
        asked.call("CreatePullRequestApprovalRule", &rule);
    }
    assert_eq!(evaluation(&asked), told(false, &[], &["any", "bob", "pool", "two"]));
    let (bob, eve) = (somebody("evaluated-bob"), somebody("evaluated-eve"));
    asked.approve(&eve, "APPROVE");
    assert_eq!(evaluation(&asked), told(false, &["any"], &["bob", "pool", "two"]));
    asked.approve(&bob, "APPROVE");
    assert_eq!(evaluation(&asked), told(true, &["any", "bob", "pool", "two"], &[]));
    asked.approve(&eve, "REVOKE");
    assert_eq!(evaluation(&asked), told(false, &["any", "bob"], &["pool", "two"]));
    // What is approved is a revision, and the next one is approved by nobody.
    let old = asked.revision();
    asked.push(("c", "c"));
    assert_eq!(evaluation(&asked), told(false, &[], &["any", "bob", "pool", "two"]));
    refused(
        "EvaluatePullRequestApprovalRules",
        &asked.input(&json!({ "revisionId": old })),
        "RevisionNotCurrentException",
    );
    refused(
        "EvaluatePullRequestApprovalRules",
        &asked.input(&json!({ "revisionId": "a".repeat(64) })),
        "RevisionNotCurrentException",
    );
    check_revisions("EvaluatePullRequestApprovalRules", &asked.input(&json!({})));
    check_ids("EvaluatePullRequestApprovalRules", &json!({ "revisionId": old }));
    // What is closed can be looked at.
    asked.close();
    assert_eq!(evaluation(&asked), told(false, &[], &["any", "bob", "pool", "two"]));
}
