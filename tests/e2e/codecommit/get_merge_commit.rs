//! `GetMergeCommit`.

use serde_json::json;

use super::forked::{between, check_commits, check_handling, forked};
use super::{call, with};

#[test]
fn the_commit_that_a_merge_made_last_is_told_by_its_settings() {
    let [base, ours, theirs] = forked(
        "merge-commit",
        &[("a", Some("1"))],
        &[("a", Some("2"))],
        &[("a", Some("3"))],
    );
    let of = with(
        &between("merge-commit"),
        &json!({ "destinationCommitSpecifier": ours, "conflictResolutionStrategy": "ACCEPT_SOURCE" }),
    );
    let unknown = json!({ "sourceCommitId": theirs, "destinationCommitId": ours, "baseCommitId": base });
    assert_eq!(call("GetMergeCommit", &of).expect("they can be merged"), unknown);
    let squash = with(&of, &json!({ "mergeOption": "SQUASH_MERGE" }));
    let three_way = with(&of, &json!({ "targetBranch": "main" }));
    for (operation, input) in [
        ("CreateUnreferencedMergeCommit", squash),
        ("MergeBranchesByThreeWay", three_way),
    ] {
        let made = call(operation, &input).expect("it can be merged");
        assert_eq!(
            call("GetMergeCommit", &of).expect("they can be merged"),
            with(&unknown, &json!({ "mergedCommitId": made["commitId"] })),
            "{operation}"
        );
    }
    // Other settings, another merge.
    for more in [
        json!({ "conflictResolutionStrategy": "ACCEPT_DESTINATION" }),
        json!({ "conflictDetailLevel": "LINE_LEVEL" }),
    ] {
        assert_eq!(
            call("GetMergeCommit", &with(&of, &more)).expect("they can be merged"),
            unknown
        );
    }
}

#[test]
fn what_is_no_merge_is_refused() {
    forked(
        "merge-commit-refused",
        &[("a", Some("1"))],
        &[("a", Some("2"))],
        &[("a", Some("3"))],
    );
    check_commits("GetMergeCommit", &between("merge-commit-refused"));
    check_handling("GetMergeCommit", &between("merge-commit-refused"));
}
