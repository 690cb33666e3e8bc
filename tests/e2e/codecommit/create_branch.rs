//! `CreateBranch`.

use serde_json::{Value, json};

use super::{NOWHERE, branch, call, check_names, history, refused};

#[test]
fn a_branch_is_made_at_any_commit_and_the_default_stays() {
    let commits = history("branched", &[&[("a", Some("1"))], &[("a", Some("2"))]]);
    for name in ["old", "feature/with-slash", "größe", &"b".repeat(256)] {
        branch("branched", name, &commits[0]);
        let got = call(
            "GetBranch",
            &json!({ "repositoryName": "branched", "branchName": name }),
        )
        .expect("it is there");
        assert_eq!(got["branch"], json!({ "branchName": name, "commitId": commits[0] }));
    }
    assert_eq!(super::metadata("branched")["defaultBranch"], "main");
}

#[test]
fn what_cannot_be_a_branch_is_refused() {
    let commits = history("not-branched", &[&[("a", Some("1"))]]);
    let made = |name: Value, commit: Value| json!({ "repositoryName": "not-branched", "branchName": name, "commitId": commit });
    branch("not-branched", "taken", &commits[0]);
    let tip = Value::from(commits[0].as_str());
    let blob = call("GetFile", &json!({ "repositoryName": "not-branched", "filePath": "a" })).expect("there")["blobId"]
        .clone();
    for (name, commit, exception) in [
        (Value::Null, tip.clone(), "BranchNameRequiredException"),
        (json!("b"), Value::Null, "CommitIdRequiredException"),
        (json!("main"), tip.clone(), "BranchNameExistsException"),
        (json!("taken/below"), tip.clone(), "InvalidBranchNameException"),
        (json!("b"), json!(NOWHERE), "CommitDoesNotExistException"),
        (json!("b"), blob, "CommitDoesNotExistException"),
        (json!("b"), json!("main"), "InvalidCommitIdException"),
        (json!("b"), json!(commits[0][..12]), "InvalidCommitIdException"),
    ] {
        refused("CreateBranch", &made(name, commit), exception);
    }
    let long = "b".repeat(257);
    for name in [
        "a..b", "a b", "/a", "a/", "@", "a@{b", "-a^", "a.lock", NOWHERE, "", &long,
    ] {
        refused(
            "CreateBranch",
            &made(json!(name), tip.clone()),
            "InvalidBranchNameException",
        );
    }
    check_names(
        "CreateBranch",
        "repositoryName",
        &json!({ "branchName": "b", "commitId": NOWHERE }),
    );
}
