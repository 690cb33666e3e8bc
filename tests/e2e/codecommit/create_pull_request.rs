//! `CreatePullRequest`.

use packhouse_harness::{Git, Server};
use serde_json::{Value, json};

use super::pull_request::{ADMIN, another_client, commit, somebody, succeed};
use super::{branch, call, check_refusals, history, refused, text, with};

/// A repository whose branch `topic` is one commit ahead of `main`: the tips of `main` and of `topic`.
fn ground(repository: &str) -> (String, String) {
    let main = history(repository, &[&[("a", Some("1\n"))]]).remove(0);
    branch(repository, "topic", &main);
    let topic = commit(repository, "topic", &main, ("a", "2\n"));
    (main, topic)
}

fn asked(repository: &str, more: &Value) -> Value {
    let target = json!({ "repositoryName": repository, "sourceReference": "topic", "destinationReference": "main" });
    with(&json!({ "title": "Title", "targets": [target] }), more)
}

#[test]
fn what_was_asked_for_is_told() {
    let (main, topic) = ground("pr-created");
    let input = asked(
        "pr-created",
        &json!({ "description": "Why\n", "clientRequestToken": "one" }),
    );
    let made = succeed("CreatePullRequest", &input);
    let told = &made["pullRequest"];
    let id = text(&told["pullRequestId"]);
    assert!(id.parse::<u64>().is_ok_and(|id| id > 0), "{id}");
    let revision = text(&told["revisionId"]);
    assert!(
        revision.len() == 64 && revision.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{revision}"
    );
    let date = told["creationDate"].as_f64().expect("a time");
    assert!(date > 1.7e9, "{date}");
    let expected = json!({
        "pullRequestId": id,
        "title": "Title",
        "description": "Why\n",
        "lastActivityDate": date,
        "creationDate": date,
        "pullRequestStatus": "OPEN",
        "authorArn": ADMIN,
        "pullRequestTargets": [{
            "repositoryName": "pr-created",
            "sourceReference": "refs/heads/topic",
            "destinationReference": "refs/heads/main",
            "destinationCommit": main,
            "sourceCommit": topic,
            "mergeBase": main,
            "mergeMetadata": { "isMerged": false },
        }],
        "clientRequestToken": "one",
        "revisionId": revision,
        "approvalRules": [],
    });
    assert_eq!(*told, expected);
    assert_eq!(succeed("GetPullRequest", &json!({ "pullRequestId": id })), made);
}

#[test]
fn branches_are_named_shortly_or_in_full_and_the_default_one_not_at_all() {
    let (main, _) = ground("pr-names");
    branch("pr-names", "release", &main);
    let created = |source: &str, destination: Value| {
        let target = json!({
            "repositoryName": "pr-names", "sourceReference": source, "destinationReference": destination,
        });
        let made = succeed("CreatePullRequest", &json!({ "title": "t", "targets": [target] }));
        let target = &made["pullRequest"]["pullRequestTargets"][0];
        (text(&target["sourceReference"]), text(&target["destinationReference"]))
    };
    let full = |source: &str, destination: &str| (format!("refs/heads/{source}"), format!("refs/heads/{destination}"));
    assert_eq!(created("topic", json!(null)), full("topic", "main"));
    assert_eq!(created("refs/heads/topic", json!("")), full("topic", "main"));
    assert_eq!(created("topic", json!("refs/heads/release")), full("topic", "release"));
    // A branch may be merged where it has nothing to bring.
    assert_eq!(created("main", json!("topic")), full("main", "topic"));
}

#[test]
fn the_same_request_with_the_same_token_is_made_once() {
    let (_, topic) = ground("pr-once");
    let input = asked(
        "pr-once",
        &json!({ "description": "d", "clientRequestToken": "pr-once" }),
    );
    let made = succeed("CreatePullRequest", &input);
    assert_eq!(succeed("CreatePullRequest", &input), made);
    assert_eq!(another_client().call("CreatePullRequest", &input), Ok(made.clone()));
    branch("pr-once", "other", &topic);
    let target = |source: &str| json!([{ "repositoryName": "pr-once", "sourceReference": source, "destinationReference": "main" }]);
    check_refusals(
        "CreatePullRequest",
        &input,
        &[
            (json!({ "title": "T" }), "IdempotencyParameterMismatchException"),
            (json!({ "description": "e" }), "IdempotencyParameterMismatchException"),
            (json!({ "description": null }), "IdempotencyParameterMismatchException"),
            (
                json!({ "targets": target("other") }),
                "IdempotencyParameterMismatchException",
            ),
        ],
    );
    // Tokens are their callers' own.
    let id = |answer: &Value| text(&answer["pullRequest"]["pullRequestId"]);
    let bob = somebody("pr-once-bob");
    let his = bob.call("CreatePullRequest", &input).expect("the token is new to him");
    assert_ne!(id(&his), id(&made));
    // It is the same pull request, whatever became of it.
    let tip = commit("pr-once", "topic", &topic, ("a", "3\n"));
    let closed = json!({ "pullRequestId": id(&made), "pullRequestStatus": "CLOSED" });
    succeed("UpdatePullRequestStatus", &closed);
    let again = succeed("CreatePullRequest", &input);
    assert_eq!(id(&again), id(&made));
    assert_eq!(again, succeed("GetPullRequest", &json!({ "pullRequestId": id(&made) })));
    let again = &again["pullRequest"];
    assert_eq!(
        (
            &again["pullRequestStatus"],
            &again["pullRequestTargets"][0]["sourceCommit"]
        ),
        (&json!("CLOSED"), &json!(tip))
    );
    // Without a token of the caller's the SDK makes one up for each request.
    let fresh = asked("pr-once", &json!({}));
    let first = succeed("CreatePullRequest", &fresh);
    assert_ne!(id(&succeed("CreatePullRequest", &fresh)), id(&first));
}

