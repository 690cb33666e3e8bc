//! `DeleteRepository`.

use packhouse_harness::{Git, Server};
use serde_json::{Value, json};

use super::{call, check_names, metadata, refused};

#[test]
fn a_deleted_repository_is_gone_and_its_name_is_free() {
    let (git, server) = (Git::newest(), Server::shared());
    git.log_in(server);
    let url = server.create_repository("deleted");
    let work = git.init("work");
    work.commit("file", "x");
    work.run(&format!("push --quiet {url} main")).ok();
    let id = metadata("deleted")["repositoryId"].clone();
    let deleted = call("DeleteRepository", &json!({ "repositoryName": "deleted" })).expect("the repository exists");
    assert_eq!(deleted, json!({ "repositoryId": id }));
    refused(
        "GetRepository",
        &json!({ "repositoryName": "deleted" }),
        "RepositoryDoesNotExistException",
    );
    let told = git.run(&format!("ls-remote {url}")).refused();
    assert!(told.contains("not found"), "{told}");
    work.run(&format!("push {url} main:again")).refused();
    server.create_repository("deleted");
    assert_ne!(metadata("deleted")["repositoryId"], id);
    assert_eq!(
        git.run(&format!("ls-remote {url}")).ok(),
        "",
        "a new repository is empty"
    );
}

#[test]
fn deleting_what_does_not_exist_succeeds() {
    let deleted = call("DeleteRepository", &json!({ "repositoryName": "absent" })).expect("as CodeCommit does");
    assert_eq!(deleted.get("repositoryId").unwrap_or(&Value::Null), &Value::Null);
}

#[test]
fn an_administrator_brings_a_deleted_repository_back() {
    let (git, server) = (Git::newest(), Server::shared());
    git.log_in(server);
    let url = server.create_repository("undeleted");
    let work = git.init("work");
    let tip = work.commit("file", "x");
    work.run(&format!("push --quiet {url} main")).ok();
    let deleted = call("DeleteRepository", &json!({ "repositoryName": "undeleted" })).expect("the repository exists");
    let id = deleted["repositoryId"].as_str().expect("an id").to_owned();
    server.packhouse(&["admin", "undelete", &id]);
    assert_eq!(metadata("undeleted")["repositoryId"], id.as_str());
    assert_eq!(
        git.run(&format!("ls-remote --heads {url}")).ok(),
        format!("{tip}\trefs/heads/main\n")
    );
}

#[test]
fn names_are_checked() {
    check_names("DeleteRepository", "repositoryName", &json!({}));
}
