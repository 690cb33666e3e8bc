//! `MergePullRequestBySquash`.

use packhouse_harness::{Git, Server};
use serde_json::json;

use super::pull_request::{ADMIN, Asked, succeed};
use super::pull_request_merges::{check_commit_refusals, check_merge_refusals, check_resolutions, conflicting};
use super::text;

#[test]
fn one_commit_on_the_destination_has_all_changes_of_the_source() {
    let asked = Asked::new("pr-squash");
    asked.push(("b", "b"));
    let before = asked.get();
    let input = json!({
        "repositoryName": asked.repository, "authorName": "Änna", "email": "anna@example.com", "commitMessage": "Squashed\n\nit",
    });
    let merged = asked.call("MergePullRequestBySquash", &input)["pullRequest"].clone();
    let made = merged["pullRequestTargets"][0]["mergeMetadata"]["mergeCommitId"].clone();
    let mut expected = before.clone();
    expected["pullRequestStatus"] = "CLOSED".into();
    expected["lastActivityDate"] = merged["lastActivityDate"].clone();
    expected["pullRequestTargets"][0]["mergeMetadata"] =
        json!({ "isMerged": true, "mergedBy": ADMIN, "mergeCommitId": made, "mergeOption": "SQUASH_MERGE" });
    assert_eq!(merged, expected);
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
        copy.run("log -1 --format=%P|%an|%ae|%cn|%B").ok().trim_end(),
        format!("{}|Änna|anna@example.com|Änna|Squashed\n\nit", asked.main)
    );
    assert_eq!(copy.rev("HEAD^{tree}"), copy.rev("origin/topic^{tree}"));
}

#[test]
fn a_merge_says_what_it_was_of_unless_it_is_told_what_to_say() {
    let asked = Asked::new("pr-squash-message");
    asked.call(
        "MergePullRequestBySquash",
        &json!({ "repositoryName": asked.repository }),
    );
    let tip = json!({ "repositoryName": asked.repository, "commitId": asked.tip("main") });
    let made = succeed("GetCommit", &tip)["commit"].clone();
    assert_eq!(made["message"], "Squashed merge of topic into main\n");
    assert_eq!(
        (&made["author"]["name"], &made["author"]["email"]),
        (&json!("admin"), &json!(""))
    );
    assert_eq!(made["parents"], json!([asked.main]));
}

#[test]
fn conflicts_are_resolved_as_asked_for_or_not_at_all() {
    check_resolutions("MergePullRequestBySquash", "pr-squash-conflicts");
}

#[test]
fn what_is_not_as_it_was_asked_for_is_refused() {
    check_merge_refusals("MergePullRequestBySquash", "pr-squash-refused");
}

#[test]
fn commits_and_resolutions_that_cannot_be_are_refused() {
    check_commit_refusals("MergePullRequestBySquash", &conflicting("pr-squash-commit-refused"));
}
