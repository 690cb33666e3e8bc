//! `GetMergeConflicts`.

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::forked::{between, check_commits, check_handling, check_option, forked, forked_by};
use super::{bytes, call, check_refusals, refused, text, with};

const LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";

fn conflicts(input: &Value, more: &Value) -> Value {
    call("GetMergeConflicts", &with(input, more)).expect("they can be compared")
}

fn paths(got: &Value) -> Vec<String> {
    let all = got["conflictMetadataList"].as_array().expect("a list").iter();
    all.map(|one| text(&one["filePath"])).collect()
}

#[test]
fn conflicts_are_told_with_what_each_side_did() {
    let (first, last) = (LINES.replace('1', "one"), LINES.replace('9', "nine"));
    let [base, ours, theirs] = forked(
        "conflicting",
        &[("a", Some(LINES)), ("gone", Some("1\n")), ("same", Some("x"))],
        &[("a", Some(&first)), ("gone", None), ("new", Some("m")), ("same", None)],
        &[("a", Some(&last)), ("gone", Some("2\n\n")), ("new", Some("tt"))],
    );
    let input = with(&between("conflicting"), &json!({ "mergeOption": "THREE_WAY_MERGE" }));
    let normal = json!({ "source": "NORMAL", "destination": "NORMAL", "base": "NORMAL" });
    let file = json!({ "source": "FILE", "destination": "FILE", "base": "FILE" });
    let text = json!({ "source": false, "destination": false, "base": false });
    let of = |all: &Value, left_out: &str| {
        let mut some = all.clone();
        some.as_object_mut().expect("an object").remove(left_out);
        some
    };
    let conflict = |path: &str, left_out: &str, sizes: Value, operations: Value| {
        json!({
            "filePath": path, "fileSizes": sizes, "mergeOperations": operations, "numberOfConflicts": 1,
            "fileModes": of(&normal, left_out), "objectTypes": of(&file, left_out), "isBinaryFile": of(&text, left_out),
            "contentConflict": true, "fileModeConflict": false, "objectTypeConflict": false,
        })
    };
    let expect = json!({
        "mergeable": false, "sourceCommitId": theirs, "destinationCommitId": ours, "baseCommitId": base,
        "conflictMetadataList": [
            conflict(
                "a",
                "",
                json!({ "source": 21, "destination": 20, "base": 18 }),
                json!({ "source": "M", "destination": "M" }),
            ),
            conflict(
                "gone",
                "destination",
                json!({ "source": 3, "base": 2 }),
                json!({ "source": "M", "destination": "D" }),
            ),
            conflict(
                "new",
                "base",
                json!({ "source": 2, "destination": 1 }),
                json!({ "source": "A", "destination": "A" }),
            ),
        ],
    });
    assert_eq!(conflicts(&input, &json!({})), expect);
    assert_eq!(conflicts(&input, &json!({ "mergeOption": "SQUASH_MERGE" })), expect);
    let lines = conflicts(&input, &json!({ "conflictDetailLevel": "LINE_LEVEL" }));
    assert_eq!(paths(&lines), ["gone", "new"]);
    // Either side resolves all of them.
    for strategy in ["ACCEPT_SOURCE", "ACCEPT_DESTINATION"] {
        let accepted = conflicts(&input, &json!({ "conflictResolutionStrategy": strategy }));
        assert_eq!((&accepted["mergeable"], paths(&accepted)), (&json!(true), vec![]));
    }
    let automerge = conflicts(&input, &json!({ "conflictResolutionStrategy": "AUTOMERGE" }));
    assert_eq!(automerge, expect);
    // A fast-forward has no conflicts, whether it can be made or not.
    let forward = json!({ "mergeOption": "FAST_FORWARD_MERGE" });
    let none = with(&expect, &json!({ "conflictMetadataList": [] }));
    assert_eq!(conflicts(&input, &forward), none);
    let ahead = with(&forward, &json!({ "destinationCommitSpecifier": base }));
    assert_eq!(conflicts(&input, &ahead)["mergeable"], true);
}

