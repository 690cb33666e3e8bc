//! `CodeCommit Pull Request State Change`.

use packhouse_storage::clock;
use serde_json::{Value, json};

use super::note::Note;
use super::{DetailType, date};
use crate::approvals::content::sha256;
use crate::pull_requests::{Event, PullRequest, What};

/// The note of what happened to a pull request, which is `after` that.
pub(crate) fn of_pull_request(after: &PullRequest, events: &[Event]) -> Note {
    let common = json!({
        "pullRequestId": after.id.to_string(),
        "title": after.title,
        "description": after.description,
        "author": after.author,
        "creationDate": date::format(after.created),
        "sourceReference": after.source.as_str(),
        "destinationReference": after.destination.as_str(),
        "destinationCommit": after.destination_commit.to_string(),
        "sourceCommit": after.source_commit.to_string(),
        "revisionId": after.revision.id,
    });
    let note = Note::of(DetailType::PullRequest, &after.repository, common);
    events.iter().fold(note, |note, event| {
        let mut detail = json!({
            "event": name(&event.what),
            "callerUserArn": event.actor,
            "lastModifiedDate": date::format(event.time),
            "pullRequestStatus": if is_end(&event.what) { "Closed" } else { "Open" },
            "isMerged": if matches!(event.what, What::MergeStateChanged(_)) { "True" } else { "False" },
        });
        particulars(&mut detail, &event.what);
        for (name, value) in &event.session_tags {
            detail[name] = value.clone();
        }
        note.with(clock::millis(event.time), detail)
    })
}

const fn name(what: &What) -> &'static str {
    match what {
        What::Created { .. } => "pullRequestCreated",
        What::StatusChanged(_) => "pullRequestStatusChanged",
        What::SourceReferenceUpdated { .. } => "pullRequestSourceBranchUpdated",
        What::MergeStateChanged(_) => "pullRequestMergeStatusUpdated",
        What::ApprovalRuleCreated(_) => "pullRequestApprovalRuleCreated",
        What::ApprovalRuleUpdated(_) => "pullRequestApprovalRuleUpdated",
        What::ApprovalRuleDeleted(_) => "pullRequestApprovalRuleDeleted",
        What::ApprovalRuleOverridden { .. } => "pullRequestApprovalRuleOverridden",
        What::ApprovalStateChanged { .. } => "pullRequestApprovalStateChanged",
    }
}

/// Whether the pull request is closed from then on.
const fn is_end(what: &What) -> bool {
    matches!(what, What::StatusChanged(_) | What::MergeStateChanged(_))
}

/// What one kind of event has and others have not, and what was otherwise then than it is after all of them.
fn particulars(detail: &mut Value, what: &What) {
    match what {
        What::Created { .. } | What::StatusChanged(_) => {}
        What::SourceReferenceUpdated { after, revision, .. } => {
            detail["sourceCommit"] = after.to_string().into();
            detail["revisionId"] = revision.as_str().into();
        }
        What::MergeStateChanged(merged) => {
            detail["mergeOption"] = merged.option.name().into();
            if let Some(destination) = merged.destination {
                detail["destinationCommit"] = destination.to_string().into();
            }
        }
        What::ApprovalRuleCreated(rule) | What::ApprovalRuleUpdated(rule) | What::ApprovalRuleDeleted(rule) => {
            detail["approvalRuleName"] = rule.name.as_str().into();
            detail["approvalRuleId"] = rule.id.as_str().into();
            detail["approvalRuleContentSha256"] = sha256(&rule.content).into();
        }
        What::ApprovalRuleOverridden { overridden, .. } => {
            detail["overrideStatus"] = if *overridden { "OVERRIDE" } else { "REVOKE" }.into();
        }
        What::ApprovalStateChanged { approved, .. } => {
            detail["approvalStatus"] = if *approved { "APPROVE" } else { "REVOKE" }.into();
        }
    }
}
