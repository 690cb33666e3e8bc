//! Repositories whose branches parted, and what all operations on merges refuse.

use packhouse_harness::{Git, Server};
use serde_json::{Value, json};

use super::{NOWHERE, branch, bytes, call, check_names, check_refusals, history, refused, text, with};

/// Paths with what becomes of them. Content `None` deletes.
pub(super) type Files<'a> = &'a [(&'a str, Option<&'a str>)];

/// Makes a repository whose branches `main` and `topic` changed the files of one commit; the tips of base, main and topic.
#[track_caller]
pub(super) fn forked(name: &str, base: Files<'_>, main: Files<'_>, topic: Files<'_>) -> [String; 3] {
    forked_by(name, base, &changes(main), &changes(topic))
}

/// The same, with changes as `CreateCommit` takes them.
#[track_caller]
pub(super) fn forked_by(name: &str, base: Files<'_>, main: &Value, topic: &Value) -> [String; 3] {
    let base = history(name, &[base]).remove(0);
    branch(name, "topic", &base);
    let ours = commit(name, "main", &base, main);
    let theirs = commit(name, "topic", &base, topic);
    [base, ours, theirs]
}

/// Makes a commit on a branch, with changes as `CreateCommit` takes them.
#[track_caller]
pub(super) fn commit(name: &str, branch: &str, parent: &str, changes: &Value) -> String {
    let on = json!({ "repositoryName": name, "branchName": branch, "parentCommitId": parent, "commitMessage": "x" });
    let made = call("CreateCommit", &with(&on, changes)).expect("the commit is valid");
    text(&made["commitId"])
}

/// Changes as `CreateCommit` takes them.
pub(super) fn changes(files: Files<'_>) -> Value {
    let put = files.iter().filter_map(|(path, content)| {
        let content = (*content)?;
        Some(json!({ "filePath": path, "fileContent": bytes(content) }))
    });
    let deleted = files.iter().filter(|(_, content)| content.is_none());
    json!({
        "putFiles": put.collect::<Vec<_>>(),
        "deleteFiles": deleted.map(|(path, _)| json!({ "filePath": path })).collect::<Vec<_>>(),
    })
}

/// What names the merge of `topic` into `main`.
pub(super) fn between(name: &str) -> Value {
    json!({ "repositoryName": name, "sourceCommitSpecifier": "topic", "destinationCommitSpecifier": "main" })
}

/// The text of a file in a commit; `None` where it is not.
#[track_caller]
pub(super) fn content(name: &str, commit: &str, path: &str) -> Option<Value> {
    let file = json!({ "repositoryName": name, "commitSpecifier": commit, "filePath": path });
    match call("GetFile", &file) {
        Ok(got) => Some(got["fileContent"].clone()),
        Err(error) => {
            assert_eq!(error.code, "FileDoesNotExistException", "{}", error.message);
            None
        }
    }
}

/// Fails unless the operation refuses commits and repositories that are none. There must be a file at the root of `main`.
#[track_caller]
pub(super) fn check_commits(operation: &str, good: &Value) {
    let root = json!({ "repositoryName": good["repositoryName"], "commitSpecifier": "main", "folderPath": "/" });
    let blob = &call("GetFolder", &root).expect("there is a commit")["files"][0]["blobId"];
    for side in ["sourceCommitSpecifier", "destinationCommitSpecifier"] {
        let mut without = good.clone();
        without.as_object_mut().expect("an object").remove(side);
        refused(operation, &without, "CommitRequiredException");
        let refusals = [
            (json!({ side: "absent" }), "CommitDoesNotExistException"),
            (json!({ side: "refs/tags/main" }), "CommitDoesNotExistException"),
            (json!({ side: NOWHERE }), "CommitDoesNotExistException"),
            (json!({ side: blob }), "InvalidCommitException"),
        ];
        check_refusals(operation, good, &refusals);
        if operation != "GetMergeConflicts" {
            refused(
                operation,
                &with(good, &json!({ side: "main~1" })),
                "InvalidCommitException",
            );
        }
    }
    let mut nowhere = good.clone();
    nowhere.as_object_mut().expect("an object").remove("repositoryName");
    check_names(operation, "repositoryName", &nowhere);
}

/// Fails unless the operation refuses levels and strategies that are none.
#[track_caller]
pub(super) fn check_handling(operation: &str, good: &Value) {
    let refusals = [
        (
            json!({ "conflictDetailLevel": "WORD_LEVEL" }),
            "InvalidConflictDetailLevelException",
        ),
        (
            json!({ "conflictResolutionStrategy": "ACCEPT" }),
            "InvalidConflictResolutionStrategyException",
        ),
    ];
    check_refusals(operation, good, &refusals);
}

