//! Where answers differ from what the examples show.

use super::shape::Difference::{self, Additional, Lacking};

const LEFT_OUT: &str = "the model has this member, the example leaves it out";
const ONE_PAGE: &str = "all comments are on one page";

/// An example, a place in its output, how the answer differs there, and why.
pub(super) const DEVIATIONS: &[(&str, &str, Difference, &str)] = &[
    (
        "batch-describe-merge-conflicts",
        "conflicts[].mergeHunks[].base",
        Additional,
        LEFT_OUT,
    ),
    ("batch-get-commits", "errors", Additional, LEFT_OUT),
    ("batch-get-repositories", "errors", Additional, LEFT_OUT),
    (
        "create-pull-request",
        "pullRequest.pullRequestTargets[].mergeBase",
        Additional,
        LEFT_OUT,
    ),
    ("create-pull-request", "pullRequest.revisionId", Additional, LEFT_OUT),
    (
        "create-repository",
        "repositoryMetadata.creationDate",
        Additional,
        LEFT_OUT,
    ),
    ("describe-merge-conflicts", "mergeHunks[].base", Additional, LEFT_OUT),
    (
        "describe-pull-request-events",
        "pullRequestEvents[].pullRequestCreatedEventMetadata",
        Additional,
        LEFT_OUT,
    ),
    (
        "get-comment-reactions",
        "reactionsForComment[].reactionsFromDeletedUsersCount",
        Additional,
        LEFT_OUT,
    ),
    ("get-comments-for-compared-commit", "nextToken", Lacking, ONE_PAGE),
    (
        "get-comments-for-pull-request",
        "commentsForPullRequestData[].comments[].inReplyTo",
        Additional,
        LEFT_OUT,
    ),
    ("get-comments-for-pull-request", "nextToken", Lacking, ONE_PAGE),
    ("get-commit", "commit.commitId", Additional, LEFT_OUT),
    (
        "list-pull-requests",
        "nextToken",
        Lacking,
        "an empty token for no further page; the model lets it be absent",
    ),
    (
        "merge-pull-request-by-fast-forward",
        "pullRequest.pullRequestTargets[].mergeBase",
        Additional,
        LEFT_OUT,
    ),
    (
        "merge-pull-request-by-fast-forward",
        "pullRequest.pullRequestTargets[].mergeMetadata.mergeOption",
        Additional,
        LEFT_OUT,
    ),
    (
        "merge-pull-request-by-fast-forward",
        "pullRequest.revisionId",
        Additional,
        LEFT_OUT,
    ),
    (
        "merge-pull-request-by-squash",
        "pullRequest.pullRequestTargets[].mergeBase",
        Additional,
        LEFT_OUT,
    ),
    (
        "merge-pull-request-by-squash",
        "pullRequest.pullRequestTargets[].mergeMetadata.mergeCommitId",
        Additional,
        LEFT_OUT,
    ),
    (
        "merge-pull-request-by-squash",
        "pullRequest.pullRequestTargets[].mergeMetadata.mergeOption",
        Additional,
        LEFT_OUT,
    ),
    (
        "merge-pull-request-by-squash",
        "pullRequest.revisionId",
        Additional,
        LEFT_OUT,
    ),
    (
        "merge-pull-request-by-three-way",
        "pullRequest.pullRequestTargets[].mergeBase",
        Additional,
        LEFT_OUT,
    ),
    (
        "merge-pull-request-by-three-way",
        "pullRequest.pullRequestTargets[].mergeMetadata.mergeCommitId",
        Additional,
        LEFT_OUT,
    ),
    (
        "merge-pull-request-by-three-way",
        "pullRequest.pullRequestTargets[].mergeMetadata.mergeOption",
        Additional,
        LEFT_OUT,
    ),
    (
        "merge-pull-request-by-three-way",
        "pullRequest.revisionId",
        Additional,
        LEFT_OUT,
    ),
    ("update-comment", "comment.inReplyTo", Additional, LEFT_OUT),
    (
        "update-pull-request-approval-rule-content",
        "approvalRule.originApprovalRuleTemplate",
        Lacking,
        "an empty object for a rule of no template; the model lets it be absent",
    ),
    (
        "update-pull-request-description",
        "pullRequest.approvalRules",
        Additional,
        LEFT_OUT,
    ),
    (
        "update-pull-request-description",
        "pullRequest.pullRequestTargets[].mergeBase",
        Additional,
        LEFT_OUT,
    ),
    (
        "update-pull-request-description",
        "pullRequest.revisionId",
        Additional,
        LEFT_OUT,
    ),
    (
        "update-pull-request-status",
        "pullRequest.pullRequestTargets[].mergeBase",
        Additional,
        LEFT_OUT,
    ),
    (
        "update-pull-request-status",
        "pullRequest.revisionId",
        Additional,
        LEFT_OUT,
    ),
    (
        "update-pull-request-title",
        "pullRequest.pullRequestTargets[].mergeBase",
        Additional,
        LEFT_OUT,
    ),
    (
        "update-pull-request-title",
        "pullRequest.revisionId",
        Additional,
        LEFT_OUT,
    ),
];
