//! `ListRepositories`.

use packhouse_harness::{Aws, Server};
use serde_json::json;

use super::{call, refused};

#[test]
fn repositories_are_listed_in_either_order() {
    let server = Server::start();
    for name in ["b", "c", "a"] {
        server.create_repository(name);
    }
    server
        .boto3()
        .call(
            "UpdateRepositoryDescription",
            &json!({ "repositoryName": "c", "repositoryDescription": "touched" }),
        )
        .expect("the repository exists");
    let listed = |arguments: &str| {
        let listed = Aws::of(&server).codecommit(&format!("list-repositories {arguments}"));
        let repositories = listed["repositories"].as_array().expect("a list").clone();
        assert!(
            repositories
                .iter()
                .all(|one| one["repositoryId"].as_str().is_some_and(|id| id.len() == 36))
        );
        let names = repositories
            .iter()
            .map(|one| one["repositoryName"].as_str().unwrap_or_default().to_owned());
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(listed("--sort-by repositoryName --order ascending"), "a b c");
    assert_eq!(listed("--sort-by repositoryName --order descending"), "c b a");
    assert_eq!(listed("--sort-by lastModifiedDate --order ascending"), "b a c");
    assert_eq!(listed("--sort-by lastModifiedDate --order descending"), "c a b");
}

#[test]
fn an_empty_account_lists_nothing() {
    let server = Server::start();
    assert_eq!(
        Aws::of(&server).codecommit("list-repositories"),
        json!({ "repositories": [] })
    );
}

#[test]
fn orders_and_tokens_are_checked() {
    refused(
        "ListRepositories",
        &json!({ "sortBy": "size" }),
        "InvalidSortByException",
    );
    refused(
        "ListRepositories",
        &json!({ "order": "sideways" }),
        "InvalidOrderException",
    );
    refused(
        "ListRepositories",
        &json!({ "nextToken": "nonsense" }),
        "InvalidContinuationTokenException",
    );
    call("ListRepositories", &json!({})).expect("nothing is required");
}
