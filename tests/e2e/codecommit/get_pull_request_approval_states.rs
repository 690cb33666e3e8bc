//! `GetPullRequestApprovalStates`.

use serde_json::{Value, json};

use super::pull_request::{Asked, check_ids, check_revisions, somebody};

#[test]
fn each_revision_has_its_approvals() {
    let asked = Asked::new("states");
    let states = |revision: &str| {
        let answer = asked.call("GetPullRequestApprovalStates", &json!({ "revisionId": revision }));
        answer["approvals"].clone()
    };
    let approved = |names: &[&str]| -> Value {
        let approval = |name: &&str| json!({ "userArn": format!("arn:aws:iam::000000000000:user/{name}"), "approvalState": "APPROVE" });
        names.iter().map(approval).collect()
    };
    let first = asked.revision();
    assert_eq!(states(&first), json!([]));
    let (bob, eve) = (somebody("states-bob"), somebody("states-eve"));
    asked.approve(&eve, "APPROVE");
    asked.approve(&bob, "APPROVE");
    assert_eq!(states(&first), approved(&["states-bob", "states-eve"]));
    asked.push(("c", "c"));
    let second = asked.revision();
    assert_eq!(states(&second), json!([]));
    asked.approve(&bob, "APPROVE");
    assert_eq!(states(&second), approved(&["states-bob"]));
    // An approval that is taken back is none.
    asked.approve(&bob, "REVOKE");
    assert_eq!(states(&second), json!([]));
    assert_eq!(states(&first), approved(&["states-bob", "states-eve"]));
    assert_eq!(states(&"a".repeat(64)), json!([]));
    check_revisions("GetPullRequestApprovalStates", &asked.input(&json!({})));
    check_ids("GetPullRequestApprovalStates", &json!({ "revisionId": first }));
    asked.close();
    assert_eq!(states(&first), approved(&["states-bob", "states-eve"]));
}
