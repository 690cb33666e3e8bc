//! `PutFile`.

use packhouse_harness::{Aws, Git, Server};
use serde_json::{Value, json};

use super::{bytes, call, check_names, check_refusals, metadata, refused, with};

#[test]
fn a_file_that_is_put_is_an_ordinary_commit_of_git() {
    for format in ["sha1", "sha256"] {
        let (git, server) = (Git::newest(), Server::shared());
        git.log_in(server);
        let name = format!("put-{format}");
        let url = server.create_repository_of(&name, format);
        let base = json!({ "repositoryName": name, "branchName": "trunk" });
        let first = json!({ "filePath": "docs/read me.txt", "fileContent": bytes("one\n") });
        let first = call("PutFile", &with(&base, &first)).expect("the repository is empty");
        assert_eq!(metadata(&name)["defaultBranch"], "trunk");
        let second = json!({
            "filePath": "/bin/run", "fileContent": bytes([0, 255, 10]), "fileMode": "EXECUTABLE",
            "parentCommitId": first["commitId"], "name": "Änna", "email": "anna@example.com", "commitMessage": "Run\n\nit",
        });
        let second = call("PutFile", &with(&base, &second)).expect("the parent is the tip");

        git.run(&format!("clone --quiet {url} copy")).ok();
        let copy = git.in_dir("copy");
        copy.run("fsck --strict").ok();
        let of = |revision: &str| Value::from(copy.rev(revision));
        assert_eq!(
            (of("HEAD"), of("HEAD^")),
            (second["commitId"].clone(), first["commitId"].clone())
        );
        assert_eq!(
            (of("HEAD^{tree}"), of("HEAD:bin/run")),
            (second["treeId"].clone(), second["blobId"].clone())
        );
        assert_eq!(copy.run_args(["show", "HEAD:docs/read me.txt"]).ok(), "one\n");
        assert!(copy.run("ls-tree HEAD bin/run").ok().starts_with("100755 blob "));
        assert_eq!(
            copy.run("log -1 --format=%an|%ae|%cn|%ce|%B").ok().trim_end(),
            "Änna|anna@example.com|Änna|anna@example.com|Run\n\nit"
        );
        assert_eq!(
            copy.run("log -1 --format=%s|%ae HEAD^").ok().trim_end(),
            "Added docs/read me.txt|"
        );

        // A push goes on from there, and a file from the push.
        copy.commit("pushed", "x");
        copy.run("push --quiet origin trunk").ok();
        let third = json!({ "filePath": "third", "fileContent": bytes("3"), "parentCommitId": of("HEAD") });
        call("PutFile", &with(&base, &third)).expect("the parent is the tip");
        copy.run("pull --quiet --ff-only origin trunk").ok();
        assert_eq!(copy.run("show HEAD:third").ok(), "3");
        copy.run("fsck --strict").ok();
    }
}

#[test]
fn the_cli_puts_a_file() {
    let server = Server::shared();
    server.create_repository("put-cli");
    let put = Aws::of(server).codecommit(
        "put-file --repository-name put-cli --branch-name main --file-path a.txt --file-content hello \
         --commit-message added",
    );
    let got = Aws::of(server).codecommit("get-file --repository-name put-cli --file-path a.txt");
    assert_eq!(
        (&got["fileContent"], &got["commitId"]),
        (&"aGVsbG8=".into(), &put["commitId"])
    );
}

#[test]
fn what_cannot_be_put_is_refused() {
    let server = Server::shared();
    let git = Git::newest();
    git.log_in(server);
    let url = server.create_repository("put-refusals");
    let content = json!({ "branchName": "main", "filePath": "f", "fileContent": bytes("x") });
    check_names("PutFile", "repositoryName", &content);
    let work = git.init("work");
    let outdated = work.commit("folder/file", "x");
    work.run(&format!("update-index --add --cacheinfo 160000,{outdated},module"))
        .ok();
    let tip = work.commit("file", "x");
    work.run("tag v1").ok();
    work.run(&format!("push --quiet {url} main v1")).ok();
    let good = with(
        &content,
        &json!({ "repositoryName": "put-refusals", "parentCommitId": tip }),
    );
    let nowhere = "0123456789012345678901234567890123456789";
    check_refusals(
        "PutFile",
        &good,
        &[
            (json!({ "branchName": "a..b" }), "InvalidBranchNameException"),
            (json!({ "branchName": "absent" }), "BranchDoesNotExistException"),
            (json!({ "branchName": "v1" }), "BranchNameIsTagNameException"),
            (json!({ "parentCommitId": outdated }), "ParentCommitIdOutdatedException"),
            (
                json!({ "parentCommitId": nowhere }),
                "ParentCommitDoesNotExistException",
            ),
            (json!({ "parentCommitId": tip[..39] }), "InvalidParentCommitIdException"),
            (json!({ "fileContent": bytes("") }), "FileContentRequiredException"),
            (json!({ "filePath": "file" }), "SameFileContentException"),
            (
                json!({ "filePath": "folder" }),
                "FileNameConflictsWithDirectoryNameException",
            ),
            (
                json!({ "filePath": "file/x" }),
                "DirectoryNameConflictsWithFileNameException",
            ),
            (
                json!({ "filePath": "module/x" }),
                "FilePathConflictsWithSubmodulePathException",
            ),
            (json!({ "filePath": "a/../b" }), "InvalidPathException"),
            (json!({ "fileMode": "x" }), "InvalidFileModeException"),
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
        ("fileContent", "FileContentRequiredException"),
        ("parentCommitId", "ParentCommitIdRequiredException"),
    ] {
        let mut input = good.clone();
        input.as_object_mut().expect("an object").remove(member);
        refused("PutFile", &input, code);
    }
}

#[test]
fn files_of_six_megabytes_are_the_largest() {
    // Lambda takes less.
    let server = Server::start_embedded(&[]);
    server.create_repository("large");
    let put = |bytes: usize| {
        let content = super::bytes(vec![b'x'; bytes]);
        let input = json!({ "repositoryName": "large", "branchName": "main", "filePath": "f", "fileContent": content });
        server.boto3().call("PutFile", &input)
    };
    let refused = put((6 << 20) + 1).expect_err("it is too large");
    assert_eq!(refused.code, "FileContentSizeLimitExceededException");
    put(6 << 20).expect("it is as large as files may be");
    let got = json!({ "repositoryName": "large", "filePath": "f" });
    assert_eq!(
        server.boto3().call("GetFile", &got).expect("it was put")["fileSize"],
        6 << 20
    );
}
