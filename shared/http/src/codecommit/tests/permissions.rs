//! Every operation asks for its own permission, on its own resource.

use packhouse_storage::clock;
use serde_json::{Value, json};

use super::pushed::pull_request;
use crate::aws_json::testing::{SCOPE, Server, call, server};

const DEMO: &str = "arn:aws:codecommit:us-east-1:000000000000:demo";

/// What an operation needs, and an input with which it does something to the repository `demo`.
struct Rule {
    target: &'static str,
    operation: &'static str,
    /// Where it is not that of `CodeCommit` of the same name.
    action: Option<&'static str>,
    /// It is asked about `demo`, and not about everything.
    on_demo: bool,
    input: &'static str,
}

impl Rule {
    fn action(&self) -> String {
        let own = || format!("codecommit:{}", self.operation);
        self.action.map_or_else(own, str::to_owned)
    }
}

/// Operations of `CodeCommit` need the action of their own name.
const fn codecommit(operation: &'static str, on_demo: bool, input: &'static str) -> Rule {
    Rule {
        target: "CodeCommit_20150413",
        operation,
        action: None,
        on_demo,
        input,
    }
}

const fn ours(operation: &'static str, on_demo: bool, input: &'static str) -> Rule {
    Rule {
        target: "Packhouse_20260101",
        operation,
        action: Some("packhouse:Administer"),
        on_demo,
        input,
    }
}

/// Ours for whoever may read, or change, the triggers of a repository.
const fn of_triggers(operation: &'static str, action: &'static str, input: &'static str) -> Rule {
    Rule {
        target: "Packhouse_20260101",
        operation,
        action: Some(action),
        on_demo: true,
        input,
    }
}

