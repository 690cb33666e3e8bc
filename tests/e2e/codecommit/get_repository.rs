//! `GetRepository`.

use packhouse_harness::{Git, Server};
use serde_json::json;

use super::{call, check_names, metadata};

#[test]
fn the_default_branch_shows_after_the_first_push() {
    let server = Server::shared();
    let created = call("CreateRepository", &json!({ "repositoryName": "got" })).expect("the name is free");
    assert_eq!(metadata("got"), created["repositoryMetadata"]);
    let git = Git::newest();
    git.log_in(server);
    let work = git.init("work");
    work.commit("file", "x");
    work.run(&format!("push --quiet {} main:trunk", server.url("got"))).ok();
    assert_eq!(metadata("got")["defaultBranch"], "trunk");
}

#[test]
fn names_are_checked() {
    check_names("GetRepository", "repositoryName", &json!({}));
}
