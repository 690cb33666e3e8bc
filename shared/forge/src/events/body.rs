//! `notificationBody`: an event as a sentence for people. It ends with a URL, which some consumers look for.

use serde_json::{Map, Value};

use super::DetailType;
use crate::forge::Forge;

/// What an event's detail says, for people.
pub(super) fn of(forge: &Forge, kind: DetailType, detail: &Map<String, Value>) -> String {
    let text = |name: &str| detail.get(name).and_then(Value::as_str).unwrap_or_default();
    let (event, caller) = (text("event"), text("callerUserArn"));
    let happened = happened(event);
    let place = match kind {
        DetailType::Template => String::new(),
        DetailType::PullRequest => format!(" in the following repository: {}", repository(detail)),
        _ => format!(" in the following repository: {}", text("repositoryName")),
    };
    let (what, more) = match kind {
        DetailType::PullRequest => (
            "A pull request event occurred",
            format!(
                "The pull request has the ID {} and the title: {}.",
                text("pullRequestId"),
                text("title")
            ),
        ),
        DetailType::CommentOnPullRequest => (
            "A comment event on a pull request occurred",
            format!(
                "The pull request has the ID {}, the comment has the ID {}.",
                text("pullRequestId"),
                text("commentId")
            ),
        ),
        DetailType::CommentOnCommit => (
            "A comment event on a commit occurred",
            format!(
                "The commit has the ID {}, the comment has the ID {}.",
                text("afterCommitId"),
                text("commentId")
            ),
        ),
        DetailType::Reaction => (
            "A reaction event on a comment occurred",
            format!("The comment has the ID {}.", text("commentId")),
        ),
        DetailType::Template => (
            "An approval rule template event occurred",
            format!(
                "The template has the name {} and the ID {}.",
                text("approvalRuleTemplateName"),
                text("approvalRuleTemplateId")
            ),
        ),
        DetailType::Repository => ("A repository event occurred", String::new()),
    };
    let url = url(forge, kind, detail);
    format!("{what}{place}. User: {caller}. Event: {happened}. {more} For more information, go to: {url}")
}

/// What happened, in a word or two.
fn happened(event: &str) -> &'static str {
    const ENDS: [(&str, &str); 12] = [
        ("ApprovalRuleOverridden", "Approval rules overridden"),
        ("ApprovalStateChanged", "Approval state changed"),
        ("MergeStatusUpdated", "Merge status updated"),
        ("SourceBranchUpdated", "Source branch updated"),
        ("StatusChanged", "Status changed"),
        ("DisassociatedFromRepository", "Disassociated"),
        ("FromRepositories", "Disassociated"),
        ("AssociatedWithRepository", "Associated"),
        ("WithRepositories", "Associated"),
        ("Created", "Created"),
        ("Deleted", "Deleted"),
        ("Updated", "Updated"),
    ];
    let found = ENDS.iter().find(|(end, _)| event.ends_with(end));
    found.map_or("Changed", |(_, word)| word)
}

/// The name of the repository of a pull request.
fn repository(detail: &Map<String, Value>) -> &str {
    detail
        .get("repositoryNames")
        .and_then(|names| names[0].as_str())
        .unwrap_or_default()
}

/// Where people find it, in the paths of `CodeCommit`'s console.
fn url(forge: &Forge, kind: DetailType, detail: &Map<String, Value>) -> String {
    let text = |name: &str| detail.get(name).and_then(Value::as_str).unwrap_or_default();
    let path = match kind {
        DetailType::PullRequest => format!(
            "repositories/{}/pull-requests/{}",
            repository(detail),
            text("pullRequestId")
        ),
        DetailType::CommentOnPullRequest => format!(
            "repositories/{}/pull-requests/{}/activity#{}",
            text("repositoryName"),
            text("pullRequestId"),
            text("commentId")
        ),
        DetailType::CommentOnCommit => format!(
            "repositories/{}/commit/{}#{}",
            text("repositoryName"),
            text("afterCommitId"),
            text("commentId")
        ),
        DetailType::Reaction | DetailType::Repository => format!("repositories/{}/browse", text("repositoryName")),
        DetailType::Template => format!("approval-rule-templates/{}", text("approvalRuleTemplateName")),
    };
    let region = &forge.installation().region;
    let (path, fragment) = path.split_once('#').unwrap_or((&path, ""));
    let hash = if fragment.is_empty() { "" } else { "#" };
    format!(
        "{}/codesuite/codecommit/{path}?region={region}{hash}{fragment}",
        forge.public_url()
    )
}
