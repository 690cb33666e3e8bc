//! `DescribePullRequestEvents`.

use std::time::Duration;

use packhouse_forge::forge::Forge;
use packhouse_forge::identity::Caller;
use packhouse_forge::pull_requests::{self, Event, EventFilter, EventType, PullRequest, Rule, What};
use packhouse_forge::refusal::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::pull_request::{MergeMetadata, pull_request_id};
use crate::aws_json::Answer;
use crate::aws_json::input::{answer, epoch_seconds, needed, next_token, parse};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    pull_request_id: Option<String>,
    pull_request_event_type: Option<String>,
    actor_arn: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    pull_request_events: Vec<PullRequestEvent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PullRequestEvent {
    pull_request_id: String,
    #[serde(serialize_with = "epoch_seconds")]
    event_date: Duration,
    pull_request_event_type: &'static str,
    actor_arn: String,
    /// The one member that the type of the event has for it.
    #[serde(flatten)]
    metadata: Value,
}

pub(super) async fn serve(forge: &Forge, caller: &Caller, body: &[u8]) -> Answer {
    let input: Input = parse(body)?;
    let id = pull_request_id(input.pull_request_id.as_deref())?;
    let event_type = input.pull_request_event_type.as_deref();
    let event_type = event_type.map(|name| needed(EventType::from_name(name), Refusal::InvalidPullRequestEventType));
    let filter = EventFilter {
        event_type: event_type.transpose()?,
        actor: input.actor_arn,
        max_results: input.max_results,
        token: next_token(input.next_token),
    };
    let page = pull_requests::describe_events(forge, caller, id, &filter).await?;
    let repository = page.repository.as_str();
    let events = page.events.into_iter().map(|event| PullRequestEvent {
        pull_request_id: id.to_string(),
        event_date: event.time,
        pull_request_event_type: event.what.event_type().name(),
        metadata: metadata(repository, &page.pull_request, &event),
        actor_arn: event.actor,
    });
    answer(&Output {
        pull_request_events: events.collect(),
        next_token: page.next,
    })
}

/// What an event of its type tells.
fn metadata(repository: &str, of: &PullRequest, event: &Event) -> Value {
    match &event.what {
        What::Created {
            source,
            destination,
            merge_base,
        } => json!({ "pullRequestCreatedEventMetadata": with_merge_base(
            json!({
                "repositoryName": repository,
                "sourceCommitId": source.to_string(),
                "destinationCommitId": destination.to_string(),
            }),
            merge_base.map(|id| id.to_string()),
        )}),
        What::SourceReferenceUpdated {
            before,
            after,
            merge_base,
            ..
        } => json!({ "pullRequestSourceReferenceUpdatedEventMetadata": with_merge_base(
            json!({
                "repositoryName": repository,
                "beforeCommitId": before.to_string(),
                "afterCommitId": after.to_string(),
            }),
            merge_base.map(|id| id.to_string()),
        )}),
        What::StatusChanged(status) => {
            json!({ "pullRequestStatusChangedEventMetadata": { "pullRequestStatus": status.name() } })
        }
        What::MergeStateChanged(merged) => json!({ "pullRequestMergedStateChangedEventMetadata": {
            "repositoryName": repository,
            "destinationReference": of.destination.to_string(),
            "mergeMetadata": MergeMetadata::from(Some(merged)),
        }}),
        What::ApprovalRuleCreated(rule) | What::ApprovalRuleUpdated(rule) | What::ApprovalRuleDeleted(rule) => {
            let Rule { id, name, content } = rule;
            json!({ "approvalRuleEventMetadata": {
                "approvalRuleName": name,
                "approvalRuleId": id,
                "approvalRuleContent": content,
            }})
        }
        What::ApprovalRuleOverridden { revision, overridden } => json!({ "approvalRuleOverriddenEventMetadata": {
            "revisionId": revision,
            "overrideStatus": if *overridden { "OVERRIDE" } else { "REVOKE" },
        }}),
        What::ApprovalStateChanged { revision, approved } => json!({ "approvalStateChangedEventMetadata": {
            "revisionId": revision,
            "approvalStatus": if *approved { "APPROVE" } else { "REVOKE" },
        }}),
    }
}

/// Absent members are left out.
fn with_merge_base(mut metadata: Value, merge_base: Option<String>) -> Value {
    if let Some(merge_base) = merge_base {
        metadata["mergeBase"] = merge_base.into();
    }
    metadata
}
