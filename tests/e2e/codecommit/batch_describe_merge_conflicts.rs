//! `BatchDescribeMergeConflicts`.

use serde_json::{Value, json};

use super::forked::{between, check_commits, check_handling, check_option, forked};
use super::{call, check_refusals, text, with};

fn described(input: &Value, more: &Value) -> Value {
    call("BatchDescribeMergeConflicts", &with(input, more)).expect("they can be compared")
}

fn paths(got: &Value) -> Vec<String> {
    let all = got["conflicts"].as_array().expect("a list").iter();
    all.map(|one| text(&one["conflictMetadata"]["filePath"])).collect()
}

#[test]
fn conflicts_of_several_files_are_described_as_each_is_alone() {
    let main = "one\n2\n3\n4\nfive\n";
    let [base, ours, theirs] = forked(
        "conflicts-described",
        &[("a", Some("1\n2\n3\n4\n5\n")), ("b", Some("1")), ("c", Some("1"))],
        &[("a", Some(main)), ("b", Some("2"))],
        &[("a", Some("eins\n2\n3\n4\nV\n")), ("b", Some("3")), ("c", Some("2"))],
    );
    let input = with(
        &between("conflicts-described"),
        &json!({ "mergeOption": "THREE_WAY_MERGE", "conflictDetailLevel": "LINE_LEVEL" }),
    );
    let all = described(&input, &json!({}));
    let alone = |path: &str| {
        let one = with(&input, &json!({ "filePath": path }));
        let one = call("DescribeMergeConflicts", &one).expect("it has conflicts");
        json!({ "conflictMetadata": one["conflictMetadata"], "mergeHunks": one["mergeHunks"] })
    };
    let commits = json!({ "sourceCommitId": theirs, "destinationCommitId": ours, "baseCommitId": base });
    let expect = json!({ "conflicts": [alone("a"), alone("b")], "errors": [] });
    assert_eq!(all, with(&expect, &commits));
    assert_eq!(all["conflicts"][0]["conflictMetadata"]["numberOfConflicts"], 2);

    let some = described(&input, &json!({ "filePaths": ["c", "/b", "absent"] }));
    let error = |path: &str| {
        json!({
            "filePath": path, "exceptionName": "FileDoesNotExistException", "message": format!("{path} has no conflicts"),
        })
    };
    let expect = json!({ "conflicts": [alone("b")], "errors": [error("c"), error("absent")] });
    assert_eq!(some, with(&expect, &commits));
    assert_eq!(described(&input, &json!({ "filePaths": [] })), all);

    let first = described(&input, &json!({ "maxMergeHunks": 1 }));
    assert_eq!(
        first["conflicts"][0]["mergeHunks"],
        json!([all["conflicts"][0]["mergeHunks"][0]])
    );
    assert_eq!(
        first["conflicts"][0]["conflictMetadata"],
        all["conflicts"][0]["conflictMetadata"]
    );
    let accepted = described(&input, &json!({ "conflictResolutionStrategy": "ACCEPT_DESTINATION" }));
    assert_eq!(accepted, with(&json!({ "conflicts": [], "errors": [] }), &commits));
}

#[test]
fn pages_are_of_files() {
    let names: Vec<String> = (0..5).map(|at| format!("f{at}")).collect();
    let files = |content| -> Vec<_> { names.iter().map(|name| (name.as_str(), Some(content))).collect() };
    forked("described-pages", &files("1"), &files("2"), &files("3"));
    let input = with(
        &between("described-pages"),
        &json!({ "mergeOption": "SQUASH_MERGE", "maxConflictFiles": 2 }),
    );
    let (mut found, mut page) = (Vec::new(), described(&input, &json!({})));
    let token = page["nextToken"].clone();
    loop {
        found.push(paths(&page));
        let Some(next) = page.get("nextToken").cloned() else {
            break;
        };
        page = described(&input, &json!({ "nextToken": next }));
    }
    assert_eq!(found, [&names[..2], &names[2..4], &names[4..]]);
    let code = "InvalidContinuationTokenException";
    check_refusals(
        "BatchDescribeMergeConflicts",
        &input,
        &[
            (json!({ "nextToken": "x" }), code),
            (json!({ "nextToken": format!("{}A", text(&token)) }), code),
            (json!({ "nextToken": token, "filePaths": ["f1"] }), code),
            (json!({ "maxConflictFiles": 0 }), "InvalidMaxConflictFilesException"),
            (json!({ "maxMergeHunks": 0 }), "InvalidMaxMergeHunksException"),
            (json!({ "maxMergeHunks": -3 }), "InvalidMaxMergeHunksException"),
        ],
    );
}

#[test]
fn what_cannot_be_compared_is_refused() {
    forked(
        "described-refused",
        &[("a", Some("1"))],
        &[("a", Some("2"))],
        &[("a", Some("3"))],
    );
    let good = with(
        &between("described-refused"),
        &json!({ "mergeOption": "THREE_WAY_MERGE" }),
    );
    check_commits("BatchDescribeMergeConflicts", &good);
    check_handling("BatchDescribeMergeConflicts", &good);
    check_option("BatchDescribeMergeConflicts", &good);
    let forward = json!({ "mergeOption": "FAST_FORWARD_MERGE" });
    check_refusals(
        "BatchDescribeMergeConflicts",
        &good,
        &[(forward, "InvalidMergeOptionException")],
    );
}
