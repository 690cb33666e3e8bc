//! One story that calls every operation of the API, whose answers the client compares with the service model.

use std::collections::BTreeSet;

use packhouse_harness::{Boto3, Server};
use serde_json::{Value, json};

use super::{bytes, text};

/// A server, and what was called of it.
struct Story {
    server: Server,
    called: BTreeSet<&'static str>,
}

impl Story {
    #[track_caller]
    fn call(&mut self, operation: &'static str, parameters: &Value) -> Value {
        self.called.insert(operation);
        let answer = self.server.boto3().call(operation, parameters);
        assert!(answer.is_ok(), "{operation} {parameters}: {answer:?}");
        answer.unwrap_or_default()
    }

    /// The same in the repository `story`.
    #[track_caller]
    fn here(&mut self, operation: &'static str, mut parameters: Value) -> Value {
        parameters["repositoryName"] = "story".into();
        self.call(operation, &parameters)
    }
}

const ARN: &str = "arn:aws:codecommit:us-east-1:000000000000:story";
const RULE: &str = r#"{"Version":"2018-11-08","Statements":[{"Type":"Approvers","NumberOfApprovalsNeeded":1}]}"#;

/// The operations in the table of the sources.
fn operations() -> BTreeSet<&'static str> {
    let table = include_str!("../../../shared/http/src/codecommit.rs");
    let rows = table
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" =>"));
    rows.map(|(name, _)| name).collect()
}

#[test]
fn every_operation_answers_as_the_model_says() {
    let mut story = Story {
        server: Server::start_embedded(&[]),
        called: BTreeSet::new(),
    };
    repositories(&mut story);
    let commits = contents(&mut story);
    settings(&mut story);
    templates(&mut story);
    merges(&mut story, &commits);
    comments(&mut story, &commits);
    pull_requests(&mut story);
    reviews(&mut story);
    story.here("DeleteBranch", json!({ "branchName": "squash" }));
    story.here("DeleteRepository", json!({}));
    assert_eq!(story.called, operations());
}

fn repositories(story: &mut Story) {
    story.call(
        "CreateRepository",
        &json!({ "repositoryName": "first", "tags": { "team": "a" } }),
    );
    story.call(
        "UpdateRepositoryName",
        &json!({ "oldName": "first", "newName": "story" }),
    );
    story.here(
        "UpdateRepositoryDescription",
        json!({ "repositoryDescription": "told" }),
    );
    story.here("GetRepository", json!({}));
    story.call(
        "BatchGetRepositories",
        &json!({ "repositoryNames": ["story", "absent"] }),
    );
    story.call("ListRepositories", &json!({}));
}

/// The commits of `main`, oldest first.
fn contents(story: &mut Story) -> Vec<String> {
    let put = json!({ "branchName": "main", "filePath": "dir/a", "fileContent": bytes("1\n2\n") });
    let first = text(&story.here("PutFile", put)["commitId"]);
    let files = json!([{ "filePath": "b", "fileContent": bytes("b") }, { "filePath": "c", "fileContent": bytes("c") }]);
    let more = json!({ "branchName": "main", "parentCommitId": first, "putFiles": files });
    let second = text(&story.here("CreateCommit", more)["commitId"]);
    let gone = json!({ "branchName": "main", "parentCommitId": second, "filePath": "c" });
    let third = text(&story.here("DeleteFile", gone)["commitId"]);
    for name in ["topic", "squash", "side"] {
        story.here("CreateBranch", json!({ "branchName": name, "commitId": third }));
    }
    story.here("UpdateDefaultBranch", json!({ "defaultBranchName": "main" }));
    story.here("GetBranch", json!({ "branchName": "topic" }));
    story.here("ListBranches", json!({}));
    let file = story.here("GetFile", json!({ "filePath": "dir/a" }));
    story.here("GetBlob", json!({ "blobId": file["blobId"] }));
    story.here("GetBlobDifferences", json!({ "afterBlobId": file["blobId"] }));
    story.here("GetFolder", json!({ "folderPath": "/" }));
    story.here("GetCommit", json!({ "commitId": third }));
    story.here("BatchGetCommits", json!({ "commitIds": [first, "x"] }));
    story.here(
        "GetDifferences",
        json!({ "beforeCommitSpecifier": first, "afterCommitSpecifier": "main" }),
    );
    story.here("ListFileCommitHistory", json!({ "filePath": "dir/a" }));
    vec![first, second, third]
}

