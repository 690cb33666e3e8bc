//! `CreateCommit`.

use packhouse_harness::{Git, Server};
use serde_json::{Value, json};

use super::merge_limits::{blob, tree};
use super::{NOWHERE, bytes, call, check_names, check_refusals, refused, with};

fn paths(files: &Value) -> Vec<&str> {
    let files = files.as_array().expect("a list").iter();
    files
        .map(|file| file["absolutePath"].as_str().expect("a path"))
        .collect()
}

#[test]
fn one_commit_changes_many_files_as_git_would() {
    for format in ["sha1", "sha256"] {
        let (git, server) = (Git::newest(), Server::shared());
        git.log_in(server);
        let name = format!("commit-{format}");
        let url = server.create_repository_of(&name, format);
        let base = json!({ "repositoryName": name, "branchName": "main" });
        let first = json!({ "putFiles": [
            { "filePath": "old/one", "fileContent": bytes("1") },
            { "filePath": "old/two", "fileContent": bytes("2") },
            { "filePath": "run", "fileContent": bytes("#!") },
            { "filePath": "empty", "fileContent": bytes("") },
        ] });
        let first = call("CreateCommit", &with(&base, &first)).expect("the repository is empty");
        let second = json!({
            "parentCommitId": first["commitId"],
            "putFiles": [
                { "filePath": "new/one", "sourceFile": { "filePath": "old/one", "isMove": true } },
                { "filePath": "copy", "sourceFile": { "filePath": "run" } },
                { "filePath": "link", "fileContent": bytes("run"), "fileMode": "SYMLINK" },
                { "filePath": "empty", "fileContent": bytes("no more") },
            ],
            "deleteFiles": [{ "filePath": "old/two" }],
            "setFileModes": [{ "filePath": "run", "fileMode": "EXECUTABLE" }],
            "keepEmptyFolders": true,
            "authorName": "Anna", "email": "anna@example.com", "commitMessage": "Many",
        });
        let second = call("CreateCommit", &with(&base, &second)).expect("the parent is the tip");
        assert_eq!(
            paths(&second["filesAdded"]),
            ["new/one", "copy", "link", "old/.gitkeep"]
        );
        assert_eq!(paths(&second["filesUpdated"]), ["empty", "run"]);
        assert_eq!(paths(&second["filesDeleted"]), ["old/one", "old/two"]);

        git.run(&format!("clone --quiet {url} copy")).ok();
        let copy = git.in_dir("copy");
        copy.run("fsck --strict").ok();
        assert_eq!(Value::from(copy.rev("HEAD")), second["commitId"]);
        assert_eq!(
            copy.run_args(["ls-tree", "-r", "--format=%(objectmode) %(path)", "HEAD"])
                .ok(),
            "100644 copy\n100644 empty\n120000 link\n100644 new/one\n100644 old/.gitkeep\n100755 run\n"
        );
        assert_eq!(copy.run("show HEAD:link").ok(), "run");
        assert_eq!(copy.run("log --format=%an:%s").ok().lines().next(), Some("Anna:Many"));
        // Git itself would have written the same trees.
        copy.run("read-tree --empty").ok();
        copy.run("add --all").ok();
        assert_eq!(Value::from(copy.run("write-tree").ok().trim()), second["treeId"]);
    }
}

/// A repository to put commits on, a commit that is none of its branches' tip, and an input that would do.
fn ground(name: &str) -> (String, Value) {
    let (git, server) = (Git::newest(), Server::shared());
    git.log_in(server);
    let url = server.create_repository(name);
    let work = git.init("work");
    work.commit("folder/.gitkeep", "");
    let outdated = work.commit("folder/file", "x");
    work.run(&format!("update-index --add --cacheinfo 160000,{outdated},module"))
        .ok();
    let tip = work.commit("file", "x");
    work.run("tag v1").ok();
    work.run(&format!("push --quiet {url} main v1")).ok();
    let delete = json!([{ "filePath": "file" }]);
    let rest = json!({ "branchName": "main", "parentCommitId": tip, "deleteFiles": delete });
    (outdated, with(&rest, &json!({ "repositoryName": name })))
}

#[test]
fn commits_that_cannot_be_made_are_refused() {
    let (outdated, whole) = ground("commit-refusals");
    let mut rest = whole.clone();
    rest.as_object_mut().expect("an object").remove("repositoryName");
    check_names("CreateCommit", "repositoryName", &rest);
    check_refusals(
        "CreateCommit",
        &whole,
        &[
            (json!({ "branchName": "a b" }), "InvalidBranchNameException"),
            (json!({ "branchName": "absent" }), "BranchDoesNotExistException"),
            (json!({ "branchName": "v1" }), "BranchNameIsTagNameException"),
            (json!({ "parentCommitId": outdated }), "ParentCommitIdOutdatedException"),
            (json!({ "parentCommitId": "main" }), "InvalidParentCommitIdException"),
            (
                json!({ "parentCommitId": NOWHERE }),
                "ParentCommitDoesNotExistException",
            ),
            (json!({ "authorName": "n".repeat(1025) }), "NameLengthExceededException"),
            (json!({ "email": "e".repeat(257) }), "InvalidEmailException"),
            (
                json!({ "commitMessage": "m".repeat((256 << 10) + 1) }),
                "CommitMessageLengthExceededException",
            ),
            (json!({ "deleteFiles": [{}] }), "PathRequiredException"),
            (
                json!({ "deleteFiles": [{ "filePath": "a//b" }] }),
                "InvalidPathException",
            ),
            (
                json!({ "deleteFiles": [{ "filePath": "absent" }] }),
                "FileDoesNotExistException",
            ),
            (
                json!({ "deleteFiles": [{ "filePath": "x" }, { "filePath": "x" }] }),
                "SamePathRequestException",
            ),
            (json!({ "deleteFiles": [] }), "FileEntryRequiredException"),
            (
                json!({ "setFileModes": [{ "filePath": "folder/file" }] }),
                "FileModeRequiredException",
            ),
            (
                json!({ "setFileModes": [{ "filePath": "folder/file", "fileMode": "x" }] }),
                "InvalidFileModeException",
            ),
            (
                json!({ "deleteFiles": [{ "filePath": "folder/file" }, { "filePath": "folder/.gitkeep" }],
                    "keepEmptyFolders": true }),
                "InvalidDeletionParameterException",
            ),
        ],
    );
}

