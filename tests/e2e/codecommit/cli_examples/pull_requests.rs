//! Pull requests, their approval rules, and their merges.

use serde_json::{Value, json};

use super::{
    comments,
    contents::lines,
    story::{LI, MARY, REPOSITORY, REVIEWERS, Story, id},
    templates::{self, MAIN, rule},
};

/// The rule that the examples add to a pull request.
const RULE: &str = "Require two approved approvers";

pub(super) fn walk(story: &mut Story) {
    story.commit("MyNewBranch", &[("ahs_count.py", &lines("changed\n"))]);
    let asked = story.run(LI, "create-pull-request", &[]);
    let asked = &asked["pullRequest"];
    comments::on_pull_request(story, asked);
    run(story, LI, "update-pull-request-title", "47", asked, &[]);
    let squashed = asked_for(story, "squashed", "readme.md");
    let merged = asked_for(story, "merged", "merged");
    templates::disassociate(story, MAIN);
    let forwarded = asked_for(story, "forwarded", "forwarded");
    add_rule(story, &forwarded, "I want one approver for this pull request", 1);
    run(story, LI, "update-pull-request-description", "47", &forwarded, &[]);
    let reviewed = asked_for(story, "bugfix-27", "reviewed");
    review(story, &reviewed);
    events(story);
    let closed = asked_for(story, "closed", "closed");
    add_rule(story, &closed, "2-approvers-needed-for-this-change", 2);
    run(story, LI, "update-pull-request-status", "42", &closed, &[]);
    story.run(LI, "list-pull-requests", &[]);
    merge(story, "merge-pull-request-by-fast-forward", &forwarded);
    // The two others are not ahead of `main` any more, and one is in conflict with it.
    story.commit("main", &[("readme.md", "Another text.\n")]);
    merge(story, "merge-pull-request-by-squash", &squashed);
    merge(story, "merge-pull-request-by-three-way", &merged);
}

/// Runs an example of a pull request that it gives the number `printed`.
fn run(story: &mut Story, who: &str, name: &str, printed: &str, asked: &Value, more: &[(&str, &str)]) -> Value {
    let option = |number: &str| format!("--pull-request-id {number}");
    let (printed, meant) = (option(printed), option(&id(&asked["pullRequestId"])));
    let mut replaced = vec![(printed.as_str(), meant.as_str())];
    replaced.extend(more);
    story.run(who, name, &replaced)
}

/// A pull request for a new branch with one changed file.
fn asked_for(story: &Story, branch: &str, file: &str) -> Value {
    story.branch(branch, "main");
    story.commit(branch, &[(file, branch)]);
    let target = format!("repositoryName={REPOSITORY},sourceReference={branch}");
    let mut arguments = format!("create-pull-request --title {branch} --targets {target}");
    // That one is shown without.
    if branch != "bugfix-27" {
        arguments += " --description described";
    }
    story.person(LI).codecommit(&arguments)["pullRequest"].clone()
}

fn add_rule(story: &Story, asked: &Value, name: &str, needed: u32) {
    let rule = json!({ "pullRequestId": asked["pullRequestId"], "approvalRuleName": name, "approvalRuleContent": rule(needed) });
    story.call("CreatePullRequestApprovalRule", &rule);
}

/// Rules and approvals of one pull request.
fn review(story: &mut Story, asked: &Value) {
    let revision = id(&asked["revisionId"]);
    let reviewed = [("9f29d167EXAMPLE", revision.as_str())];
    run(story, MARY, "create-pull-request-approval-rule", "42", asked, &[]);
    run(story, MARY, "get-pull-request", "27", asked, &[]);
    run(
        story,
        MARY,
        "update-pull-request-approval-state",
        "27",
        asked,
        &reviewed,
    );
    run(story, MARY, "get-pull-request-approval-states", "8", asked, &reviewed);
    run(
        story,
        MARY,
        "evaluate-pull-request-approval-rules",
        "27",
        asked,
        &reviewed,
    );
    run(
        story,
        MARY,
        "update-pull-request-approval-rule-content",
        "27",
        asked,
        &[],
    );
    add_rule(story, asked, "My Approval Rule", 1);
    run(story, MARY, "delete-pull-request-approval-rule", "15", asked, &[]);
    let overridden = [("927df8d8EXAMPLE", revision.as_str())];
    run(
        story,
        MARY,
        "override-pull-request-approval-rules",
        "34",
        asked,
        &overridden,
    );
    run(story, MARY, "get-pull-request-override-state", "34", asked, &reviewed);
    let left = story.call("GetPullRequest", &json!({ "pullRequestId": asked["pullRequestId"] }));
    assert_eq!(left["pullRequest"]["approvalRules"].as_array().map(Vec::len), Some(1));
    assert_eq!(left["pullRequest"]["approvalRules"][0]["approvalRuleName"], RULE);
}

/// A pull request that was opened and closed, and nothing else.
fn events(story: &mut Story) {
    let asked = asked_for(story, "abandoned", "abandoned");
    let closed = json!({ "pullRequestId": asked["pullRequestId"], "pullRequestStatus": "CLOSED" });
    story.call("UpdatePullRequestStatus", &closed);
    run(story, MARY, "describe-pull-request-events", "8", &asked, &[]);
}

/// Merges a pull request once those have approved it whom its rules ask for.
fn merge(story: &mut Story, example: &str, asked: &Value) {
    let (number, revision) = (id(&asked["pullRequestId"]), id(&asked["revisionId"]));
    for reviewer in REVIEWERS {
        let arguments = format!("--pull-request-id {number} --revision-id {revision} --approval-state APPROVE");
        let approve = format!("update-pull-request-approval-state {arguments}");
        story.person(reviewer).codecommit(&approve);
    }
    let source = id(&asked["pullRequestTargets"][0]["sourceCommit"]);
    run(story, MARY, example, "47", asked, &[("99132ab0EXAMPLE", &source)]);
}
