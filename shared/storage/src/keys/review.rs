//! Keys of pull requests, comments, and approval rule templates.

use super::{ALONE, repository};
use crate::table::Key;

/// What every creation of a pull request in a repository changes, so that they come one after the other.
#[must_use]
pub fn pull_request_creations(repository: &str) -> Key {
    Key::new(self::repository(repository), "PRCREATIONS")
}

/// Prefix of a repository's open pull requests.
pub const OPEN_PULL_REQUEST_PREFIX: &str = "PROPEN#";

/// That a pull request of a repository is open.
#[must_use]
pub fn open_pull_request(repository: &str, id: u64) -> Key {
    Key::new(self::repository(repository), format!("{OPEN_PULL_REQUEST_PREFIX}{id}"))
}

/// Prefix of all of a repository's listed pull requests.
pub const LISTED_PULL_REQUESTS_PREFIX: &str = "PRLIST#";

/// Prefix of a repository's listed pull requests of one status.
#[must_use]
pub fn listed_pull_requests_prefix(status: &str) -> String {
    format!("{LISTED_PULL_REQUESTS_PREFIX}{status}#")
}

/// A pull request in the listing of its repository: those with the most recent activity are first.
#[must_use]
pub fn listed_pull_request(repository: &str, status: &str, active_ms: u64, id: u64) -> Key {
    let prefix = listed_pull_requests_prefix(status);
    let inverted = LAST_MS.saturating_sub(active_ms);
    Key::new(self::repository(repository), format!("{prefix}{inverted:013}#{id}"))
}

/// The last millisecond since the Unix epoch that has 13 digits.
const LAST_MS: u64 = 9_999_999_999_999;

/// Partition of one pull request.
#[must_use]
pub fn pull_request(account: &str, region: &str, id: u64) -> String {
    format!("PR#{account}#{region}#{id}")
}

/// What a pull request is.
#[must_use]
pub fn pull_request_meta(account: &str, region: &str, id: u64) -> Key {
    Key::new(pull_request(account, region, id), "META")
}

/// Prefix of what happened to a pull request.
pub const PULL_REQUEST_EVENT_PREFIX: &str = "EVENT#";

/// One of the things that happened to a pull request, counted from 1.
#[must_use]
pub fn pull_request_event(account: &str, region: &str, id: u64, number: u64) -> Key {
    Key::new(
        pull_request(account, region, id),
        format!("{PULL_REQUEST_EVENT_PREFIX}{number:010}"),
    )
}

/// Prefix of the approval rules of a pull request.
pub const APPROVAL_RULE_PREFIX: &str = "RULE#";

/// One approval rule of a pull request.
#[must_use]
pub fn approval_rule(account: &str, region: &str, id: u64, name: &str) -> Key {
    Key::new(
        pull_request(account, region, id),
        format!("{APPROVAL_RULE_PREFIX}{name}"),
    )
}

/// Prefix of the approvals of one revision of a pull request.
#[must_use]
pub fn approvals_prefix(revision: &str) -> String {
    format!("APPROVAL#{revision}#")
}

/// That the principal of an ARN approves a revision of a pull request.
#[must_use]
pub fn approval(account: &str, region: &str, id: u64, revision: &str, arn: &str) -> Key {
    let prefix = approvals_prefix(revision);
    Key::new(pull_request(account, region, id), format!("{prefix}{arn}"))
}

/// That the approval rules of a pull request are overridden for a revision.
#[must_use]
pub fn approval_override(account: &str, region: &str, id: u64, revision: &str) -> Key {
    Key::new(pull_request(account, region, id), format!("OVERRIDE#{revision}"))
}

/// Counts pull requests: the version of the item is the last number that was taken.
#[must_use]
pub fn pull_request_counter(account: &str, region: &str) -> Key {
    Key::new(format!("COUNTER#{account}#{region}"), "PR")
}

/// Prefix of the comments in a pull request's partition.
pub const PULL_REQUEST_COMMENT_PREFIX: &str = "COMMENT#";

/// A comment on a pull request.
#[must_use]
pub fn comment_on_pull_request(account: &str, region: &str, pull_request: u64, created_ms: u64, id: &str) -> Key {
    let position = comment_position(created_ms, id);
    Key::new(
        self::pull_request(account, region, pull_request),
        format!("{PULL_REQUEST_COMMENT_PREFIX}{position}"),
    )
}

/// What leads to a comment, by its id.
#[must_use]
pub fn comment(account: &str, region: &str, id: &str) -> Key {
    Key::new(format!("COMMENT#{account}#{region}#{id}"), ALONE)
}

/// Partition of the comments on two commits of a repository.
#[must_use]
pub fn comments_on_commits(repository: &str, before: &str, after: &str) -> String {
    format!("COMMENTED#{repository}#{before}#{after}")
}

/// Where a comment stands among others: by time.
#[must_use]
pub fn comment_position(created_ms: u64, id: &str) -> String {
    format!("{created_ms:013}#{id}")
}

/// Partition of the approval rule templates of an account and region.
#[must_use]
pub fn templates(account: &str, region: &str) -> String {
    format!("TEMPLATES#{account}#{region}")
}

/// The item whose version grows with every change of templates and of what they are associated with.
#[must_use]
pub fn templates_generation(account: &str, region: &str) -> Key {
    Key::new(templates(account, region), "GENERATION")
}

/// Prefix of the names of templates, each of which leads to an id.
pub const TEMPLATE_NAME_PREFIX: &str = "NAME#";

/// `template name -> template id`.
#[must_use]
pub fn template_name(account: &str, region: &str, name: &str) -> Key {
    Key::new(templates(account, region), format!("{TEMPLATE_NAME_PREFIX}{name}"))
}

/// One template.
#[must_use]
pub fn template(account: &str, region: &str, id: &str) -> Key {
    Key::new(templates(account, region), format!("TEMPLATE#{id}"))
}

/// Prefix of the ids of repositories that a template is associated with.
#[must_use]
pub fn template_repositories_prefix(template: &str) -> String {
    format!("REPOSITORY#{template}#")
}

/// That a template is associated with a repository, on the template's side.
#[must_use]
pub fn template_repository(account: &str, region: &str, template: &str, repository: &str) -> Key {
    let prefix = template_repositories_prefix(template);
    Key::new(templates(account, region), format!("{prefix}{repository}"))
}

/// Prefix of the ids of templates that a repository is associated with.
pub const REPOSITORY_TEMPLATE_PREFIX: &str = "TEMPLATE#";

/// That a template is associated with a repository, on the repository's side.
#[must_use]
pub fn repository_template(id: &str, template: &str) -> Key {
    Key::new(repository(id), format!("{REPOSITORY_TEMPLATE_PREFIX}{template}"))
}
