//! `DeleteFile`.

use packhouse_harness::{Git, Server};
use serde_json::{Value, json};

use super::{call, check_names, check_refusals, refused, with};

#[test]
fn a_deleted_file_takes_its_empty_folders_along_or_leaves_them() {
    let (git, server) = (Git::newest(), Server::shared());
    git.log_in(server);
    let url = server.create_repository("delete-file");
    let work = git.init("work");
    work.commit("a/b/c/file", "1");
    work.commit("kept/folder/file", "2");
    let tip = work.commit("top", "3");
    let blob = Value::from(work.rev("HEAD:a/b/c/file"));
    work.run(&format!("push --quiet {url} main")).ok();

    let base = json!({ "repositoryName": "delete-file", "branchName": "main" });
    let first = json!({ "filePath": "/a/b/c/file", "parentCommitId": tip });
    let first = call("DeleteFile", &with(&base, &first)).expect("it is there");
    assert_eq!((&first["filePath"], &first["blobId"]), (&"a/b/c/file".into(), &blob));
    let second = json!({
        "filePath": "kept/folder/file", "parentCommitId": first["commitId"], "keepEmptyFolders": true,
        "name": "Anna", "email": "anna@example.com", "commitMessage": "Keep it",
    });
    let second = call("DeleteFile", &with(&base, &second)).expect("it is there");

    work.run(&format!("pull --quiet --ff-only {url} main")).ok();
    work.run("fsck --strict").ok();
    assert_eq!(Value::from(work.rev("HEAD")), second["commitId"]);
    assert_eq!(Value::from(work.rev("HEAD^{tree}")), second["treeId"]);
    assert_eq!(
        work.run("ls-tree -r --name-only HEAD").ok(),
        "kept/folder/.gitkeep\ntop\n"
    );
    assert_eq!(
        work.run("log -2 --format=%an:%s").ok().lines().next(),
        Some("Anna:Keep it")
    );
    assert_eq!(work.run("log -1 --format=%s HEAD^").ok(), "Deleted a/b/c/file\n");
}

#[test]
fn what_cannot_be_deleted_is_refused() {
    let (git, server) = (Git::newest(), Server::shared());
    git.log_in(server);
    let url = server.create_repository("delete-refusals");
    let work = git.init("work");
    let outdated = work.commit("folder/file", "x");
    let tip = work.commit("file", "x");
    work.run("tag v1").ok();
    work.run(&format!("push --quiet {url} main v1")).ok();
    let rest = json!({ "branchName": "main", "filePath": "file", "parentCommitId": tip });
    check_names("DeleteFile", "repositoryName", &rest);
    let good = with(&rest, &json!({ "repositoryName": "delete-refusals" }));
    check_refusals(
        "DeleteFile",
        &good,
        &[
            (json!({ "branchName": "a b" }), "InvalidBranchNameException"),
            (json!({ "branchName": "absent" }), "BranchDoesNotExistException"),
            (json!({ "branchName": "v1" }), "BranchNameIsTagNameException"),
            (json!({ "parentCommitId": outdated }), "ParentCommitIdOutdatedException"),
            (json!({ "parentCommitId": "main" }), "InvalidParentCommitIdException"),
            (
                json!({ "parentCommitId": "0123456789012345678901234567890123456789" }),
                "ParentCommitDoesNotExistException",
            ),
            (json!({ "filePath": "absent" }), "FileDoesNotExistException"),
            (json!({ "filePath": "folder" }), "FileDoesNotExistException"),
            (json!({ "filePath": "a//b" }), "InvalidPathException"),
            (json!({ "name": "n".repeat(1025) }), "NameLengthExceededException"),
            (json!({ "email": "e".repeat(257) }), "InvalidEmailException"),
            (
                json!({ "commitMessage": "m".repeat((256 << 10) + 1) }),
                "CommitMessageLengthExceededException",
            ),
        ],
    );
    for (member, code) in [
        ("branchName", "BranchNameRequiredException"),
        ("filePath", "PathRequiredException"),
        ("parentCommitId", "ParentCommitIdRequiredException"),
    ] {
        let mut input = good.clone();
        input.as_object_mut().expect("an object").remove(member);
        refused("DeleteFile", &input, code);
    }
}
