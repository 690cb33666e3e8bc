//! `MergePullRequestByThreeWay`.

use packhouse_harness::{Aws, Git, Server};
use serde_json::json;

use super::pull_request::{ADMIN, Asked, commit};
use super::pull_request_merges::{check_commit_refusals, check_merge_refusals, check_resolutions, conflicting};
use super::text;

#[test]
fn a_commit_with_both_tips_as_its_parents_is_what_git_makes() {
    let asked = Asked::new("pr-three-way");
    let main = commit(&asked.repository, "main", &asked.main, ("b", "b"));
    let before = asked.get();
    let input = json!({ "repositoryName": asked.repository, "sourceCommitId": asked.topic });
    let merged = asked.call("MergePullRequestByThreeWay", &input)["pullRequest"].clone();
    let made = merged["pullRequestTargets"][0]["mergeMetadata"]["mergeCommitId"].clone();
    let mut expected = before.clone();
    expected["pullRequestStatus"] = "CLOSED".into();
    expected["lastActivityDate"] = merged["lastActivityDate"].clone();
    expected["pullRequestTargets"][0]["mergeMetadata"] =
        json!({ "isMerged": true, "mergedBy": ADMIN, "mergeCommitId": made, "mergeOption": "THREE_WAY_MERGE" });
    assert_eq!(merged, expected);
    // The commit that it was for at first is told, not the one that it was merged into.
    assert_eq!(merged["pullRequestTargets"][0]["destinationCommit"], asked.main);
    assert_eq!(asked.get(), merged);
    assert_eq!(asked.tip("main"), text(&made));

    let git = Git::newest();
    git.log_in(Server::shared());
    git.run(&format!(
        "clone --quiet {} copy",
        Server::shared().url(&asked.repository)
    ))
    .ok();
    let copy = git.in_dir("copy");
    copy.run("fsck --strict").ok();
    assert_eq!(
        copy.run("log -1 --format=%P|%an|%B").ok().trim_end(),
        format!("{main} {}|admin|Merge topic into main", asked.topic)
    );
    let gits = copy
        .run(&format!("merge-tree --write-tree {main} {}", asked.topic))
        .ok();
    assert_eq!(gits.trim(), copy.rev("HEAD^{tree}"));
}

#[test]
fn a_fast_forward_makes_a_commit_too() {
    let asked = Asked::new("pr-three-way-forward");
    Aws::of(Server::shared()).codecommit(&format!(
        "merge-pull-request-by-three-way --pull-request-id {} --repository-name {} --commit-message merged",
        asked.id, asked.repository
    ));
    let metadata = asked.get()["pullRequestTargets"][0]["mergeMetadata"].clone();
    assert_eq!(metadata["mergeCommitId"], asked.tip("main"));
    assert_ne!(metadata["mergeCommitId"], asked.topic);
}

#[test]
fn conflicts_are_resolved_as_asked_for_or_not_at_all() {
    check_resolutions("MergePullRequestByThreeWay", "pr-three-way-conflicts");
}

#[test]
fn what_is_not_as_it_was_asked_for_is_refused() {
    check_merge_refusals("MergePullRequestByThreeWay", "pr-three-way-refused");
}

#[test]
fn commits_and_resolutions_that_cannot_be_are_refused() {
    check_commit_refusals(
        "MergePullRequestByThreeWay",
        &conflicting("pr-three-way-commit-refused"),
    );
}
