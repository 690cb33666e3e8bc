//! `OverridePullRequestApprovalRules`.

use serde_json::json;

use super::pull_request::{Asked, check_ids, check_revisions, somebody};
use super::{check_refusals, refused, with};

#[test]
fn overridden_rules_are_set_aside_for_one_revision() {
    let asked = Asked::new("overridden");
    asked.rule("r");
    let merge = asked.input(&json!({ "repositoryName": "overridden" }));
    let blocked = || {
        refused(
            "MergePullRequestByFastForward",
            &merge,
            "PullRequestApprovalRulesNotSatisfiedException",
        )
    };
    let evaluation = || {
        let revision = json!({ "revisionId": asked.revision() });
        asked.call("EvaluatePullRequestApprovalRules", &revision)["evaluation"].clone()
    };
    let old = asked.revision();
    let good = |status: &str| json!({ "revisionId": asked.revision(), "overrideStatus": status });
    let set = |status: &str| asked.call("OverridePullRequestApprovalRules", &good(status));
    // Taking back what was not given is a success.
    assert_eq!(set("REVOKE"), json!({}));
    assert_eq!(set("OVERRIDE"), json!({}));
    assert_eq!(
        evaluation(),
        json!({
            "approved": true, "overridden": true, "approvalRulesSatisfied": [], "approvalRulesNotSatisfied": ["r"],
        })
    );
    check_refusals(
        "OverridePullRequestApprovalRules",
        &asked.input(&good("OVERRIDE")),
        &[
            (json!({}), "OverrideAlreadySetException"),
            (json!({ "overrideStatus": null }), "OverrideStatusRequiredException"),
            (
                json!({ "overrideStatus": "override" }),
                "InvalidOverrideStatusException",
            ),
            (json!({ "revisionId": "a".repeat(64) }), "RevisionNotCurrentException"),
        ],
    );
    // A push needs an override of its own.
    asked.push(("c", "c"));
    blocked();
    let stale = with(&asked.input(&good("OVERRIDE")), &json!({ "revisionId": old }));
    refused(
        "OverridePullRequestApprovalRules",
        &stale,
        "RevisionNotCurrentException",
    );
    set("OVERRIDE");
    // Anybody who may override may take it back.
    let bob = somebody("overridden-bob");
    let taken_back = bob.call("OverridePullRequestApprovalRules", &asked.input(&good("REVOKE")));
    assert_eq!(taken_back, Ok(json!({})));
    assert_eq!(evaluation()["overridden"], false);
    blocked();
    set("OVERRIDE");
    super::pull_request::succeed("MergePullRequestByFastForward", &merge);
    refused(
        "OverridePullRequestApprovalRules",
        &asked.input(&good("REVOKE")),
        "PullRequestAlreadyClosedException",
    );
    check_revisions("OverridePullRequestApprovalRules", &asked.input(&good("OVERRIDE")));
    check_ids(
        "OverridePullRequestApprovalRules",
        &json!({ "revisionId": old, "overrideStatus": "OVERRIDE" }),
    );
}
