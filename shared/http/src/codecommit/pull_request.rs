//! The shape `PullRequest`, and what answers of several operations hold.

use std::time::Duration;

use packhouse_forge::error::Error;
use packhouse_forge::pull_requests::{Merged, PullRequestId, Shown};
use packhouse_forge::refusal::Refusal;
use serde::Serialize;

use super::approval_rule::ApprovalRule;
use crate::aws_json::Answer;
use crate::aws_json::failure::Failure;
use crate::aws_json::input::{answer, epoch_seconds, needed};

/// All that the API tells about a pull request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PullRequest {
    pull_request_id: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(serialize_with = "epoch_seconds")]
    last_activity_date: Duration,
    #[serde(serialize_with = "epoch_seconds")]
    creation_date: Duration,
    pull_request_status: &'static str,
    author_arn: String,
    pull_request_targets: [PullRequestTarget; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    client_request_token: Option<String>,
    revision_id: String,
    approval_rules: Vec<ApprovalRule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PullRequestTarget {
    repository_name: String,
    source_reference: String,
    destination_reference: String,
    destination_commit: String,
    source_commit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    merge_base: Option<String>,
    merge_metadata: MergeMetadata,
}

/// How it was merged, if it was.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MergeMetadata {
    is_merged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merge_commit_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merge_option: Option<&'static str>,
}

impl From<Option<&Merged>> for MergeMetadata {
    fn from(merged: Option<&Merged>) -> Self {
        Self {
            is_merged: merged.is_some(),
            merged_by: merged.map(|merged| merged.by.clone()),
            merge_commit_id: merged.and_then(|merged| merged.commit).map(|id| id.to_string()),
            merge_option: merged.map(|merged| merged.option.name()),
        }
    }
}

impl From<Shown> for PullRequest {
    fn from(shown: Shown) -> Self {
        let Shown {
            pull_request: found,
            repository,
            rules,
        } = shown;
        let target = PullRequestTarget {
            repository_name: repository.to_string(),
            source_reference: found.source.to_string(),
            destination_reference: found.destination.to_string(),
            destination_commit: found.destination_commit.to_string(),
            source_commit: found.source_commit.to_string(),
            merge_base: found.merge_base.map(|id| id.to_string()),
            merge_metadata: found.merged.as_ref().into(),
        };
        Self {
            pull_request_id: found.id.to_string(),
            title: found.title,
            description: found.description,
            last_activity_date: found.active,
            creation_date: found.created,
            pull_request_status: found.status.name(),
            author_arn: found.author,
            pull_request_targets: [target],
            client_request_token: found.client_token,
            revision_id: found.revision.id,
            approval_rules: rules.into_iter().map(ApprovalRule::from).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    pull_request: PullRequest,
}

/// The answer of every operation that makes, changes or gets one.
pub(super) fn shown(shown: Shown) -> Answer {
    answer(&Output {
        pull_request: shown.into(),
    })
}

/// The id of a pull request, which the operation needs.
pub(super) fn pull_request_id(value: Option<&str>) -> Result<PullRequestId, Failure> {
    let id = needed(value.filter(|id| !id.is_empty()), Refusal::PullRequestIdRequired)?;
    PullRequestId::new(id).map_err(|error: Error| error.into())
}
