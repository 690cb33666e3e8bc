//! `GetMergeOptions`.

use serde_json::json;

use super::forked::{between, changes, check_commits, check_handling, commit, forked};
use super::{call, with};

#[test]
fn the_ways_that_would_succeed_are_told() {
    let lines = "1\n2\n3\n4\n5\n";
    let [base, ours, theirs] = forked(
        "options",
        &[("a", Some(lines))],
        &[("a", Some("one\n2\n3\n4\n5\n"))],
        &[("a", Some("1\n2\n3\n4\nfive\n"))],
    );
    let both = json!(["SQUASH_MERGE", "THREE_WAY_MERGE"]);
    let all = json!(["FAST_FORWARD_MERGE", "SQUASH_MERGE", "THREE_WAY_MERGE"]);
    for (more, expect) in [
        (json!({}), json!([])),
        (json!({ "conflictDetailLevel": "FILE_LEVEL" }), json!([])),
        (json!({ "conflictDetailLevel": "LINE_LEVEL" }), both.clone()),
        (json!({ "conflictResolutionStrategy": "ACCEPT_SOURCE" }), both.clone()),
        (json!({ "conflictResolutionStrategy": "ACCEPT_DESTINATION" }), both),
        (json!({ "conflictResolutionStrategy": "AUTOMERGE" }), json!([])),
    ] {
        assert_eq!(
            call("GetMergeOptions", &with(&between("options"), &more)).expect("they can be compared"),
            json!({
                "mergeOptions": expect, "sourceCommitId": theirs, "destinationCommitId": ours, "baseCommitId": base,
            }),
            "{more}"
        );
    }
    let ahead = commit("options", "topic", &theirs, &changes(&[("b", Some("x"))]));
    let forward = json!({ "sourceCommitSpecifier": "refs/heads/topic", "destinationCommitSpecifier": theirs });
    assert_eq!(
        call("GetMergeOptions", &with(&between("options"), &forward)).expect("they can be compared"),
        json!({
            "mergeOptions": all, "sourceCommitId": ahead, "destinationCommitId": theirs, "baseCommitId": theirs,
        })
    );
}

#[test]
fn what_cannot_be_compared_is_refused() {
    forked(
        "options-refused",
        &[("a", Some("1"))],
        &[("a", Some("2"))],
        &[("a", Some("3"))],
    );
    check_commits("GetMergeOptions", &between("options-refused"));
    check_handling("GetMergeOptions", &between("options-refused"));
}
