//! `GetFile`.

use packhouse_harness::{Git, Server};
use serde_json::{Value, json};

use super::{NOWHERE, bytes, call, check_names, history, metadata, refused};

fn get(repository: &str, specifier: &Value, path: &str) -> Value {
    let parameters = json!({ "repositoryName": repository, "commitSpecifier": specifier, "filePath": path });
    call("GetFile", &parameters).expect("it is there")
}

#[test]
fn a_file_is_read_at_any_commit() {
    let commits = history(
        "read",
        &[&[("dir/a.txt", Some("one\n"))], &[("dir/a.txt", Some("two\n"))]],
    );
    for (specifier, commit, content) in [
        (json!(null), 1, "two\n"),
        (json!("HEAD"), 1, "two\n"),
        (json!("main"), 1, "two\n"),
        (json!("refs/heads/main"), 1, "two\n"),
        (json!(commits[0]), 0, "one\n"),
    ] {
        let file = get("read", &specifier, "/dir/a.txt");
        assert_eq!(file["commitId"], commits[commit], "{specifier}");
        assert_eq!(file["fileContent"], bytes(content), "{specifier}");
        assert_eq!(
            (&file["filePath"], &file["fileMode"]),
            (&json!("dir/a.txt"), &json!("NORMAL"))
        );
        assert_eq!(file["fileSize"], 4);
    }
}

#[test]
fn a_tag_leads_to_what_it_points_to_and_links_and_programs_are_told() {
    let server = Server::shared();
    server.create_repository("kinds");
    let git = Git::newest();
    git.log_in(server);
    let work = git.init("kinds");
    work.commit("run.sh", "#!/bin/sh\n");
    std::os::unix::fs::symlink("run.sh", work.dir().join("link")).expect("the folder is there");
    work.run("add link").ok();
    work.run("update-index --chmod=+x run.sh").ok();
    work.run("commit -qm kinds").ok();
    work.run("tag -a v1 -m v1").ok();
    work.run(&format!("push -q {} HEAD:refs/heads/main v1", server.url("kinds")))
        .ok();
    assert_eq!(metadata("kinds")["defaultBranch"], "main");
    assert_eq!(get("kinds", &json!("v1"), "run.sh")["fileMode"], "EXECUTABLE");
    let link = get("kinds", &json!("refs/tags/v1"), "link");
    assert_eq!(
        (&link["fileMode"], &link["fileContent"]),
        (&json!("SYMLINK"), &bytes("run.sh"))
    );
}

#[test]
fn what_is_no_file_is_refused() {
    history("no-files", &[&[("dir/a", Some("1"))]]);
    let with =
        |specifier, path| json!({ "repositoryName": "no-files", "commitSpecifier": specifier, "filePath": path });
    for (specifier, path, exception) in [
        (json!(null), json!(null), "PathRequiredException"),
        (json!("absent"), json!("dir/a"), "CommitDoesNotExistException"),
        (json!(NOWHERE), json!("dir/a"), "CommitDoesNotExistException"),
        (json!("main~1"), json!("dir/a"), "InvalidCommitException"),
        (json!(null), json!("dir/b"), "FileDoesNotExistException"),
        (json!(null), json!("dir"), "FileDoesNotExistException"),
        (json!(null), json!("dir/a/b"), "FileDoesNotExistException"),
        (json!(null), json!(""), "InvalidPathException"),
        (json!(null), json!("dir//a"), "InvalidPathException"),
        (json!(null), json!("../a"), "InvalidPathException"),
        (json!(null), json!("a/./b"), "InvalidPathException"),
    ] {
        refused("GetFile", &with(specifier, path), exception);
    }
    call("CreateRepository", &json!({ "repositoryName": "empty-files" })).expect("the name is free");
    let empty = json!({ "repositoryName": "empty-files", "filePath": "a" });
    refused("GetFile", &empty, "CommitDoesNotExistException");
    check_names("GetFile", "repositoryName", &json!({ "filePath": "a" }));
}

#[test]
fn files_are_told_up_to_six_megabytes() {
    let server = Server::shared();
    server.create_repository("large-files");
    let git = Git::newest();
    git.log_in(server);
    let work = git.init("large-files");
    work.commit("fits", vec![b'a'; 6 << 20]);
    work.commit("too-large", vec![b'b'; (6 << 20) + 1]);
    work.run(&format!("push -q {} HEAD:refs/heads/main", server.url("large-files")))
        .ok();
    assert_eq!(get("large-files", &json!(null), "fits")["fileSize"], 6 << 20);
    let too_large = json!({ "repositoryName": "large-files", "filePath": "too-large" });
    refused("GetFile", &too_large, "FileTooLargeException");
    let id = work.rev("HEAD:too-large");
    refused(
        "GetBlob",
        &json!({ "repositoryName": "large-files", "blobId": id }),
        "FileTooLargeException",
    );
    refused(
        "GetBlobDifferences",
        &json!({ "repositoryName": "large-files", "afterBlobId": id }),
        "FileTooLargeException",
    );
}
