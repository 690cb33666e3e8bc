//! `DeleteBranch`.

use serde_json::json;

use super::{branch, call, check_names, history, refused};

#[test]
fn a_deleted_branch_is_told_once_and_its_commits_stay() {
    let commits = history("pruned", &[&[("a", Some("1"))], &[("a", Some("2"))]]);
    branch("pruned", "side", &commits[0]);
    let parameters = json!({ "repositoryName": "pruned", "branchName": "side" });
    let deleted = call("DeleteBranch", &parameters).expect("it is there");
    assert_eq!(
        deleted["deletedBranch"],
        json!({ "branchName": "side", "commitId": commits[0] })
    );
    assert_eq!(call("DeleteBranch", &parameters).expect("again is fine"), json!({}));
    refused("GetBranch", &parameters, "BranchDoesNotExistException");
    call(
        "GetCommit",
        &json!({ "repositoryName": "pruned", "commitId": commits[0] }),
    )
    .expect("the commit stays");
}

#[test]
fn the_default_branch_cannot_be_deleted() {
    history("kept", &[&[("a", Some("1"))]]);
    let with = |branch| json!({ "repositoryName": "kept", "branchName": branch });
    refused(
        "DeleteBranch",
        &with(json!("main")),
        "DefaultBranchCannotBeDeletedException",
    );
    refused("DeleteBranch", &with(json!("a..b")), "InvalidBranchNameException");
    refused("DeleteBranch", &with(json!(null)), "BranchNameRequiredException");
    check_names("DeleteBranch", "repositoryName", &json!({ "branchName": "b" }));
}
