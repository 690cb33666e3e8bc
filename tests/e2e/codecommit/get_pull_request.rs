//! `GetPullRequest`.

use packhouse_harness::{Git, Server};
use serde_json::{Value, json};

use super::pull_request::{ADMIN, Asked, check_ids, succeed};
use super::{branch, check_refusals, text};

fn target(of: &Value) -> &Value {
    &of["pullRequestTargets"][0]
}

#[test]
fn a_push_is_seen_by_whoever_looks_after_it() {
    let asked = Asked::new("pr-seen");
    let git = Git::newest();
    git.log_in(Server::shared());
    let url = Server::shared().url(&asked.repository);
    git.run(&format!("clone --quiet --branch topic {url} copy")).ok();
    let copy = git.in_dir("copy");
    let mut before = asked.get();
    let mut revisions = vec![text(&before["revisionId"])];
    for content in ["1", "2", "3"] {
        let tip = copy.commit("new", content);
        copy.run("push --quiet origin topic").ok();
        let after = asked.get();
        assert_eq!(target(&after)["sourceCommit"], tip);
        assert_eq!(
            (&target(&after)["destinationCommit"], &target(&after)["mergeBase"]),
            (&json!(asked.main), &json!(asked.main))
        );
        assert!(after["lastActivityDate"].as_f64() >= before["lastActivityDate"].as_f64());
        assert_eq!(after["creationDate"], before["creationDate"]);
        assert_eq!(asked.get(), after);
        revisions.push(text(&after["revisionId"]));
        before = after;
    }
    // Going back to where it was makes a revision, too.
    copy.run(&format!("push --quiet --force origin {}:topic", asked.topic))
        .ok();
    revisions.push(asked.revision());
    revisions.sort();
    revisions.dedup();
    assert_eq!(revisions.len(), 5);
}

#[test]
fn a_destination_that_moves_makes_no_revision() {
    let asked = Asked::new("pr-main-moves");
    let before = asked.get();
    super::pull_request::commit(&asked.repository, "main", &asked.main, ("b", "b"));
    assert_eq!(asked.get(), before);
    // The branches that are merged into the source count from then on.
    let merge = json!({
        "repositoryName": asked.repository, "sourceCommitSpecifier": "main", "destinationCommitSpecifier": "topic",
    });
    let merged = succeed("MergeBranchesByThreeWay", &merge);
    let after = asked.get();
    let main = json!({ "repositoryName": asked.repository, "branchName": "main" });
    let main = succeed("GetBranch", &main)["branch"]["commitId"].clone();
    assert_eq!(
        (&target(&after)["sourceCommit"], &target(&after)["mergeBase"]),
        (&merged["commitId"], &main)
    );
    assert_eq!(target(&after)["destinationCommit"], asked.main);
    assert_ne!(after["revisionId"], before["revisionId"]);
}

#[test]
fn a_push_of_the_source_to_the_destination_merges() {
    let asked = Asked::new("pr-pushed");
    let git = Git::newest();
    git.log_in(Server::shared());
    let url = Server::shared().url(&asked.repository);
    git.run(&format!("clone --quiet --branch topic {url} copy")).ok();
    git.in_dir("copy").run("push --quiet origin topic:main").ok();
    let merged = asked.get();
    assert_eq!(merged["pullRequestStatus"], "CLOSED");
    assert_eq!(
        target(&merged)["mergeMetadata"],
        json!({ "isMerged": true, "mergedBy": ADMIN, "mergeOption": "FAST_FORWARD_MERGE" })
    );
    assert_eq!(target(&merged)["destinationCommit"], asked.main);
}

#[test]
fn the_deletion_of_a_branch_closes_what_it_is_in() {
    let asked = Asked::new("pr-branch-deleted");
    branch(&asked.repository, "release", &asked.main);
    let other = json!([{
        "repositoryName": asked.repository, "sourceReference": "topic", "destinationReference": "release",
    }]);
    let other = succeed("CreatePullRequest", &json!({ "title": "t", "targets": other }))["pullRequest"].clone();
    let delete = |name: &str| {
        let input = json!({ "repositoryName": asked.repository, "branchName": name });
        succeed("DeleteBranch", &input)
    };
    delete("release");
    assert_eq!(asked.get()["pullRequestStatus"], "OPEN");
    let input = json!({ "pullRequestId": other["pullRequestId"] });
    let closed = succeed("GetPullRequest", &input)["pullRequest"].clone();
    assert_eq!(closed["pullRequestStatus"], "CLOSED");
    assert_eq!(target(&closed)["mergeMetadata"], json!({ "isMerged": false }));
    delete("topic");
    let closed = asked.get();
    assert_eq!(closed["pullRequestStatus"], "CLOSED");
    assert_eq!(target(&closed)["sourceCommit"], asked.topic);
}

#[test]
fn a_pull_request_is_told_under_the_present_name_of_its_repository_until_that_is_deleted() {
    let asked = Asked::new("pr-old-name");
    let names = json!({ "oldName": "pr-old-name", "newName": "pr-new-name" });
    succeed("UpdateRepositoryName", &names);
    assert_eq!(target(&asked.get())["repositoryName"], "pr-new-name");
    check_ids("GetPullRequest", &json!({}));
    succeed("DeleteRepository", &json!({ "repositoryName": "pr-new-name" }));
    check_refusals(
        "GetPullRequest",
        &asked.input(&json!({})),
        &[(json!({}), "PullRequestDoesNotExistException")],
    );
}