#[test]
fn a_commit_needs_a_branch_and_a_parent() {
    let (_, whole) = ground("commit-members");
    for (member, code) in [
        ("branchName", "BranchNameRequiredException"),
        ("parentCommitId", "ParentCommitIdRequiredException"),
    ] {
        let mut without = whole.clone();
        without.as_object_mut().expect("an object").remove(member);
        refused("CreateCommit", &without, code);
    }
}

#[test]
fn folders_of_more_than_six_megabytes_are_not_made() {
    let (git, server) = (Git::newest(), Server::shared());
    git.log_in(server);
    let work = git.init("crowded-commit");
    // An entry is its mode, its name, and its id: one more would be too many.
    let names = (0..(6 << 20) / 278).map(|at| format!("{at:0250}"));
    let file = blob(&work, b"x");
    let crowded = tree(&work, ("100644", "blob", &file), names);
    let tip = work.run(&format!("commit-tree -m x {crowded}")).ok();
    let tip = tip.trim_end();
    let url = server.create_repository("crowded-commit");
    work.run(&format!("push --quiet {url} {tip}:refs/heads/main")).ok();
    let on = json!({ "repositoryName": "crowded-commit", "branchName": "main", "parentCommitId": tip });
    let (path, content) = (format!("a{:0249}", 0), bytes("x"));
    let put = json!({ "filePath": path, "fileContent": content });
    let code = "FolderContentSizeLimitExceededException";
    refused("CreateCommit", &with(&on, &json!({ "putFiles": [put] })), code);
    refused("PutFile", &with(&on, &put), code);
    let instead = json!({ "putFiles": [put], "deleteFiles": [{ "filePath": format!("{:0250}", 0) }] });
    call("CreateCommit", &with(&on, &instead)).expect("it is as large as it was");
}

#[test]
fn files_that_cannot_be_put_are_refused() {
    let (_, whole) = ground("put-files-refused");
    let puts = with(&whole, &json!({ "deleteFiles": [] }));
    let put = |files: Value| json!({ "putFiles": files });
    let content = bytes("x");
    let many: Vec<Value> = (0..101)
        .map(|at| json!({ "filePath": format!("n{at}"), "fileContent": content }))
        .collect();
    check_refusals(
        "CreateCommit",
        &puts,
        &[
            (put(json!(many)), "MaximumFileEntriesExceededException"),
            (
                put(json!([{ "filePath": "x" }])),
                "SourceFileOrContentRequiredException",
            ),
            (
                put(json!([{ "filePath": "x", "fileContent": content, "sourceFile": { "filePath": "file" } }])),
                "FileContentAndSourceFileSpecifiedException",
            ),
            (
                put(json!([{ "filePath": "x", "sourceFile": { "filePath": "folder/.gitkeep" } }])),
                "RestrictedSourceFileException",
            ),
            (
                put(
                    json!([{ "filePath": "x", "fileContent": content }, { "filePath": "x/y", "fileContent": content }]),
                ),
                "PutFileEntryConflictException",
            ),
            (
                put(json!([{ "filePath": "folder", "fileContent": content }])),
                "FileNameConflictsWithDirectoryNameException",
            ),
            (
                put(json!([{ "filePath": "file/x", "fileContent": content }])),
                "DirectoryNameConflictsWithFileNameException",
            ),
            (
                put(json!([{ "filePath": "module/x", "fileContent": content }])),
                "FilePathConflictsWithSubmodulePathException",
            ),
            (
                put(json!([{ "filePath": "file", "fileContent": content }])),
                "NoChangeException",
            ),
        ],
    );
}

#[test]
fn files_of_seven_megabytes_together_are_the_most() {
    // Lambda takes less.
    let server = Server::start_embedded(&[]);
    server.create_repository("large");
    let commit = |more: usize| {
        let files = [("six", 6 << 20), ("one", (1 << 20) + more)];
        let files = files.map(|(path, size)| json!({ "filePath": path, "fileContent": bytes(vec![b'x'; size]) }));
        let input = json!({ "repositoryName": "large", "branchName": "main", "putFiles": files });
        server.boto3().call("CreateCommit", &input)
    };
    let refused = commit(1).expect_err("they are too large together");
    assert_eq!(refused.code, "FileContentSizeLimitExceededException");
    let made = commit(0).expect("they are as large as they may be");
    assert_eq!(paths(&made["filesAdded"]), ["six", "one"]);
}
