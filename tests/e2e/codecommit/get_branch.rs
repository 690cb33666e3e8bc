//! `GetBranch`.

use serde_json::json;

use super::{call, check_names, history, refused};

#[test]
fn a_branch_leads_to_its_tip() {
    let commits = history("one-branch", &[&[("a", Some("1"))]]);
    let got = call(
        "GetBranch",
        &json!({ "repositoryName": "one-branch", "branchName": "main" }),
    )
    .expect("it is there");
    assert_eq!(
        got,
        json!({ "branch": { "branchName": "main", "commitId": commits[0] } })
    );
    for (name, exception) in [
        (json!("absent"), "BranchDoesNotExistException"),
        (json!("a..b"), "InvalidBranchNameException"),
        (json!(null), "BranchNameRequiredException"),
    ] {
        refused(
            "GetBranch",
            &json!({ "repositoryName": "one-branch", "branchName": name }),
            exception,
        );
    }
    check_names("GetBranch", "repositoryName", &json!({ "branchName": "main" }));
}
