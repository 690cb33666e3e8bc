//! `BatchGetCommits`.

use serde_json::json;

use super::{NOWHERE, call, check_names, history, refused};

#[test]
fn commits_come_in_the_order_asked_for_and_others_as_errors() {
    let commits = history("batch", &[&[("a", Some("1"))], &[("a", Some("2"))]]);
    let ids = json!([commits[1], NOWHERE, commits[0], commits[0][..8], "main"]);
    let got = call(
        "BatchGetCommits",
        &json!({ "repositoryName": "batch", "commitIds": ids }),
    )
    .expect("valid");
    let found: Vec<_> = got["commits"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|commit| &commit["commitId"])
        .collect();
    assert_eq!(found, [commits[1].as_str(), commits[0].as_str()]);
    let errors = got["errors"].as_array().expect("a list").iter();
    let errors: Vec<_> = errors.map(|error| (&error["commitId"], &error["errorCode"])).collect();
    assert_eq!(
        errors,
        [
            (&json!(NOWHERE), &json!("CommitIdDoesNotExistException")),
            (&json!(commits[0][..8]), &json!("InvalidCommitIdException")),
            (&json!("main"), &json!("InvalidCommitIdException")),
        ]
    );
    let one = call(
        "GetCommit",
        &json!({ "repositoryName": "batch", "commitId": commits[1] }),
    )
    .expect("it is there");
    assert_eq!(got["commits"][0], one["commit"]);
}

#[test]
fn at_most_a_hundred_are_asked_for() {
    let commits = history("batches", &[&[("a", Some("1"))]]);
    let with = |ids| json!({ "repositoryName": "batches", "commitIds": ids });
    let many = call("BatchGetCommits", &with(json!(vec![&commits[0]; 100]))).expect("a hundred are fine");
    assert_eq!(many["commits"].as_array().map(Vec::len), Some(100));
    refused(
        "BatchGetCommits",
        &with(json!(vec![&commits[0]; 101])),
        "CommitIdsLimitExceededException",
    );
    refused("BatchGetCommits", &with(json!([])), "CommitIdsListRequiredException");
    let none = json!({ "repositoryName": "batches" });
    refused("BatchGetCommits", &none, "CommitIdsListRequiredException");
    check_names("BatchGetCommits", "repositoryName", &json!({ "commitIds": [NOWHERE] }));
}
