//! `DescribeMergeConflicts`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::forked::{between, check_commits, check_handling, check_option, forked, forked_by};
use super::{bytes, call, check_refusals, refused, text, with};

fn described(input: &Value, more: &Value) -> Value {
    call("DescribeMergeConflicts", &with(input, more)).expect("the file has conflicts")
}

/// First line, line behind the last, and content.
fn part(start: usize, end: usize, content: &str) -> Value {
    json!({ "startLine": start, "endLine": end, "hunkContent": STANDARD.encode(content) })
}

#[test]
fn hunks_tell_what_each_side_made_of_the_lines() {
    let base = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    let main = "one\n2\n3\n4\nfive\n6\n7\n8\n9\n";
    let topic = "1\n2\n3\n4\nFIVE\nand\n6\n7\n8\n";
    let [before, ours, theirs] = forked(
        "merge-hunks",
        &[("dir/a", Some(base))],
        &[("dir/a", Some(main))],
        &[("dir/a", Some(topic))],
    );
    let input = with(
        &between("merge-hunks"),
        &json!({ "mergeOption": "THREE_WAY_MERGE", "filePath": "dir/a" }),
    );
    let sides = |of: Value| json!({ "source": of, "destination": of, "base": of });
    let metadata = json!({
        "filePath": "dir/a", "numberOfConflicts": 1, "contentConflict": true, "fileModeConflict": false,
        "objectTypeConflict": false, "mergeOperations": { "source": "M", "destination": "M" },
        "fileSizes": { "source": topic.len(), "destination": main.len(), "base": base.len() },
        "fileModes": sides(json!("NORMAL")), "objectTypes": sides(json!("FILE")), "isBinaryFile": sides(json!(false)),
    });
    let commits = json!({ "sourceCommitId": theirs, "destinationCommitId": ours, "baseCommitId": before });
    let lines = json!({ "conflictDetailLevel": "LINE_LEVEL" });
    let expect = json!({ "conflictMetadata": metadata, "mergeHunks": [
        {
            "isConflict": false,
            "source": part(0, 1, "1\n"), "destination": part(0, 1, "one\n"), "base": part(0, 1, "1\n"),
        },
        {
            "isConflict": true,
            "source": part(4, 6, "FIVE\nand\n"), "destination": part(4, 5, "five\n"), "base": part(4, 5, "5\n"),
        },
        {
            "isConflict": false,
            "source": part(9, 9, ""), "destination": part(8, 9, "9\n"), "base": part(8, 9, "9\n"),
        },
    ] });
    assert_eq!(described(&input, &lines), with(&expect, &commits));
    let slash = with(&lines, &json!({ "filePath": "/dir/a", "mergeOption": "SQUASH_MERGE" }));
    assert_eq!(described(&input, &slash), with(&expect, &commits));
    // At the level of files, the file is the hunk.
    let whole = json!({ "conflictMetadata": metadata, "mergeHunks": [{
        "isConflict": true,
        "source": part(0, 9, topic), "destination": part(0, 9, main), "base": part(0, 9, base),
    }] });
    assert_eq!(described(&input, &json!({})), with(&whole, &commits));

    // Pages are of hunks.
    let one = with(&lines, &json!({ "maxMergeHunks": 1 }));
    let mut page = described(&input, &one);
    let token = page["nextToken"].clone();
    let mut hunks = Vec::new();
    loop {
        assert_eq!(page["conflictMetadata"], metadata);
        assert_eq!(page["mergeHunks"].as_array().map(Vec::len), Some(1));
        hunks.push(page["mergeHunks"][0].clone());
        let Some(next) = page.get("nextToken").cloned() else {
            break;
        };
        page = described(&input, &with(&one, &json!({ "nextToken": next })));
    }
    assert_eq!(Value::from(hunks), expect["mergeHunks"]);
    let code = "InvalidContinuationTokenException";
    check_refusals(
        "DescribeMergeConflicts",
        &with(&input, &one),
        &[
            (json!({ "nextToken": "x" }), code),
            (json!({ "nextToken": format!("{}A", text(&token)) }), code),
            (json!({ "nextToken": token, "conflictDetailLevel": "FILE_LEVEL" }), code),
            (json!({ "maxMergeHunks": 0 }), "InvalidMaxMergeHunksException"),
            (json!({ "maxMergeHunks": -1 }), "InvalidMaxMergeHunksException"),
        ],
    );
}

#[test]
fn binary_files_and_removed_ones_have_a_version_less() {
    let put = |content: &[u8]| json!({ "putFiles": [{ "filePath": "a", "fileContent": bytes(content) }] });
    forked_by(
        "hunks-binary",
        &[("a", Some("\0"))],
        &json!({ "deleteFiles": [{ "filePath": "a" }] }),
        &put(b"\0\xff"),
    );
    let input = with(
        &between("hunks-binary"),
        &json!({ "mergeOption": "SQUASH_MERGE", "filePath": "a" }),
    );
    let got = described(&input, &json!({ "conflictDetailLevel": "LINE_LEVEL" }))["conflictMetadata"].clone();
    assert_eq!(got["isBinaryFile"], json!({ "source": true, "base": true }));
    assert_eq!(got["mergeOperations"], json!({ "source": "M", "destination": "D" }));
    assert_eq!(
        (&got["contentConflict"], &got["numberOfConflicts"]),
        (&json!(true), &json!(1))
    );
}

#[test]
fn what_has_no_conflicts_is_refused() {
    forked(
        "hunks-refused",
        &[("a", Some("1")), ("kept", Some("x"))],
        &[("a", Some("2"))],
        &[("a", Some("3"))],
    );
    let good = with(
        &between("hunks-refused"),
        &json!({ "mergeOption": "THREE_WAY_MERGE", "filePath": "a" }),
    );
    check_commits("DescribeMergeConflicts", &good);
    check_handling("DescribeMergeConflicts", &good);
    check_option("DescribeMergeConflicts", &good);
    let forward = json!({ "mergeOption": "FAST_FORWARD_MERGE" });
    let accept = json!({ "conflictResolutionStrategy": "ACCEPT_SOURCE" });
    check_refusals(
        "DescribeMergeConflicts",
        &good,
        &[
            (forward, "InvalidMergeOptionException"),
            (accept, "FileDoesNotExistException"),
            (json!({ "filePath": "kept" }), "FileDoesNotExistException"),
            (json!({ "filePath": "absent" }), "FileDoesNotExistException"),
            (json!({ "filePath": "a//b" }), "InvalidPathException"),
            (json!({ "filePath": "../a" }), "InvalidPathException"),
        ],
    );
    let mut without = good.clone();
    without.as_object_mut().expect("an object").remove("filePath");
    refused("DescribeMergeConflicts", &without, "PathRequiredException");
    let told = Aws::of(Server::shared()).codecommit(
        "describe-merge-conflicts --repository-name hunks-refused --source-commit-specifier topic \
         --destination-commit-specifier main --merge-option THREE_WAY_MERGE --file-path a",
    );
    assert_eq!(told["mergeHunks"][0]["source"], part(0, 1, "3"));
}
