//! What merges of pull requests have in common.

use packhouse_harness::{Git, Server};
use serde_json::{Value, json};

use super::pull_request::{Asked, ask, check_ids, commit, succeed};
use super::{NOWHERE, bytes, check_names, check_refusals, refused, with};

/// A pull request whose branches changed the same line of the file `a`, and different ones of the file `b`.
pub(super) fn conflicting(repository: &str) -> Asked {
    let asked = Asked::new(repository);
    let ours = commit(repository, "main", &asked.main, ("a", "1\n2\n3\nours\n"));
    commit(repository, "main", &ours, ("b", "1 too\n2\n3\n4\n5\n"));
    let theirs = commit(repository, "topic", &asked.topic, ("a", "1\n2\n3\ntheirs\n"));
    commit(repository, "topic", &theirs, ("b", "1\n2\n3\n4\n5 too\n"));
    asked
}

/// Fails unless a merge refuses what every merge does, and closed pull requests; each leaves the branches as they are.
#[track_caller]
pub(super) fn check_merge_refusals(operation: &str, repository: &str) {
    let asked = Asked::new(repository);
    let other = format!("{repository}-too");
    succeed("CreateRepository", &json!({ "repositoryName": other }));
    check_ids(operation, &json!({ "repositoryName": repository }));
    check_names(operation, "repositoryName", &asked.input(&json!({})));
    let good = asked.input(&json!({ "repositoryName": repository }));
    asked.rule("one");
    let told = refused(operation, &good, "PullRequestApprovalRulesNotSatisfiedException");
    assert!(told.contains("one"), "{told}");
    asked.call("DeletePullRequestApprovalRule", &json!({ "approvalRuleName": "one" }));
    check_refusals(
        operation,
        &good,
        &[
            (
                json!({ "repositoryName": other }),
                "RepositoryNotAssociatedWithPullRequestException",
            ),
            (
                json!({ "sourceCommitId": asked.main }),
                "TipOfSourceReferenceIsDifferentException",
            ),
            (
                json!({ "sourceCommitId": NOWHERE }),
                "TipOfSourceReferenceIsDifferentException",
            ),
            (json!({ "sourceCommitId": "topic" }), "InvalidCommitIdException"),
            (
                json!({ "sourceCommitId": asked.topic[..39] }),
                "InvalidCommitIdException",
            ),
        ],
    );
    assert_eq!(asked.tip("main"), asked.main);
    asked.close();
    refused(operation, &good, "PullRequestAlreadyClosedException");
    assert_eq!(asked.tip("main"), asked.main);
    // A pull request whose source is gone was closed by that.
    let again = ask(repository, "topic");
    succeed(
        "DeleteBranch",
        &json!({ "repositoryName": repository, "branchName": "topic" }),
    );
    let gone = with(&good, &json!({ "pullRequestId": again["pullRequestId"] }));
    refused(operation, &gone, "PullRequestAlreadyClosedException");
}

/// Fails unless a merge that makes a commit resolves conflicts by each of the strategies.
#[track_caller]
pub(super) fn check_resolutions(operation: &str, repository: &str) {
    let replace = |content: &str| {
        json!({ "conflictResolutionStrategy": "AUTOMERGE", "conflictDetailLevel": "LINE_LEVEL", "conflictResolution": {
            "replaceContents": [{ "filePath": "a", "replacementType": "USE_NEW_CONTENT", "content": bytes(content) }],
        }})
    };
    let both = "1 too\n2\n3\n4\n5 too\n";
    for (at, (more, a, b)) in [
        (
            json!({ "conflictResolutionStrategy": "ACCEPT_SOURCE", "conflictDetailLevel": "LINE_LEVEL" }),
            "1\n2\n3\ntheirs\n",
            both,
        ),
        (
            json!({ "conflictResolutionStrategy": "ACCEPT_DESTINATION", "conflictDetailLevel": "LINE_LEVEL" }),
            "1\n2\n3\nours\n",
            both,
        ),
        // A file that both sides changed is taken as a whole.
        (
            json!({ "conflictResolutionStrategy": "ACCEPT_SOURCE", "conflictDetailLevel": "FILE_LEVEL" }),
            "1\n2\n3\ntheirs\n",
            "1\n2\n3\n4\n5 too\n",
        ),
        (replace("both\n"), "both\n", both),
    ]
    .into_iter()
    .enumerate()
    {
        let asked = conflicting(&format!("{repository}-{at}"));
        let input = asked.input(&json!({ "repositoryName": asked.repository }));
        let main = asked.tip("main");
        let line_level = json!({ "conflictDetailLevel": "LINE_LEVEL" });
        check_refusals(
            operation,
            &input,
            &[
                (json!({}), "ManualMergeRequiredException"),
                (line_level, "ManualMergeRequiredException"),
            ],
        );
        assert_eq!(asked.tip("main"), main);
        succeed(operation, &with(&input, &more));
        for (path, expected) in [("a", a), ("b", b)] {
            let file = json!({ "repositoryName": asked.repository, "filePath": path });
            assert_eq!(
                succeed("GetFile", &file)["fileContent"],
                bytes(expected),
                "{path} {more}"
            );
        }
    }
}

