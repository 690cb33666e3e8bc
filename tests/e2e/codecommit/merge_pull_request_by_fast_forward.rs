//! `MergePullRequestByFastForward`.

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::pull_request::{ADMIN, Asked, commit};
use super::pull_request_merges::check_merge_refusals;
use super::{check_refusals, refused};

#[test]
fn the_destination_moves_to_the_source_and_the_pull_request_is_closed() {
    let asked = Asked::new("pr-forward");
    let before = asked.get();
    let input = json!({ "repositoryName": asked.repository, "sourceCommitId": asked.topic });
    let merged = asked.call("MergePullRequestByFastForward", &input)["pullRequest"].clone();
    let mut expected = before.clone();
    expected["pullRequestStatus"] = "CLOSED".into();
    expected["lastActivityDate"] = merged["lastActivityDate"].clone();
    // There is no commit of the merge's own.
    expected["pullRequestTargets"][0]["mergeMetadata"] =
        json!({ "isMerged": true, "mergedBy": ADMIN, "mergeOption": "FAST_FORWARD_MERGE" });
    assert_eq!(merged, expected);
    assert_eq!(asked.get(), merged);
    for branch in ["main", "topic"] {
        assert_eq!(asked.tip(branch), asked.topic, "{branch}");
    }
    refused(
        "MergePullRequestByFastForward",
        &asked.input(&input),
        "PullRequestAlreadyClosedException",
    );
}

#[test]
fn branches_that_went_apart_have_to_be_merged_otherwise() {
    let asked = Asked::new("pr-apart");
    let main = commit(&asked.repository, "main", &asked.main, ("b", "b"));
    check_refusals(
        "MergePullRequestByFastForward",
        &asked.input(&json!({ "repositoryName": asked.repository })),
        &[(json!({}), "ManualMergeRequiredException")],
    );
    assert_eq!(asked.tip("main"), main);
    assert_eq!(asked.get()["pullRequestStatus"], "OPEN");
}

#[test]
fn what_is_not_as_it_was_asked_for_is_refused() {
    check_merge_refusals("MergePullRequestByFastForward", "pr-forward-refused");
}

#[test]
fn the_cli_merges_by_fast_forward() {
    let asked = Asked::new("pr-forward-cli");
    let merged = Aws::of(Server::shared()).codecommit(&format!(
        "merge-pull-request-by-fast-forward --pull-request-id {} --repository-name {}",
        asked.id, asked.repository
    ));
    let metadata = &merged["pullRequest"]["pullRequestTargets"][0]["mergeMetadata"];
    assert_eq!(metadata["isMerged"], Value::Bool(true));
    assert_eq!(asked.tip("main"), asked.topic);
}
