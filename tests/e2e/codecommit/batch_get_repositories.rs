//! `BatchGetRepositories`.

use packhouse_harness::{Aws, Server};
use serde_json::json;

use super::{call, metadata, refused};

#[test]
fn what_exists_and_what_does_not_come_apart() {
    for name in ["batch-a", "batch-b"] {
        call("CreateRepository", &json!({ "repositoryName": name })).expect("the name is free");
    }
    let names = json!(["batch-b", "batch-none", "batch-a"]);
    let got = call("BatchGetRepositories", &json!({ "repositoryNames": names })).expect("valid names");
    assert_eq!(got["repositories"], json!([metadata("batch-b"), metadata("batch-a")]));
    assert_eq!(got["repositoriesNotFound"], json!(["batch-none"]));
    let by_cli = Aws::of(Server::shared()).codecommit("batch-get-repositories --repository-names batch-a batch-none");
    assert_eq!(by_cli["repositories"].as_array().map(Vec::len), Some(1));
}

#[test]
fn lists_of_names_are_checked() {
    refused("BatchGetRepositories", &json!({}), "RepositoryNamesRequiredException");
    refused(
        "BatchGetRepositories",
        &json!({ "repositoryNames": [] }),
        "RepositoryNamesRequiredException",
    );
    let names: Vec<_> = (0..101).map(|at| format!("n{at}")).collect();
    refused(
        "BatchGetRepositories",
        &json!({ "repositoryNames": names }),
        "MaximumRepositoryNamesExceededException",
    );
    refused(
        "BatchGetRepositories",
        &json!({ "repositoryNames": ["a b"] }),
        "InvalidRepositoryNameException",
    );
}