/// Fails unless a merge that makes a commit refuses what cannot be one, and resolutions that are none.
#[track_caller]
pub(super) fn check_commit_refusals(operation: &str, asked: &Asked) {
    let good = asked.input(&json!({ "repositoryName": asked.repository, "conflictResolutionStrategy": "AUTOMERGE" }));
    let by = |entries: Value| json!({ "conflictResolution": { "replaceContents": entries } });
    let keep = json!({ "filePath": "a", "replacementType": "KEEP_SOURCE" });
    let one = |more: Value| by(json!([with(&keep, &more)]));
    let many: Vec<Value> = (0..1001)
        .map(|at| with(&keep, &json!({ "filePath": format!("{at}") })))
        .collect();
    check_refusals(
        operation,
        &good,
        &[
            (json!({ "authorName": "n".repeat(1025) }), "NameLengthExceededException"),
            (json!({ "email": "e".repeat(257) }), "InvalidEmailException"),
            (json!({ "email": "a<b" }), "InvalidEmailException"),
            (
                json!({ "commitMessage": "m".repeat((256 << 10) + 1) }),
                "CommitMessageLengthExceededException",
            ),
            (
                json!({ "conflictDetailLevel": "WORD_LEVEL" }),
                "InvalidConflictDetailLevelException",
            ),
            (
                json!({ "conflictResolutionStrategy": "ACCEPT_NOTHING" }),
                "InvalidConflictResolutionStrategyException",
            ),
            (
                with(&one(json!({})), &json!({ "conflictResolutionStrategy": "NONE" })),
                "InvalidConflictResolutionException",
            ),
            (one(json!({ "filePath": null })), "PathRequiredException"),
            (one(json!({ "filePath": "a//b" })), "InvalidPathException"),
            (
                one(json!({ "replacementType": null })),
                "ReplacementTypeRequiredException",
            ),
            (
                one(json!({ "replacementType": "KEEP_BOTH" })),
                "InvalidReplacementTypeException",
            ),
            (
                one(json!({ "replacementType": "USE_NEW_CONTENT" })),
                "ReplacementContentRequiredException",
            ),
            (
                one(json!({ "content": bytes("x") })),
                "InvalidReplacementContentException",
            ),
            (one(json!({ "fileMode": "x" })), "InvalidFileModeException"),
            (by(json!([keep, keep])), "MultipleConflictResolutionEntriesException"),
            (by(json!(many)), "MaximumConflictResolutionEntriesExceededException"),
            // Only one of the two files is resolved.
            (one(json!({})), "ManualMergeRequiredException"),
        ],
    );
    check_unrelated(operation, asked);
}

/// Fails unless a merge refuses a branch that has nothing in common with the destination.
fn check_unrelated(operation: &str, asked: &Asked) {
    let git = Git::newest();
    git.log_in(Server::shared());
    let work = git.init("unrelated");
    work.commit("c", "c");
    let url = Server::shared().url(&asked.repository);
    work.run(&format!("push --quiet {url} main:unrelated")).ok();
    let made = ask(&asked.repository, "unrelated");
    assert_eq!(made["pullRequestTargets"][0].get("mergeBase"), None);
    let input = json!({ "pullRequestId": made["pullRequestId"], "repositoryName": asked.repository });
    refused(operation, &input, "TipsDivergenceExceededException");
}

#[test]
fn new_contents_of_six_megabytes_are_the_largest() {
    // Lambda takes less.
    let server = Server::start_embedded(&[]);
    let boto3 = server.boto3();
    server.create_repository("large");
    let content = |size: usize| bytes(vec![b'x'; size]);
    let put = |branch: &str, parent: Value, text: &str| {
        let input = json!({
            "repositoryName": "large", "branchName": branch, "parentCommitId": parent, "filePath": "a", "fileContent": bytes(text),
        });
        boto3.call("PutFile", &input).expect("the parent is the tip")["commitId"].clone()
    };
    let first = put("main", Value::Null, "1");
    let topic = json!({ "repositoryName": "large", "branchName": "topic", "commitId": first });
    boto3.call("CreateBranch", &topic).expect("the branch is free");
    put("topic", first.clone(), "2");
    put("main", first, "3");
    let target = json!({ "repositoryName": "large", "sourceReference": "topic" });
    let made = boto3.call("CreatePullRequest", &json!({ "title": "t", "targets": [target] }));
    let id = made.expect("both branches are there")["pullRequest"]["pullRequestId"].clone();
    for operation in ["MergePullRequestBySquash", "MergePullRequestByThreeWay"] {
        let merge = |size: usize| {
            let entry = json!({ "filePath": "a", "replacementType": "USE_NEW_CONTENT", "content": content(size) });
            let input = json!({
                "pullRequestId": id, "repositoryName": "large", "conflictResolutionStrategy": "AUTOMERGE",
                "conflictResolution": { "replaceContents": [entry] },
            });
            boto3.call(operation, &input)
        };
        let refused = merge((6 << 20) + 1).expect_err("it is too large");
        assert_eq!(refused.code, "FileContentSizeLimitExceededException");
        if operation == "MergePullRequestByThreeWay" {
            merge(6 << 20).expect("it is as large as files may be");
        }
    }
}