#[test]
fn titles_and_descriptions_can_be_so_long() {
    ground("pr-sizes");
    let longest = json!({ "title": "ü".repeat(150), "description": "é".repeat(10_240) });
    let made = succeed("CreatePullRequest", &asked("pr-sizes", &longest))["pullRequest"].clone();
    assert_eq!(
        (&made["title"], &made["description"]),
        (&longest["title"], &longest["description"])
    );
    let none = succeed("CreatePullRequest", &asked("pr-sizes", &json!({ "description": "" })));
    assert_eq!(none["pullRequest"].get("description"), None);
    check_refusals(
        "CreatePullRequest",
        &asked("pr-sizes", &json!({})),
        &[
            (json!({ "title": null }), "TitleRequiredException"),
            (json!({ "title": "" }), "TitleRequiredException"),
            (json!({ "title": "ü".repeat(151) }), "InvalidTitleException"),
            (
                json!({ "description": "é".repeat(10_241) }),
                "InvalidDescriptionException",
            ),
        ],
    );
}

#[test]
fn what_cannot_be_merged_is_refused() {
    let (main, _) = ground("pr-refused");
    history("pr-refused-too", &[&[("a", Some("1\n"))]]);
    let git = Git::newest();
    git.log_in(Server::shared());
    let url = Server::shared().url("pr-refused");
    git.run(&format!("clone --quiet {url} copy")).ok();
    let copy = git.in_dir("copy");
    copy.run(&format!("push --quiet origin {main}:refs/tags/v1")).ok();
    let target = json!({ "repositoryName": "pr-refused", "sourceReference": "topic", "destinationReference": "main" });
    let of = |more: Value| json!({ "targets": [with(&target, &more)] });
    check_refusals(
        "CreatePullRequest",
        &asked("pr-refused", &json!({})),
        &[
            (json!({ "targets": [] }), "TargetsRequiredException"),
            (json!({ "targets": [target, target] }), "InvalidTargetsException"),
            (
                json!({ "targets": [target, with(&target, &json!({ "repositoryName": "pr-refused-too" }))] }),
                "MultipleRepositoriesInPullRequestException",
            ),
            (json!({ "targets": [{}] }), "RepositoryNameRequiredException"),
            (of(json!({ "repositoryName": null })), "RepositoryNameRequiredException"),
            (of(json!({ "repositoryName": "a b" })), "InvalidRepositoryNameException"),
            (
                of(json!({ "repositoryName": "absent" })),
                "RepositoryDoesNotExistException",
            ),
            (of(json!({ "sourceReference": null })), "ReferenceNameRequiredException"),
            (of(json!({ "sourceReference": "" })), "ReferenceNameRequiredException"),
            (
                of(json!({ "sourceReference": "a..b" })),
                "InvalidReferenceNameException",
            ),
            (
                of(json!({ "destinationReference": "refs/heads/a b" })),
                "InvalidReferenceNameException",
            ),
            (
                of(json!({ "sourceReference": "absent" })),
                "ReferenceDoesNotExistException",
            ),
            (
                of(json!({ "destinationReference": "refs/heads/absent" })),
                "ReferenceDoesNotExistException",
            ),
            (
                of(json!({ "sourceReference": "v1" })),
                "ReferenceTypeNotSupportedException",
            ),
            (
                of(json!({ "destinationReference": "refs/tags/v1" })),
                "ReferenceTypeNotSupportedException",
            ),
            (
                of(json!({ "destinationReference": "refs/heads/topic" })),
                "SourceAndDestinationAreSameException",
            ),
            (
                json!({ "clientRequestToken": "" }),
                "InvalidClientRequestTokenException",
            ),
            (
                json!({ "clientRequestToken": "t".repeat(65) }),
                "InvalidClientRequestTokenException",
            ),
        ],
    );
    refused(
        "CreatePullRequest",
        &json!({ "title": "t" }),
        "TargetsRequiredException",
    );
    // An empty repository has no branch to merge into.
    succeed("CreateRepository", &json!({ "repositoryName": "pr-empty" }));
    let target = json!({ "repositoryName": "pr-empty", "sourceReference": "topic" });
    let empty = json!({ "title": "t", "targets": [target] });
    refused("CreatePullRequest", &empty, "ReferenceDoesNotExistException");
    let listed = call("ListPullRequests", &json!({ "repositoryName": "pr-refused" }));
    assert_eq!(listed, Ok(json!({ "pullRequestIds": [] })));
}