fn settings(story: &mut Story) {
    story.call("TagResource", &json!({ "resourceArn": ARN, "tags": { "a": "b" } }));
    story.call("ListTagsForResource", &json!({ "resourceArn": ARN }));
    story.call("UntagResource", &json!({ "resourceArn": ARN, "tagKeys": ["a"] }));
    let topic = "arn:aws:sns:us-east-1:000000000000:pushes";
    let trigger = json!({ "name": "t", "destinationArn": topic, "branches": [], "events": ["all"] });
    story.here("PutRepositoryTriggers", json!({ "triggers": [trigger] }));
    story.here("GetRepositoryTriggers", json!({}));
    // There is no topic: the test tells so.
    let tested = story.here("TestRepositoryTriggers", json!({ "triggers": [trigger] }));
    assert_eq!(tested["failedExecutions"][0]["trigger"], "t");
    let key = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555";
    story.here("UpdateRepositoryEncryptionKey", json!({ "kmsKeyId": key }));
}

fn templates(story: &mut Story) {
    let named = |name: &str| json!({ "approvalRuleTemplateName": name });
    let made = json!({ "approvalRuleTemplateName": "old", "approvalRuleTemplateContent": RULE });
    story.call("CreateApprovalRuleTemplate", &made);
    let names = json!({ "oldApprovalRuleTemplateName": "old", "newApprovalRuleTemplateName": "one-eye" });
    story.call("UpdateApprovalRuleTemplateName", &names);
    let described = json!({ "approvalRuleTemplateName": "one-eye", "approvalRuleTemplateDescription": "d" });
    story.call("UpdateApprovalRuleTemplateDescription", &described);
    let content = json!({ "approvalRuleTemplateName": "one-eye", "newRuleContent": RULE });
    story.call("UpdateApprovalRuleTemplateContent", &content);
    story.call("GetApprovalRuleTemplate", &named("one-eye"));
    story.call("ListApprovalRuleTemplates", &json!({}));
    story.here("AssociateApprovalRuleTemplateWithRepository", named("one-eye"));
    story.here("ListAssociatedApprovalRuleTemplatesForRepository", json!({}));
    story.call("ListRepositoriesForApprovalRuleTemplate", &named("one-eye"));
    let both = json!({ "approvalRuleTemplateName": "one-eye", "repositoryNames": ["story", "absent"] });
    story.call("BatchAssociateApprovalRuleTemplateWithRepositories", &both);
    story.call("BatchDisassociateApprovalRuleTemplateFromRepositories", &both);
    story.here("AssociateApprovalRuleTemplateWithRepository", named("one-eye"));
    story.here("DisassociateApprovalRuleTemplateFromRepository", named("one-eye"));
    story.call("DeleteApprovalRuleTemplate", &named("one-eye"));
}

fn merges(story: &mut Story, commits: &[String]) {
    let put = |branch: &str, content: &str| json!({ "branchName": branch, "parentCommitId": commits[2], "filePath": "b", "fileContent": bytes(content) });
    story.here("PutFile", put("side", "theirs"));
    story.here("PutFile", put("squash", "ours"));
    let named = |more: Value| {
        let mut named = json!({ "sourceCommitSpecifier": "side", "destinationCommitSpecifier": "squash" });
        for (name, value) in more.as_object().expect("an object") {
            named[name] = value.clone();
        }
        named
    };
    let squash = json!({ "mergeOption": "SQUASH_MERGE" });
    story.here("GetMergeOptions", named(json!({})));
    story.here("GetMergeConflicts", named(squash.clone()));
    let file = json!({ "mergeOption": "SQUASH_MERGE", "filePath": "b" });
    let described = story.here("DescribeMergeConflicts", named(file));
    assert_eq!(described["conflictMetadata"]["contentConflict"], true);
    story.here("BatchDescribeMergeConflicts", named(squash));
    let theirs = json!({ "mergeOption": "THREE_WAY_MERGE", "conflictResolutionStrategy": "ACCEPT_SOURCE" });
    story.here("CreateUnreferencedMergeCommit", named(theirs));
    let accept = json!({ "conflictResolutionStrategy": "ACCEPT_SOURCE" });
    story.here("GetMergeCommit", named(accept.clone()));
    story.here("MergeBranchesBySquash", named(accept.clone()));
    story.here("MergeBranchesByThreeWay", named(accept));
    let forward = json!({ "sourceCommitSpecifier": "side", "destinationCommitSpecifier": "main" });
    story.here("MergeBranchesByFastForward", forward);
}

