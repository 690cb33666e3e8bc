//! `UpdateRepositoryName`.

use packhouse_harness::{Git, Server};
use serde_json::json;

use super::{call, check_names, metadata, refused};

#[test]
fn a_renamed_repository_keeps_its_id_and_its_content() {
    let (git, server) = (Git::newest(), Server::shared());
    git.log_in(server);
    let old_url = server.create_repository("rename-old");
    let work = git.init("work");
    work.commit("file", "x");
    work.run(&format!("push --quiet {old_url} main")).ok();
    let before = metadata("rename-old");
    let renamed = call(
        "UpdateRepositoryName",
        &json!({ "oldName": "rename-old", "newName": "rename-new" }),
    );
    assert_eq!(renamed.expect("the new name is free"), json!({}));
    let after = metadata("rename-new");
    assert_eq!(after["repositoryId"], before["repositoryId"]);
    assert_eq!(after["cloneUrlHttp"], server.url("rename-new"));
    assert_eq!(after["Arn"], "arn:aws:codecommit:us-east-1:000000000000:rename-new");
    refused(
        "GetRepository",
        &json!({ "repositoryName": "rename-old" }),
        "RepositoryDoesNotExistException",
    );
    git.run(&format!("ls-remote {old_url}")).refused_with("not found");
    work.commit("file", "y");
    work.run(&format!("push --quiet {} main", server.url("rename-new")))
        .ok();
    server.create_repository("rename-old");
    assert_eq!(
        git.run(&format!("ls-remote {old_url}")).ok(),
        "",
        "the old name is free for another"
    );
}

#[test]
fn names_are_checked_and_never_taken_from_another() {
    check_names("UpdateRepositoryName", "oldName", &json!({ "newName": "fine" }));
    for name in ["taken-a", "taken-b"] {
        call("CreateRepository", &json!({ "repositoryName": name })).expect("the name is free");
    }
    let taken = json!({ "oldName": "taken-a", "newName": "taken-b" });
    refused("UpdateRepositoryName", &taken, "RepositoryNameExistsException");
    refused(
        "UpdateRepositoryName",
        &json!({ "oldName": "taken-a" }),
        "RepositoryNameRequiredException",
    );
    let invalid = json!({ "oldName": "taken-a", "newName": "a b" });
    refused("UpdateRepositoryName", &invalid, "InvalidRepositoryNameException");
}
