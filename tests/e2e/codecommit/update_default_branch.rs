//! `UpdateDefaultBranch`.

use packhouse_harness::{Git, Server};
use serde_json::json;

use super::{call, check_names, metadata, refused};

#[test]
fn clones_follow_the_new_default_and_the_old_can_go() {
    let (git, server) = (Git::newest(), Server::shared());
    git.log_in(server);
    let url = server.create_repository("redefault");
    let work = git.init("work");
    work.commit("file", "x");
    work.run(&format!("push --quiet {url} main main:next")).ok();
    let parameters = json!({ "repositoryName": "redefault", "defaultBranchName": "next" });
    for _ in 0..2 {
        assert_eq!(
            call("UpdateDefaultBranch", &parameters).expect("the branch exists"),
            json!({})
        );
    }
    assert_eq!(metadata("redefault")["defaultBranch"], "next");
    git.run(&format!("clone --quiet {url} copy")).ok();
    assert_eq!(git.in_dir("copy").run("symbolic-ref HEAD").ok(), "refs/heads/next\n");
    work.run(&format!("push {url} :next")).refused_with("[remote rejected]");
    work.run(&format!("push --quiet {url} :main")).ok();
}

#[test]
fn names_of_branches_are_checked() {
    let branch = json!({ "defaultBranchName": "main" });
    check_names("UpdateDefaultBranch", "repositoryName", &branch);
    call("CreateRepository", &json!({ "repositoryName": "no-branches" })).expect("the name is free");
    let with = |branch: &str| json!({ "repositoryName": "no-branches", "defaultBranchName": branch });
    refused("UpdateDefaultBranch", &with("main"), "BranchDoesNotExistException");
    refused("UpdateDefaultBranch", &with("a..b"), "InvalidBranchNameException");
    refused(
        "UpdateDefaultBranch",
        &json!({ "repositoryName": "no-branches" }),
        "BranchNameRequiredException",
    );
}
