//! `CreateUnreferencedMergeCommit`.

use packhouse_harness::{Git, Server};
use serde_json::{Value, json};

use super::forked::{between, check_commitment, check_commits, check_option, content, forked};
use super::{bytes, call, check_refusals, text, with};

#[test]
fn the_commit_can_be_read_and_fetched_by_its_id_though_no_ref_points_to_it() {
    let [_, ours, theirs] = forked(
        "unreferenced",
        &[("a", Some("1\n")), ("b", Some("1\n"))],
        &[("a", Some("2\n"))],
        &[("b", Some("2\n"))],
    );
    let (git, server) = (Git::newest(), Server::shared());
    git.log_in(server);
    git.run(&format!("clone --quiet {} copy", server.url("unreferenced")))
        .ok();
    let copy = git.in_dir("copy");
    let refs = copy.run("ls-remote origin").ok();
    for (option, parents) in [("THREE_WAY_MERGE", vec![&ours, &theirs]), ("SQUASH_MERGE", vec![&ours])] {
        let input = with(
            &between("unreferenced"),
            &json!({
                "mergeOption": option, "authorName": "Ana", "email": "ana@example.com", "commitMessage": format!("by {option}"),
            }),
        );
        let made = call("CreateUnreferencedMergeCommit", &input).expect("it can be merged");
        let (id, tree) = (text(&made["commitId"]), text(&made["treeId"]));
        assert_eq!(made, json!({ "commitId": id, "treeId": tree }));
        let read = json!({ "repositoryName": "unreferenced", "commitId": id });
        let commit = call("GetCommit", &read).expect("it is there")["commit"].clone();
        assert_eq!(
            (&commit["parents"], &commit["treeId"]),
            (&json!(parents), &made["treeId"])
        );

        copy.run(&format!("fetch --quiet origin {id}")).ok();
        assert_eq!(copy.rev("FETCH_HEAD"), id);
        assert_eq!(copy.rev("FETCH_HEAD^{tree}"), tree);
        assert_eq!(
            copy.run("log -1 --format=%an|%ae|%cn|%B FETCH_HEAD").ok().trim_end(),
            format!("Ana|ana@example.com|Ana|by {option}")
        );
        for path in ["a", "b"] {
            assert_eq!(copy.run(&format!("show FETCH_HEAD:{path}")).ok(), "2\n");
        }
        copy.run("fsck --strict").ok();
    }
    assert_eq!(copy.run("ls-remote origin").ok(), refs);
}

#[test]
fn conflicts_are_resolved_as_the_strategy_says() {
    forked(
        "unreferenced-strategies",
        &[("a", Some("base")), ("dir/b", Some("base")), ("c", Some("base"))],
        &[("a", Some("main")), ("dir/b", None), ("c", Some("main"))],
        &[("a", Some("topic")), ("c", Some("topic"))],
    );
    let automerge =
        |resolution: Value| json!({ "conflictResolutionStrategy": "AUTOMERGE", "conflictResolution": resolution });
    let keep = |path: &str, kind: &str| json!({ "filePath": path, "replacementType": kind });
    let new = json!({ "filePath": "a", "replacementType": "USE_NEW_CONTENT", "content": bytes("new"), "fileMode": "EXECUTABLE" });
    for (more, a, c) in [
        (
            json!({ "conflictResolutionStrategy": "ACCEPT_SOURCE" }),
            Some("topic"),
            Some("topic"),
        ),
        (
            json!({ "conflictResolutionStrategy": "ACCEPT_DESTINATION" }),
            Some("main"),
            Some("main"),
        ),
        (
            automerge(json!({ "replaceContents": [new, keep("/c", "KEEP_BASE")] })),
            Some("new"),
            Some("base"),
        ),
        (
            automerge(json!({ "replaceContents": [keep("a", "KEEP_SOURCE"), keep("c", "KEEP_DESTINATION")] })),
            Some("topic"),
            Some("main"),
        ),
        (
            automerge(json!({ "deleteFiles": [{ "filePath": "a" }], "replaceContents": [keep("c", "KEEP_SOURCE")] })),
            None,
            Some("topic"),
        ),
    ] {
        let option = json!({ "mergeOption": "SQUASH_MERGE", "keepEmptyFolders": true });
        let input = with(&with(&between("unreferenced-strategies"), &option), &more);
        let made = call("CreateUnreferencedMergeCommit", &input).expect("it can be merged");
        let id = text(&made["commitId"]);
        for (path, expect) in [("a", a), ("c", c), ("dir/.gitkeep", None)] {
            assert_eq!(
                content("unreferenced-strategies", &id, path),
                expect.map(bytes),
                "{more}: {path}"
            );
        }
        if more["conflictResolution"]["replaceContents"][0]["fileMode"] == "EXECUTABLE" {
            let file = json!({ "repositoryName": "unreferenced-strategies", "commitSpecifier": id, "filePath": "a" });
            assert_eq!(call("GetFile", &file).expect("it is there")["fileMode"], "EXECUTABLE");
        }
    }
}

#[test]
fn what_makes_no_commit_is_refused() {
    forked(
        "unreferenced-refused",
        &[("a", Some("1")), ("kept", Some("x"))],
        &[("a", Some("2"))],
        &[("a", Some("3"))],
    );
    let good = with(
        &between("unreferenced-refused"),
        &json!({ "mergeOption": "THREE_WAY_MERGE" }),
    );
    check_commits("CreateUnreferencedMergeCommit", &good);
    check_option("CreateUnreferencedMergeCommit", &good);
    check_commitment("CreateUnreferencedMergeCommit", &good);
    let forward = json!({ "mergeOption": "FAST_FORWARD_MERGE" });
    check_refusals(
        "CreateUnreferencedMergeCommit",
        &good,
        &[(forward, "InvalidMergeOptionException")],
    );
}
