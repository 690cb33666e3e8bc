//! `UpdatePullRequestStatus`.

use packhouse_harness::{Aws, Server};
use serde_json::json;

use super::check_refusals;
use super::pull_request::{Asked, check_ids};

#[test]
fn a_pull_request_is_closed_for_ever() {
    let asked = Asked::new("pr-status");
    let before = asked.get();
    let update = |status: &str| {
        let told = asked.call("UpdatePullRequestStatus", &json!({ "pullRequestStatus": status }));
        told["pullRequest"].clone()
    };
    assert_eq!(update("OPEN"), before);
    let closed = update("CLOSED");
    let mut expected = before.clone();
    expected["pullRequestStatus"] = "CLOSED".into();
    expected["lastActivityDate"] = closed["lastActivityDate"].clone();
    assert_eq!(closed, expected);
    assert_eq!(update("CLOSED"), closed);
    assert_eq!(asked.get(), closed);
    check_refusals(
        "UpdatePullRequestStatus",
        &asked.input(&json!({})),
        &[
            (json!({}), "PullRequestStatusRequiredException"),
            (
                json!({ "pullRequestStatus": "MERGED" }),
                "InvalidPullRequestStatusException",
            ),
            (
                json!({ "pullRequestStatus": "closed" }),
                "InvalidPullRequestStatusException",
            ),
            (
                json!({ "pullRequestStatus": "OPEN" }),
                "InvalidPullRequestStatusUpdateException",
            ),
        ],
    );
    check_ids("UpdatePullRequestStatus", &json!({ "pullRequestStatus": "CLOSED" }));
    // What is closed no longer follows its branches, and is still there.
    let tip = super::pull_request::commit(&asked.repository, "topic", &asked.topic, ("b", "b"));
    assert_ne!(tip, asked.topic);
    assert_eq!(asked.get(), closed);
}

#[test]
fn the_cli_closes_a_pull_request() {
    let asked = Asked::new("pr-status-cli");
    let told = Aws::of(Server::shared()).codecommit(&format!(
        "update-pull-request-status --pull-request-id {} --pull-request-status CLOSED",
        asked.id
    ));
    assert_eq!(told["pullRequest"]["pullRequestStatus"], "CLOSED");
    assert_eq!(asked.get()["pullRequestStatus"], "CLOSED");
}