const RULES: &[Rule] = &[
    codecommit(
        "AssociateApprovalRuleTemplateWithRepository",
        true,
        r#"{"repositoryName":"demo","approvalRuleTemplateName":"t"}"#,
    ),
    codecommit(
        "BatchAssociateApprovalRuleTemplateWithRepositories",
        true,
        r#"{"repositoryNames":["demo"],"approvalRuleTemplateName":"t"}"#,
    ),
    codecommit(
        "BatchDescribeMergeConflicts",
        true,
        r#"{"repositoryName":"demo","sourceCommitSpecifier":"a","destinationCommitSpecifier":"b","mergeOption":"SQUASH_MERGE"}"#,
    ),
    codecommit(
        "BatchDisassociateApprovalRuleTemplateFromRepositories",
        true,
        r#"{"repositoryNames":["demo"],"approvalRuleTemplateName":"t"}"#,
    ),
    codecommit(
        "BatchGetCommits",
        true,
        r#"{"repositoryName":"demo","commitIds":["x"]}"#,
    ),
    codecommit("BatchGetRepositories", true, r#"{"repositoryNames":["demo"]}"#),
    codecommit(
        "CreateApprovalRuleTemplate",
        false,
        r#"{"approvalRuleTemplateName":"t","approvalRuleTemplateContent":"{\"Version\":\"2018-11-08\",\"Statements\":[{\"Type\":\"Approvers\",\"NumberOfApprovalsNeeded\":1}]}"}"#,
    ),
    codecommit(
        "CreateBranch",
        true,
        r#"{"repositoryName":"demo","branchName":"b","commitId":"x"}"#,
    ),
    codecommit(
        "CreateCommit",
        true,
        r#"{"repositoryName":"demo","branchName":"b","deleteFiles":[{"filePath":"x"}]}"#,
    ),
    codecommit(
        "CreatePullRequest",
        true,
        r#"{"title":"t","targets":[{"repositoryName":"demo","sourceReference":"b"}]}"#,
    ),
    codecommit(
        "CreatePullRequestApprovalRule",
        true,
        r#"{"pullRequestId":"1","approvalRuleName":"r","approvalRuleContent":"{\"Version\":\"2018-11-08\",\"Statements\":[{\"Type\":\"Approvers\",\"NumberOfApprovalsNeeded\":1}]}"}"#,
    ),
    codecommit("CreateRepository", true, r#"{"repositoryName":"demo"}"#),
    codecommit(
        "CreateUnreferencedMergeCommit",
        true,
        r#"{"repositoryName":"demo","sourceCommitSpecifier":"a","destinationCommitSpecifier":"b","mergeOption":"SQUASH_MERGE"}"#,
    ),
    codecommit(
        "DeleteApprovalRuleTemplate",
        false,
        r#"{"approvalRuleTemplateName":"t"}"#,
    ),
    codecommit("DeleteBranch", true, r#"{"repositoryName":"demo","branchName":"b"}"#),
    codecommit("DeleteCommentContent", true, r#"{"commentId":"COMMENT"}"#),
    codecommit(
        "DeleteFile",
        true,
        r#"{"repositoryName":"demo","branchName":"b","filePath":"x","parentCommitId":"x"}"#,
    ),
    codecommit(
        "DeletePullRequestApprovalRule",
        true,
        r#"{"pullRequestId":"1","approvalRuleName":"r"}"#,
    ),
    codecommit("DeleteRepository", true, r#"{"repositoryName":"demo"}"#),
    codecommit(
        "DescribeMergeConflicts",
        true,
        r#"{"repositoryName":"demo","sourceCommitSpecifier":"a","destinationCommitSpecifier":"b","mergeOption":"SQUASH_MERGE","filePath":"x"}"#,
    ),
    codecommit("DescribePullRequestEvents", true, r#"{"pullRequestId":"1"}"#),
    codecommit(
        "DisassociateApprovalRuleTemplateFromRepository",
        true,
        r#"{"repositoryName":"demo","approvalRuleTemplateName":"t"}"#,
    ),
    codecommit(
        "EvaluatePullRequestApprovalRules",
        true,
        r#"{"pullRequestId":"1","revisionId":"0000000000000000000000000000000000000000000000000000000000000000"}"#,
    ),
    codecommit("GetApprovalRuleTemplate", false, r#"{"approvalRuleTemplateName":"t"}"#),
    codecommit("GetBlob", true, r#"{"repositoryName":"demo","blobId":"x"}"#),
    codecommit(
        "GetBlobDifferences",
        true,
        r#"{"repositoryName":"demo","afterBlobId":"x"}"#,
    ),
    codecommit("GetBranch", true, r#"{"repositoryName":"demo","branchName":"b"}"#),
    codecommit("GetComment", true, r#"{"commentId":"COMMENT"}"#),
    codecommit("GetCommentReactions", true, r#"{"commentId":"COMMENT"}"#),
    codecommit(
        "GetCommentsForComparedCommit",
        true,
        r#"{"repositoryName":"demo","afterCommitId":"x"}"#,
    ),
    codecommit("GetCommentsForPullRequest", true, r#"{"pullRequestId":"1"}"#),
    codecommit("GetCommit", true, r#"{"repositoryName":"demo","commitId":"x"}"#),
    codecommit(
        "GetDifferences",
        true,
        r#"{"repositoryName":"demo","afterCommitSpecifier":"x"}"#,
    ),
    codecommit("GetFile", true, r#"{"repositoryName":"demo","filePath":"x"}"#),
    codecommit("GetFolder", true, r#"{"repositoryName":"demo","folderPath":"/"}"#),
    codecommit(
        "GetMergeCommit",
        true,
        r#"{"repositoryName":"demo","sourceCommitSpecifier":"a","destinationCommitSpecifier":"b"}"#,
    ),
    codecommit(
        "GetMergeConflicts",
        true,
        r#"{"repositoryName":"demo","sourceCommitSpecifier":"a","destinationCommitSpecifier":"b","mergeOption":"SQUASH_MERGE"}"#,
    ),
    codecommit(
        "GetMergeOptions",
        true,
        r#"{"repositoryName":"demo","sourceCommitSpecifier":"a","destinationCommitSpecifier":"b"}"#,
    ),
    codecommit("GetPullRequest", true, r#"{"pullRequestId":"1"}"#),
    codecommit(
        "GetPullRequestApprovalStates",
        true,
        r#"{"pullRequestId":"1","revisionId":"0000000000000000000000000000000000000000000000000000000000000000"}"#,
    ),
    codecommit(
        "GetPullRequestOverrideState",
        true,
        r#"{"pullRequestId":"1","revisionId":"0000000000000000000000000000000000000000000000000000000000000000"}"#,
    ),
    codecommit("GetRepository", true, r#"{"repositoryName":"demo"}"#),
    codecommit("GetRepositoryTriggers", true, r#"{"repositoryName":"demo"}"#),
    codecommit("ListApprovalRuleTemplates", false, r#"{}"#),
    codecommit(
        "ListAssociatedApprovalRuleTemplatesForRepository",
        true,
        r#"{"repositoryName":"demo"}"#,
    ),
    codecommit("ListBranches", true, r#"{"repositoryName":"demo"}"#),
    codecommit(
        "ListFileCommitHistory",
        true,
        r#"{"repositoryName":"demo","filePath":"x"}"#,
    ),
    codecommit("ListPullRequests", true, r#"{"repositoryName":"demo"}"#),
    codecommit("ListRepositories", false, "{}"),
    codecommit(
        "ListRepositoriesForApprovalRuleTemplate",
        false,
        r#"{"approvalRuleTemplateName":"t"}"#,
    ),
    codecommit(
        "ListTagsForResource",
        true,
        r#"{"resourceArn":"arn:aws:codecommit:us-east-1:000000000000:demo"}"#,
    ),
    codecommit(
        "MergeBranchesByFastForward",
        true,
        r#"{"repositoryName":"demo","sourceCommitSpecifier":"a","destinationCommitSpecifier":"b"}"#,
    ),
    codecommit(
        "MergeBranchesBySquash",
        true,
        r#"{"repositoryName":"demo","sourceCommitSpecifier":"a","destinationCommitSpecifier":"b"}"#,
    ),
    codecommit(
        "MergeBranchesByThreeWay",
        true,
        r#"{"repositoryName":"demo","sourceCommitSpecifier":"a","destinationCommitSpecifier":"b"}"#,
    ),
    codecommit(
        "MergePullRequestByFastForward",
        true,
        r#"{"pullRequestId":"1","repositoryName":"demo"}"#,
    ),
    codecommit(
        "MergePullRequestBySquash",
        true,
        r#"{"pullRequestId":"1","repositoryName":"demo"}"#,
    ),
    codecommit(
        "MergePullRequestByThreeWay",
        true,
        r#"{"pullRequestId":"1","repositoryName":"demo"}"#,
    ),
    codecommit(
        "OverridePullRequestApprovalRules",
        true,
        r#"{"pullRequestId":"1","revisionId":"0000000000000000000000000000000000000000000000000000000000000000","overrideStatus":"OVERRIDE"}"#,
    ),
    codecommit(
        "PostCommentForComparedCommit",
        true,
        r#"{"repositoryName":"demo","afterCommitId":"x","content":"c"}"#,
    ),
    codecommit(
        "PostCommentForPullRequest",
        true,
        r#"{"pullRequestId":"1","repositoryName":"demo","beforeCommitId":"x","afterCommitId":"y","content":"c"}"#,
    ),
    codecommit("PostCommentReply", true, r#"{"inReplyTo":"COMMENT","content":"c"}"#),
    codecommit(
        "PutCommentReaction",
        true,
        r#"{"commentId":"COMMENT","reactionValue":"smile"}"#,
    ),
    codecommit(
        "PutFile",
        true,
        r#"{"repositoryName":"demo","branchName":"b","filePath":"x","fileContent":"eA=="}"#,
    ),
    codecommit(
        "PutRepositoryTriggers",
        true,
        r#"{"repositoryName":"demo","triggers":[]}"#,
    ),
    codecommit(
        "TagResource",
        true,
        r#"{"resourceArn":"arn:aws:codecommit:us-east-1:000000000000:demo","tags":{"a":"b"}}"#,
    ),
    codecommit(
        "TestRepositoryTriggers",
        true,
        r#"{"repositoryName":"demo","triggers":[]}"#,
    ),
    codecommit(
        "UntagResource",
        true,
        r#"{"resourceArn":"arn:aws:codecommit:us-east-1:000000000000:demo","tagKeys":["a"]}"#,
    ),
    codecommit(
        "UpdateApprovalRuleTemplateContent",
        false,
        r#"{"approvalRuleTemplateName":"t","newRuleContent":"{\"Version\":\"2018-11-08\",\"Statements\":[{\"Type\":\"Approvers\",\"NumberOfApprovalsNeeded\":1}]}"}"#,
    ),
    codecommit(
        "UpdateApprovalRuleTemplateDescription",
        false,
        r#"{"approvalRuleTemplateName":"t"}"#,
    ),
    codecommit(
        "UpdateApprovalRuleTemplateName",
        false,
        r#"{"oldApprovalRuleTemplateName":"t","newApprovalRuleTemplateName":"u"}"#,
    ),
    codecommit("UpdateComment", true, r#"{"commentId":"COMMENT","content":"c"}"#),
    codecommit(
        "UpdateDefaultBranch",
        true,
        r#"{"repositoryName":"demo","defaultBranchName":"main"}"#,
    ),
    codecommit(
        "UpdatePullRequestApprovalRuleContent",
        true,
        r#"{"pullRequestId":"1","approvalRuleName":"r","newRuleContent":"{\"Version\":\"2018-11-08\",\"Statements\":[{\"Type\":\"Approvers\",\"NumberOfApprovalsNeeded\":1}]}"}"#,
    ),
    codecommit(
        "UpdatePullRequestApprovalState",
        true,
        r#"{"pullRequestId":"1","revisionId":"0000000000000000000000000000000000000000000000000000000000000000","approvalState":"APPROVE"}"#,
    ),
    codecommit(
        "UpdatePullRequestDescription",
        true,
        r#"{"pullRequestId":"1","description":"d"}"#,
    ),
    codecommit(
        "UpdatePullRequestStatus",
        true,
        r#"{"pullRequestId":"1","pullRequestStatus":"OPEN"}"#,
    ),
    codecommit("UpdatePullRequestTitle", true, r#"{"pullRequestId":"1","title":"t"}"#),
    codecommit("UpdateRepositoryDescription", true, r#"{"repositoryName":"demo"}"#),
    codecommit(
        "UpdateRepositoryEncryptionKey",
        true,
        r#"{"repositoryName":"demo","kmsKeyId":"alias/mine"}"#,
    ),
    codecommit("UpdateRepositoryName", true, r#"{"oldName":"demo","newName":"demo"}"#),
    ours("GetEventLag", false, "{}"),
    ours("InspectRepository", true, r#"{"repositoryName":"demo"}"#),
    ours("ListDeadLetters", false, "{}"),
    ours("ListDeletedRepositories", false, "{}"),
    of_triggers(
        "ListTriggerStates",
        "codecommit:GetRepositoryTriggers",
        r#"{"repositoryName":"demo"}"#,
    ),
    of_triggers(
        "RedeliverTrigger",
        "codecommit:PutRepositoryTriggers",
        r#"{"repositoryName":"demo","triggerName":"t"}"#,
    ),
    ours("RelaxFsck", true, r#"{"repositoryName":"demo","rules":[]}"#),
    ours("RepackRepository", true, r#"{"repositoryName":"demo"}"#),
    ours("ReplayDeadLetter", false, r#"{"id":"x"}"#),
    of_triggers(
        "RevealWebhookSecret",
        "codecommit:PutRepositoryTriggers",
        r#"{"repositoryName":"demo","triggerName":"t"}"#,
    ),
    ours("UndeleteRepository", true, r#"{"repository":"demo"}"#),
    Rule {
        target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
        operation: "LookupEvents",
        action: Some("cloudtrail:LookupEvents"),
        on_demo: false,
        input: "{}",
    },
];

/// The operations that the tables of the sources lead to.
fn dispatched() -> Vec<&'static str> {
    let tables = [
        include_str!("../../codecommit.rs"),
        include_str!("../../admin.rs"),
        include_str!("../../cloudtrail.rs"),
    ];
    let lines = tables.iter().flat_map(|table| table.lines());
    let named = lines.filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" =>"));
    let mut names: Vec<&str> = named.map(|(name, _)| name).collect();
    names.sort_unstable();
    names
}

/// Whether somebody with these permissions is let in; what becomes of the operation then is no matter here.
async fn lets_in(server: &Server, rule: &Rule, input: &str, statements: &Value) -> bool {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    let key = server.session_with(|session| session.policies.push(policy)).await;
    let mut request = call(&format!("{}.{}", rule.target, rule.operation), input.as_bytes());
    let mut scope = SCOPE;
    if rule.operation == "LookupEvents" {
        scope.service = "cloudtrail";
    }
    key.sign(&mut request, scope, clock::now_secs());
    let got = server.answer(request).await;
    assert_ne!(
        got.exception.as_deref(),
        Some("UnrecognizedClientException"),
        "{}",
        rule.operation
    );
    let denied = got.exception.as_deref() == Some("AccessDeniedException");
    if denied {
        let message = got.body["message"].as_str().unwrap_or_default();
        assert!(message.contains(&format!("perform: {} on", rule.action())), "{message}");
    }
    !denied
}

/// A comment on the first commit of `demo`; its id.
async fn comment(server: &Server) -> String {
    let put = r#"{"repositoryName":"demo","branchName":"main","filePath":"a","fileContent":"YQ=="}"#;
    let commit = server.call("PutFile", put).await.body["commitId"].clone();
    let post = json!({ "repositoryName": "demo", "afterCommitId": commit, "content": "c" });
    let posted = server
        .call("PostCommentForComparedCommit", &post.to_string())
        .await
        .body;
    posted["comment"]["commentId"]
        .as_str()
        .expect("it was posted")
        .to_owned()
}

#[test]
fn each_operation_has_a_rule() {
    let mut ruled: Vec<&str> = RULES.iter().map(|rule| rule.operation).collect();
    ruled.sort_unstable();
    assert_eq!(ruled, dispatched());
}

#[tokio::test]
async fn each_operation_is_decided_by_its_own_action_and_resource() {
    for rule in RULES {
        let server = server().await;
        let made = server.call("CreateRepository", r#"{"repositoryName":"demo"}"#).await;
        assert_eq!(made.status, 200);
        if rule.input.contains("pullRequestId") {
            pull_request(&server, "demo").await;
        }
        let mut input = rule.input.to_owned();
        if input.contains("COMMENT") {
            input = input.replace("COMMENT", &comment(&server).await);
        }
        if rule.operation == "UndeleteRepository" {
            server.call("DeleteRepository", r#"{"repositoryName":"demo"}"#).await;
        }
        let on = |resource: &str| json!({ "Effect": "Allow", "Action": rule.action(), "Resource": resource });
        let deny = json!({ "Effect": "Deny", "Action": rule.action(), "Resource": "*" });
        let others = json!({ "Effect": "Allow", "NotAction": rule.action(), "Resource": "*" });
        let elsewhere = if rule.on_demo {
            format!("{DEMO}2")
        } else {
            DEMO.to_owned()
        };
        let here = if rule.on_demo { DEMO } else { "*" };
        for (statements, expect) in [
            (json!([others]), false),
            (json!([on(&elsewhere)]), false),
            (json!([on(here), deny]), false),
            (json!([deny, on("*")]), false),
            (json!([on(here)]), true),
        ] {
            let let_in = lets_in(&server, rule, &input, &statements).await;
            assert_eq!(let_in, expect, "{} by {statements}", rule.operation);
        }
    }
}