/// Fails unless the operation refuses ways to merge that are none.
#[track_caller]
pub(super) fn check_option(operation: &str, good: &Value) {
    let mut without = good.clone();
    without.as_object_mut().expect("an object").remove("mergeOption");
    refused(operation, &without, "MergeOptionRequiredException");
    let other = with(good, &json!({ "mergeOption": "OCTOPUS_MERGE" }));
    refused(operation, &other, "InvalidMergeOptionException");
}

/// Fails unless an operation that makes a commit refuses what cannot be one. The file `a` must be in conflict, and nothing
/// else may; `kept` must be there and not be in conflict.
#[track_caller]
pub(super) fn check_commitment(operation: &str, good: &Value) {
    check_handling(operation, good);
    refused(operation, good, "ManualMergeRequiredException");
    let resolved =
        |resolution: Value| json!({ "conflictResolutionStrategy": "AUTOMERGE", "conflictResolution": resolution });
    let replaced = |entry: Value| resolved(json!({ "replaceContents": [entry] }));
    let delete = json!({ "filePath": "a" });
    let many: Vec<Value> = (0..1001).map(|at| json!({ "filePath": format!("f{at}") })).collect();
    let keep = json!({ "filePath": "a", "replacementType": "KEEP_BASE" });
    let refusals = [
        (
            json!({ "conflictResolutionStrategy": "AUTOMERGE" }),
            "ManualMergeRequiredException",
        ),
        (
            json!({ "conflictResolution": { "deleteFiles": [delete] } }),
            "InvalidConflictResolutionException",
        ),
        (
            replaced(json!({ "filePath": "kept", "replacementType": "KEEP_BASE" })),
            "InvalidConflictResolutionException",
        ),
        (
            resolved(json!({ "deleteFiles": many })),
            "MaximumConflictResolutionEntriesExceededException",
        ),
        (
            resolved(json!({ "replaceContents": [keep], "deleteFiles": [delete] })),
            "MultipleConflictResolutionEntriesException",
        ),
        (replaced(json!({ "filePath": "a" })), "ReplacementTypeRequiredException"),
        (
            replaced(json!({ "filePath": "a", "replacementType": "KEEP" })),
            "InvalidReplacementTypeException",
        ),
        (
            replaced(json!({ "filePath": "a", "replacementType": "USE_NEW_CONTENT" })),
            "ReplacementContentRequiredException",
        ),
        (
            replaced(with(&keep, &json!({ "content": bytes("x") }))),
            "InvalidReplacementContentException",
        ),
        (
            replaced(with(&keep, &json!({ "fileMode": "777" }))),
            "InvalidFileModeException",
        ),
        (
            replaced(json!({ "replacementType": "KEEP_BASE" })),
            "PathRequiredException",
        ),
        (
            replaced(with(&keep, &json!({ "filePath": "a//b" }))),
            "InvalidPathException",
        ),
        (
            resolved(json!({ "setFileModes": [{ "filePath": "a" }] })),
            "FileModeRequiredException",
        ),
    ];
    check_refusals(operation, good, &refusals);
    let accept = with(good, &json!({ "conflictResolutionStrategy": "ACCEPT_SOURCE" }));
    let refusals = [
        (json!({ "authorName": "n".repeat(1025) }), "NameLengthExceededException"),
        (json!({ "email": "a<b>" }), "InvalidEmailException"),
        (json!({ "email": "e".repeat(257) }), "InvalidEmailException"),
        (
            json!({ "commitMessage": "m".repeat((256 << 10) + 1) }),
            "CommitMessageLengthExceededException",
        ),
    ];
    check_refusals(operation, &accept, &refusals);
}

/// Fails unless an operation that moves a branch refuses what is none, and one that does not point to the destination.
#[track_caller]
pub(super) fn check_targets(operation: &str, good: &Value) {
    let refusals = [
        (json!({ "targetBranch": "absent" }), "BranchDoesNotExistException"),
        (json!({ "targetBranch": "v1" }), "BranchNameIsTagNameException"),
        (json!({ "targetBranch": "a..b" }), "InvalidBranchNameException"),
        (json!({ "targetBranch": "b".repeat(257) }), "InvalidBranchNameException"),
        (
            json!({ "targetBranch": "refs/tags/v1" }),
            "InvalidTargetBranchException",
        ),
        (json!({ "targetBranch": "topic" }), "ConcurrentReferenceUpdateException"),
        (
            json!({ "destinationCommitSpecifier": "HEAD" }),
            "BranchNameRequiredException",
        ),
        (
            json!({ "destinationCommitSpecifier": "v1" }),
            "BranchNameIsTagNameException",
        ),
    ];
    check_refusals(operation, good, &refusals);
}

/// Makes a tag, which only Git can.
#[track_caller]
pub(super) fn tag(name: &str, tag: &str, commit: &str) {
    let (git, server) = (Git::newest(), Server::shared());
    git.log_in(server);
    git.run(&format!("clone --quiet --bare {} tagged", server.url(name)))
        .ok();
    git.in_dir("tagged")
        .run(&format!("push --quiet origin {commit}:refs/tags/{tag}"))
        .ok();
}
