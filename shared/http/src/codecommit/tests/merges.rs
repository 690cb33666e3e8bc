//! Merges of branches and pull requests, through the router.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::aws_json::testing::{Server, server};

/// A repository `w` whose branches `main` and `topic` changed the files of one commit; the tips of base, main and topic.
async fn forked(server: &Server, base: &[(&str, &str)], main: &[(&str, &str)], topic: &[(&str, &str)]) -> [Value; 3] {
    server.call("CreateRepository", r#"{"repositoryName":"w"}"#).await;
    let base = commit(server, "main", &Value::Null, base).await;
    let branch = json!({ "repositoryName": "w", "branchName": "topic", "commitId": base });
    server.call("CreateBranch", &branch.to_string()).await;
    let ours = commit(server, "main", &base, main).await;
    let theirs = commit(server, "topic", &base, topic).await;
    [base, ours, theirs]
}

/// Puts files on a branch; nothing stands for a file that is deleted.
async fn commit(server: &Server, branch: &str, parent: &Value, files: &[(&str, &str)]) -> Value {
    if files.is_empty() {
        return parent.clone();
    }
    let put = files.iter().filter(|(_, content)| !content.is_empty());
    let deleted = files.iter().filter(|(_, content)| content.is_empty());
    let mut input = json!({
        "repositoryName": "w",
        "branchName": branch,
        "putFiles": put.map(|(path, content)| json!({ "filePath": path, "fileContent": STANDARD.encode(content) })).collect::<Vec<_>>(),
        "deleteFiles": deleted.map(|(path, _)| json!({ "filePath": path })).collect::<Vec<_>>(),
    });
    if !parent.is_null() {
        input["parentCommitId"] = parent.clone();
    }
    let made = server.call("CreateCommit", &input.to_string()).await;
    assert_eq!(made.status, 200, "{:?}", made.body);
    made.body["commitId"].clone()
}

async fn call(server: &Server, operation: &str, more: Value) -> Value {
    let mut input = json!({
        "repositoryName": "w", "sourceCommitSpecifier": "topic", "destinationCommitSpecifier": "main",
    });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    let got = server.call(operation, &input.to_string()).await;
    got.exception.map_or(got.body, Value::from)
}

async fn file(server: &Server, commit: &Value, path: &str) -> String {
    let input = json!({ "repositoryName": "w", "commitSpecifier": commit, "filePath": path });
    let got = server.call("GetFile", &input.to_string()).await;
    match got.body["fileContent"].as_str() {
        Some(content) => String::from_utf8(STANDARD.decode(content).unwrap()).unwrap(),
        None => got.exception.unwrap_or_default(),
    }
}

const LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";

#[tokio::test]
async fn what_does_not_conflict_is_merged_in_each_way() {
    let server = server().await;
    let [base, ours, theirs] = forked(&server, &[("a", "1"), ("b", "1")], &[("a", "2")], &[("b", "2")]).await;
    let options = call(&server, "GetMergeOptions", json!({})).await;
    assert_eq!(options["mergeOptions"], json!(["SQUASH_MERGE", "THREE_WAY_MERGE"]));
    assert_eq!((&options["baseCommitId"], &options["sourceCommitId"]), (&base, &theirs));
    let nothing = call(&server, "MergeBranchesByFastForward", json!({})).await;
    assert_eq!(nothing, "ManualMergeRequiredException");
    assert_eq!(
        call(&server, "GetMergeCommit", json!({})).await.get("mergedCommitId"),
        None
    );
    let merged = call(
        &server,
        "MergeBranchesByThreeWay",
        json!({ "authorName": "Ana", "commitMessage": "m" }),
    )
    .await;
    let shown = json!({ "repositoryName": "w", "commitId": merged["commitId"] }).to_string();
    let shown = server.call("GetCommit", &shown).await.body["commit"].clone();
    assert_eq!(
        (&shown["parents"], &shown["author"]["name"]),
        (&json!([ours, theirs]), &json!("Ana"))
    );
    assert_eq!(shown["treeId"], merged["treeId"]);
    for path in ["a", "b"] {
        assert_eq!(file(&server, &json!("main"), path).await, "2");
    }
    let known = json!({ "destinationCommitSpecifier": ours });
    assert_eq!(
        call(&server, "GetMergeCommit", known.clone()).await["mergedCommitId"],
        merged["commitId"]
    );
    let squashed = json!({ "destinationCommitSpecifier": ours, "mergeOption": "SQUASH_MERGE" });
    let squashed = call(&server, "CreateUnreferencedMergeCommit", squashed).await;
    let shown = json!({ "repositoryName": "w", "commitId": squashed["commitId"] }).to_string();
    assert_eq!(
        server.call("GetCommit", &shown).await.body["commit"]["parents"],
        json!([ours])
    );
    assert_eq!(squashed["treeId"], merged["treeId"]);
    let forward = json!({ "sourceCommitSpecifier": "main", "destinationCommitSpecifier": "topic" });
    assert_eq!(
        call(&server, "GetMergeOptions", forward.clone()).await["mergeOptions"][0],
        "FAST_FORWARD_MERGE"
    );
    let forwarded = call(&server, "MergeBranchesByFastForward", forward).await;
    assert_eq!(forwarded, merged);
}

#[tokio::test]
async fn the_level_of_detail_decides_what_conflicts() {
    let server = server().await;
    let (first, last) = (LINES.replace('1', "one"), LINES.replace('9', "nine"));
    forked(&server, &[("a", LINES)], &[("a", &first)], &[("a", &last)]).await;
    let asked =
        |level: &str| json!({ "mergeOption": "THREE_WAY_MERGE", "conflictDetailLevel": level, "filePath": "a" });
    let files = call(&server, "GetMergeConflicts", asked("FILE_LEVEL")).await;
    let conflict = &files["conflictMetadataList"][0];
    assert_eq!(
        (&files["mergeable"], &conflict["filePath"]),
        (&json!(false), &json!("a"))
    );
    assert_eq!(
        (&conflict["contentConflict"], &conflict["numberOfConflicts"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(
        conflict["mergeOperations"],
        json!({ "source": "M", "destination": "M" })
    );
    assert_eq!(conflict["fileModes"]["base"], "NORMAL");
    let lines = call(&server, "GetMergeConflicts", asked("LINE_LEVEL")).await;
    assert_eq!(
        (&lines["mergeable"], &lines["conflictMetadataList"]),
        (&json!(true), &json!([]))
    );
    let described = call(&server, "DescribeMergeConflicts", asked("FILE_LEVEL")).await;
    assert_eq!(described["mergeHunks"][0]["isConflict"], true);
    assert_eq!(
        described["mergeHunks"][0]["base"]["hunkContent"],
        STANDARD.encode(LINES)
    );
    assert_eq!(
        call(&server, "DescribeMergeConflicts", asked("LINE_LEVEL")).await,
        "FileDoesNotExistException"
    );
    let batch = json!({ "mergeOption": "SQUASH_MERGE", "filePaths": ["a", "b"] });
    let batch = call(&server, "BatchDescribeMergeConflicts", batch).await;
    assert_eq!(batch["conflicts"][0]["conflictMetadata"], *conflict);
    assert_eq!(batch["errors"][0]["exceptionName"], "FileDoesNotExistException");
    assert_eq!(
        call(&server, "MergeBranchesBySquash", json!({})).await,
        "ManualMergeRequiredException"
    );
    let merged = call(
        &server,
        "MergeBranchesBySquash",
        json!({ "conflictDetailLevel": "LINE_LEVEL" }),
    )
    .await;
    let both = first.replace('9', "nine");
    assert_eq!(file(&server, &merged["commitId"], "a").await, both);
}

#[tokio::test]
async fn conflicts_are_resolved_as_the_strategy_says() {
    let base = [("a", "base"), ("gone/b", "base")];
    let (main, topic) = ([("a", "main"), ("gone/b", "")], [("a", "topic")]);
    for (more, expect) in [
        (json!({ "conflictResolutionStrategy": "ACCEPT_SOURCE" }), "topic"),
        (json!({ "conflictResolutionStrategy": "ACCEPT_DESTINATION" }), "main"),
        (
            json!({ "conflictResolutionStrategy": "AUTOMERGE", "conflictResolution": { "replaceContents": [
                { "filePath": "a", "replacementType": "USE_NEW_CONTENT", "content": STANDARD.encode("new") },
            ] } }),
            "new",
        ),
        (
            json!({ "conflictResolutionStrategy": "AUTOMERGE", "conflictResolution": { "replaceContents": [
                { "filePath": "a", "replacementType": "KEEP_BASE" },
            ] } }),
            "base",
        ),
        (
            json!({ "conflictResolutionStrategy": "AUTOMERGE", "conflictResolution": { "deleteFiles": [
                { "filePath": "a" },
            ] } }),
            "FileDoesNotExistException",
        ),
    ] {
        let server = server().await;
        forked(&server, &base, &main, &topic).await;
        let merged = call(&server, "MergeBranchesByThreeWay", more.clone()).await;
        assert_eq!(file(&server, &merged["commitId"], "a").await, expect, "{more}");
    }
}

#[tokio::test]
async fn what_cannot_be_merged_is_refused() {
    let server = server().await;
    forked(&server, &[("a", "base")], &[("a", "main")], &[("a", "topic")]).await;
    let entry = |entry: Value| json!({ "conflictResolutionStrategy": "AUTOMERGE", "conflictResolution": { "replaceContents": [entry] } });
    let twice = json!({ "filePath": "a", "replacementType": "KEEP_BASE" });
    for (more, exception) in [
        (
            json!({ "conflictResolutionStrategy": "x" }),
            "InvalidConflictResolutionStrategyException",
        ),
        (
            json!({ "conflictDetailLevel": "x" }),
            "InvalidConflictDetailLevelException",
        ),
        (
            json!({ "conflictResolutionStrategy": "AUTOMERGE" }),
            "ManualMergeRequiredException",
        ),
        (
            json!({ "conflictResolution": { "deleteFiles": [{ "filePath": "a" }] } }),
            "InvalidConflictResolutionException",
        ),
        (
            entry(json!({ "replacementType": "KEEP_BASE" })),
            "PathRequiredException",
        ),
        (entry(json!({ "filePath": "a" })), "ReplacementTypeRequiredException"),
        (
            entry(json!({ "filePath": "a", "replacementType": "x" })),
            "InvalidReplacementTypeException",
        ),
        (
            entry(json!({ "filePath": "a", "replacementType": "USE_NEW_CONTENT" })),
            "ReplacementContentRequiredException",
        ),
        (
            entry(json!({ "filePath": "a", "replacementType": "KEEP_BASE", "content": "YQ==" })),
            "InvalidReplacementContentException",
        ),
        (
            entry(json!({ "filePath": "gone/c", "replacementType": "KEEP_BASE" })),
            "InvalidConflictResolutionException",
        ),
        (
            json!({ "conflictResolutionStrategy": "AUTOMERGE", "conflictResolution": { "replaceContents": [twice, twice] } }),
            "MultipleConflictResolutionEntriesException",
        ),
        (
            json!({ "conflictResolutionStrategy": "AUTOMERGE",
                "conflictResolution": { "setFileModes": [{ "filePath": "a" }] } }),
            "FileModeRequiredException",
        ),
        (json!({ "sourceCommitSpecifier": null }), "CommitRequiredException"),
        (
            json!({ "sourceCommitSpecifier": "absent" }),
            "CommitDoesNotExistException",
        ),
        (json!({ "targetBranch": "absent" }), "BranchDoesNotExistException"),
        (json!({ "targetBranch": "topic" }), "ConcurrentReferenceUpdateException"),
        (json!({ "targetBranch": "a..b" }), "InvalidBranchNameException"),
        (
            json!({ "targetBranch": "refs/tags/v1" }),
            "InvalidTargetBranchException",
        ),
        (json!({ "sourceCommitSpecifier": "main~1" }), "InvalidCommitException"),
        (
            json!({ "sourceCommitSpecifier": "refs/tags/main" }),
            "CommitDoesNotExistException",
        ),
    ] {
        assert_eq!(
            call(&server, "MergeBranchesByThreeWay", more.clone()).await,
            exception,
            "{more}"
        );
    }
}

#[tokio::test]
async fn a_fast_forward_makes_no_commit_and_has_no_conflicts() {
    let server = server().await;
    forked(&server, &[("a", "base")], &[("a", "main")], &[("a", "topic")]).await;
    let forward = json!({ "mergeOption": "FAST_FORWARD_MERGE", "filePath": "a" });
    assert_eq!(
        call(&server, "DescribeMergeConflicts", forward.clone()).await,
        "InvalidMergeOptionException"
    );
    assert_eq!(
        call(&server, "CreateUnreferencedMergeCommit", forward.clone()).await,
        "InvalidMergeOptionException"
    );
    let conflicts = call(&server, "GetMergeConflicts", forward).await;
    assert_eq!(
        (&conflicts["mergeable"], &conflicts["conflictMetadataList"]),
        (&json!(false), &json!([]))
    );
    for (more, exception) in [
        (json!({}), "MergeOptionRequiredException"),
        (
            json!({ "mergeOption": "SQUASH_MERGE", "sourceCommitSpecifier": "main~1" }),
            "InvalidSourceCommitSpecifierException",
        ),
        (
            json!({ "mergeOption": "SQUASH_MERGE", "destinationCommitSpecifier": "a b" }),
            "InvalidDestinationCommitSpecifierException",
        ),
    ] {
        assert_eq!(call(&server, "GetMergeConflicts", more).await, exception);
    }
}

#[tokio::test]
async fn folders_that_a_merge_empties_can_be_kept() {
    for (keep, expect) in [(true, ""), (false, "FileDoesNotExistException")] {
        let server = server().await;
        forked(
            &server,
            &[("a", "1"), ("dir/sub/b", "1")],
            &[("a", "2")],
            &[("dir/sub/b", "")],
        )
        .await;
        let merged = call(&server, "MergeBranchesByThreeWay", json!({ "keepEmptyFolders": keep })).await;
        assert_eq!(file(&server, &merged["commitId"], "dir/sub/.gitkeep").await, expect);
    }
}

#[tokio::test]
async fn pull_requests_are_merged_by_a_commit_of_their_own() {
    for (operation, option, parents) in [
        ("MergePullRequestBySquash", "SQUASH_MERGE", 1),
        ("MergePullRequestByThreeWay", "THREE_WAY_MERGE", 2),
    ] {
        let server = server().await;
        let [_, _, theirs] = forked(&server, &[("a", "1"), ("b", "1")], &[("a", "2")], &[("b", "2")]).await;
        let target = json!({ "repositoryName": "w", "sourceReference": "topic", "destinationReference": "main" });
        let asked = json!({ "title": "t", "targets": [target] }).to_string();
        let id = server.call("CreatePullRequest", &asked).await.body["pullRequest"]["pullRequestId"].clone();
        let wrong = json!({ "pullRequestId": id, "repositoryName": "w", "sourceCommitId": "0".repeat(40) }).to_string();
        server
            .check(operation, &wrong, "TipOfSourceReferenceIsDifferentException")
            .await;
        let merge = json!({ "pullRequestId": id, "repositoryName": "w", "sourceCommitId": theirs }).to_string();
        let merged = server.call(operation, &merge).await.body["pullRequest"].clone();
        assert_eq!(merged["pullRequestStatus"], "CLOSED");
        let metadata = &merged["pullRequestTargets"][0]["mergeMetadata"];
        assert_eq!(
            (&metadata["isMerged"], &metadata["mergeOption"]),
            (&json!(true), &json!(option))
        );
        let shown = json!({ "repositoryName": "w", "commitId": metadata["mergeCommitId"] }).to_string();
        let shown = server.call("GetCommit", &shown).await.body["commit"].clone();
        assert_eq!(shown["parents"].as_array().map(Vec::len), Some(parents));
        assert_eq!(file(&server, &json!("main"), "b").await, "2");
        server
            .check(operation, &merge, "PullRequestAlreadyClosedException")
            .await;
    }
}