#[test]
fn modes_and_types_conflict_besides_contents() {
    let put = |path: &str, content: &str, mode: &str| json!({ "filePath": path, "fileContent": bytes(content), "fileMode": mode });
    let main = json!({ "putFiles": [
        put("mode", "same", "NORMAL"), put("type", "target", "SYMLINK"), put("folder/file", "x", "NORMAL"),
    ] });
    let topic = json!({ "putFiles": [
        put("mode", "same", "EXECUTABLE"), put("type", "target", "NORMAL"), put("folder", "x", "NORMAL"),
    ] });
    forked_by("conflicting-kinds", &[("a", Some("1"))], &main, &topic);
    let input = with(
        &between("conflicting-kinds"),
        &json!({ "mergeOption": "THREE_WAY_MERGE" }),
    );
    let got = conflicts(&input, &json!({ "conflictDetailLevel": "LINE_LEVEL" }));
    assert_eq!(paths(&got), ["folder", "mode", "type"]);
    let of = |at: usize, kind: &str| got["conflictMetadataList"][at][kind].clone();
    let kinds = |at| ["contentConflict", "fileModeConflict", "objectTypeConflict"].map(|kind| of(at, kind) == true);
    assert_eq!(kinds(0), [false, false, true]);
    assert_eq!(kinds(1), [false, true, false]);
    assert_eq!(kinds(2), [false, false, true]);
    assert_eq!(
        of(0, "objectTypes"),
        json!({ "source": "FILE", "destination": "DIRECTORY" })
    );
    assert_eq!(
        of(1, "fileModes"),
        json!({ "source": "EXECUTABLE", "destination": "NORMAL" })
    );
    assert_eq!(
        of(2, "objectTypes"),
        json!({ "source": "FILE", "destination": "SYMBOLIC_LINK" })
    );
}

#[test]
fn pages_of_conflicts_are_of_one_merge() {
    let names: Vec<String> = (0..7).map(|at| format!("f{at}")).collect();
    let files = |content| -> Vec<_> { names.iter().map(|name| (name.as_str(), Some(content))).collect() };
    let [_, ours, _] = forked("conflicting-pages", &files("1"), &files("2"), &files("3"));
    let input = with(
        &between("conflicting-pages"),
        &json!({ "mergeOption": "THREE_WAY_MERGE", "maxConflictFiles": 3 }),
    );
    let (mut found, mut page) = (Vec::new(), conflicts(&input, &json!({})));
    let token = page["nextToken"].clone();
    loop {
        assert_eq!(page["mergeable"], false);
        found.push(paths(&page));
        let Some(next) = page.get("nextToken").cloned() else {
            break;
        };
        page = conflicts(&input, &json!({ "nextToken": next }));
    }
    assert_eq!(found, [&names[..3], &names[3..6], &names[6..]]);
    let asked = |max: i64| json!({ "maxConflictFiles": max });
    assert_eq!(conflicts(&input, &asked(7)).get("nextToken"), None);
    assert_eq!(paths(&conflicts(&input, &asked(1_000_000))), names);
    let code = "InvalidContinuationTokenException";
    let other = json!({ "nextToken": token, "conflictDetailLevel": "LINE_LEVEL" });
    let backwards =
        json!({ "nextToken": token, "sourceCommitSpecifier": "main", "destinationCommitSpecifier": "topic" });
    check_refusals(
        "GetMergeConflicts",
        &input,
        &[
            (json!({ "nextToken": "x" }), code),
            (json!({ "nextToken": format!("{}A", text(&token)) }), code),
            (other, code),
            (backwards, code),
            (asked(0), "InvalidMaxConflictFilesException"),
            (asked(-1), "InvalidMaxConflictFilesException"),
        ],
    );
    // A branch that moved is another merge.
    super::forked::commit(
        "conflicting-pages",
        "main",
        &ours,
        &super::forked::changes(&[("f0", Some("4"))]),
    );
    refused("GetMergeConflicts", &with(&input, &json!({ "nextToken": token })), code);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    forked(
        "conflicts-refused",
        &[("a", Some("1"))],
        &[("a", Some("2"))],
        &[("a", Some("3"))],
    );
    let good = with(
        &between("conflicts-refused"),
        &json!({ "mergeOption": "THREE_WAY_MERGE" }),
    );
    check_commits("GetMergeConflicts", &good);
    check_handling("GetMergeConflicts", &good);
    check_option("GetMergeConflicts", &good);
    check_refusals(
        "GetMergeConflicts",
        &good,
        &[
            (
                json!({ "sourceCommitSpecifier": "main~1" }),
                "InvalidSourceCommitSpecifierException",
            ),
            (
                json!({ "destinationCommitSpecifier": "a b" }),
                "InvalidDestinationCommitSpecifierException",
            ),
        ],
    );
    let told = Aws::of(Server::shared()).codecommit(
        "get-merge-conflicts --repository-name conflicts-refused --source-commit-specifier topic \
         --destination-commit-specifier main --merge-option SQUASH_MERGE --conflict-detail-level LINE_LEVEL",
    );
    assert_eq!(
        (&told["mergeable"], paths(&told)),
        (&json!(false), vec!["a".to_owned()])
    );
}