fn comments(story: &mut Story, commits: &[String]) {
    let place = json!({ "filePath": "dir/a", "filePosition": 1, "relativeFileVersion": "AFTER" });
    let between = json!({ "beforeCommitId": commits[0], "afterCommitId": commits[1] });
    let mut said = between.clone();
    said["content"] = "why?".into();
    said["location"] = place;
    let id = story.here("PostCommentForComparedCommit", said)["comment"]["commentId"].clone();
    story.call("PostCommentReply", &json!({ "inReplyTo": id, "content": "because" }));
    story.call("GetComment", &json!({ "commentId": id }));
    story.call("UpdateComment", &json!({ "commentId": id, "content": "how?" }));
    story.call(
        "PutCommentReaction",
        &json!({ "commentId": id, "reactionValue": ":clap:" }),
    );
    story.call("GetCommentReactions", &json!({ "commentId": id }));
    story.here("GetCommentsForComparedCommit", between);
    story.call("DeleteCommentContent", &json!({ "commentId": id }));
}

/// Asks for a merge of a branch with one new file into `main`; the pull request.
fn asked(story: &mut Story, branch: &str, file: &str) -> Value {
    let tip = story.here("GetBranch", json!({ "branchName": "main" }))["branch"]["commitId"].clone();
    story.here("CreateBranch", json!({ "branchName": branch, "commitId": tip }));
    let put = json!({ "branchName": branch, "parentCommitId": tip, "filePath": file, "fileContent": bytes("x") });
    story.here("PutFile", put);
    let target = json!({ "repositoryName": "story", "sourceReference": branch });
    story.call("CreatePullRequest", &json!({ "title": "t", "targets": [target] }))["pullRequest"].clone()
}

fn pull_requests(story: &mut Story) {
    let asked_for = asked(story, "forward", "f");
    let id = &asked_for["pullRequestId"];
    story.call("GetPullRequest", &json!({ "pullRequestId": id }));
    story.here("ListPullRequests", json!({}));
    story.call("UpdatePullRequestTitle", &json!({ "pullRequestId": id, "title": "u" }));
    story.call(
        "UpdatePullRequestDescription",
        &json!({ "pullRequestId": id, "description": "d" }),
    );
    let target = &asked_for["pullRequestTargets"][0];
    let said = json!({
        "pullRequestId": id, "content": "fine",
        "beforeCommitId": target["destinationCommit"], "afterCommitId": target["sourceCommit"],
    });
    story.here("PostCommentForPullRequest", said);
    story.call("GetCommentsForPullRequest", &json!({ "pullRequestId": id }));
    story.here("MergePullRequestByFastForward", json!({ "pullRequestId": id }));
    story.call("DescribePullRequestEvents", &json!({ "pullRequestId": id }));
    for (operation, branch) in [
        ("MergePullRequestBySquash", "squashed"),
        ("MergePullRequestByThreeWay", "three-way"),
    ] {
        let id = asked(story, branch, branch)["pullRequestId"].clone();
        story.here(operation, json!({ "pullRequestId": id }));
    }
    let closed = asked(story, "closed", "closed")["pullRequestId"].clone();
    story.call(
        "UpdatePullRequestStatus",
        &json!({ "pullRequestId": closed, "pullRequestStatus": "CLOSED" }),
    );
}

fn reviews(story: &mut Story) {
    let asked_for = asked(story, "reviewed", "reviewed");
    let (id, revision) = (&asked_for["pullRequestId"], &asked_for["revisionId"]);
    let rule = json!({ "pullRequestId": id, "approvalRuleName": "r", "approvalRuleContent": RULE });
    story.call("CreatePullRequestApprovalRule", &rule);
    let content = json!({ "pullRequestId": id, "approvalRuleName": "r", "newRuleContent": RULE });
    story.call("UpdatePullRequestApprovalRuleContent", &content);
    let of = json!({ "pullRequestId": id, "revisionId": revision });
    let all = json!([{ "Effect": "Allow", "Action": "codecommit:*", "Resource": "*" }]);
    let bob: Boto3 = crate::permissions::api_of(&story.server, "bob", &all);
    let approve = json!({ "pullRequestId": id, "revisionId": revision, "approvalState": "APPROVE" });
    bob.call("UpdatePullRequestApprovalState", &approve).expect("he may");
    story.called.insert("UpdatePullRequestApprovalState");
    story.call("GetPullRequestApprovalStates", &of);
    story.call("EvaluatePullRequestApprovalRules", &of);
    let override_rules = json!({ "pullRequestId": id, "revisionId": revision, "overrideStatus": "OVERRIDE" });
    story.call("OverridePullRequestApprovalRules", &override_rules);
    story.call("GetPullRequestOverrideState", &of);
    story.call(
        "DeletePullRequestApprovalRule",
        &json!({ "pullRequestId": id, "approvalRuleName": "r" }),
    );
}
