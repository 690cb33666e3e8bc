//! `ListPullRequests`.

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::pull_request::{ADMIN, Asked, ask, pages, somebody, succeed};
use super::{branch, check_names, check_refusals, text};

fn title(id: &str, title: &str) {
    succeed(
        "UpdatePullRequestTitle",
        &json!({ "pullRequestId": id, "title": title }),
    );
}

/// A repository with four pull requests; the oldest is first.
fn four(repository: &str) -> Vec<String> {
    let asked = Asked::new(repository);
    let mut ids = vec![asked.id];
    for name in ["b", "c", "d"] {
        branch(repository, name, &asked.topic);
        ids.push(text(&ask(repository, name)["pullRequestId"]));
    }
    ids
}

#[test]
fn the_most_recent_activity_is_first() {
    let ids = four("prs-listed");
    let list = |more: &Value| {
        let asked = super::with(&json!({ "repositoryName": "prs-listed" }), more);
        let pages = pages("ListPullRequests", &asked, "pullRequestIds");
        pages.concat().iter().map(text).collect::<Vec<_>>()
    };
    let order = |at: [usize; 4]| at.map(|at| ids[at].clone());
    assert_eq!(list(&json!({})), order([3, 2, 1, 0]));
    title(&ids[1], "new");
    assert_eq!(list(&json!({})), order([1, 3, 2, 0]));
    succeed(
        "UpdatePullRequestStatus",
        &json!({ "pullRequestId": ids[2], "pullRequestStatus": "CLOSED" }),
    );
    assert_eq!(list(&json!({})), order([2, 1, 3, 0]));
    assert_eq!(
        list(&json!({ "pullRequestStatus": "CLOSED" })),
        order([2, 1, 3, 0])[..1]
    );
    assert_eq!(list(&json!({ "pullRequestStatus": "OPEN" })), order([2, 1, 3, 0])[1..]);
    let target = json!({ "repositoryName": "prs-listed", "sourceReference": "b" });
    let bob = somebody("prs-listed-bob");
    let his = bob.call("CreatePullRequest", &json!({ "title": "t", "targets": [target] }));
    let his = text(&his.expect("he may")["pullRequest"]["pullRequestId"]);
    let bob = "arn:aws:iam::000000000000:user/prs-listed-bob";
    assert_eq!(list(&json!({ "authorArn": bob })), [his]);
    assert_eq!(list(&json!({ "authorArn": ADMIN })), order([2, 1, 3, 0]));
    let both = json!({ "authorArn": bob, "pullRequestStatus": "CLOSED" });
    assert_eq!(list(&both), Vec::<String>::new());
    let told = Aws::of(Server::shared())
        .codecommit("list-pull-requests --repository-name prs-listed --pull-request-status CLOSED");
    assert_eq!(told, json!({ "pullRequestIds": [ids[2]] }));
}

#[test]
fn pages_tell_each_once_whatever_happens_in_between() {
    let ids = four("prs-paged");
    let asked = json!({ "repositoryName": "prs-paged", "maxResults": 2 });
    let sizes: Vec<usize> = pages("ListPullRequests", &asked, "pullRequestIds")
        .iter()
        .map(Vec::len)
        .collect();
    assert_eq!(sizes, [2, 2]);
    let first = succeed("ListPullRequests", &asked);
    assert_eq!(first["pullRequestIds"], json!([ids[3], ids[2]]));
    // One that was told goes to the front, and stays told once.
    title(&ids[2], "new");
    let token = json!({ "nextToken": first["nextToken"] });
    let second = succeed("ListPullRequests", &super::with(&asked, &token));
    assert_eq!(second, json!({ "pullRequestIds": [ids[1], ids[0]] }));
    let author = "arn:aws:iam::000000000000:user/absent";
    check_refusals(
        "ListPullRequests",
        &asked,
        &[
            (
                json!({ "pullRequestStatus": "MERGED" }),
                "InvalidPullRequestStatusException",
            ),
            (
                json!({ "pullRequestStatus": "open" }),
                "InvalidPullRequestStatusException",
            ),
            (json!({ "authorArn": "admin" }), "InvalidAuthorArnException"),
            (
                json!({ "authorArn": "arn:aws:s3:::bucket" }),
                "InvalidAuthorArnException",
            ),
            (json!({ "authorArn": author }), "AuthorDoesNotExistException"),
            (json!({ "maxResults": 0 }), "InvalidMaxResultsException"),
            (json!({ "maxResults": -1 }), "InvalidMaxResultsException"),
            (json!({ "maxResults": 501 }), "InvalidMaxResultsException"),
            (json!({ "nextToken": "x" }), "InvalidContinuationTokenException"),
            (
                super::with(&token, &json!({ "pullRequestStatus": "OPEN" })),
                "InvalidContinuationTokenException",
            ),
        ],
    );
    check_names("ListPullRequests", "repositoryName", &json!({}));
}
