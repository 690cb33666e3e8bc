//! What becomes of pull requests when several clients work on them at the same time: of two outcomes there is exactly one.

use std::{sync::Barrier, thread};

use packhouse_harness::{Boto3, Git, Server, ServiceError};
use serde_json::{Value, json};

use super::pull_request::{Asked, RULE, another_client, ask, commit, somebody, succeed};
use super::{branch, history, text, with};

/// How often each race is run.
const ROUNDS: usize = 16;
/// How often where each round runs git.
const GIT_ROUNDS: usize = 10;

/// Does two things at the same time.
fn race<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    let start = Barrier::new(2);
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            start.wait();
            other()
        });
        start.wait();
        (one(), other.join().expect("it answers"))
    })
}

/// A repository with a file.
fn ground(repository: &str) {
    history(repository, &[&[("a", Some("1\n"))]]);
}

/// A pull request of a branch of its own, one commit ahead of where `main` is now.
fn next(repository: &str, round: usize) -> Asked {
    let tip = json!({ "repositoryName": repository, "branchName": "main" });
    let main = text(&succeed("GetBranch", &tip)["branch"]["commitId"]);
    let source = format!("topic-{round}");
    branch(repository, &source, &main);
    let topic = commit(repository, &source, &main, (&format!("f{round}"), "x\n"));
    let id = text(&ask(repository, &source)["pullRequestId"]);
    Asked {
        repository: repository.to_owned(),
        main,
        topic,
        id,
    }
}

/// Gives the other one a start of as long as so many reads take, which is longer where everything takes longer.
fn late(client: &Boto3, asked: &Asked, reads: usize) {
    for _ in 0..reads {
        on(client, "GetPullRequest", asked, &json!({})).expect("it is there");
    }
}

/// Calls an operation with a pull request as one of the clients.
fn on(client: &Boto3, operation: &str, asked: &Asked, more: &Value) -> Result<Value, ServiceError> {
    client.call(operation, &asked.input(more))
}

fn code(error: &ServiceError) -> &str {
    &error.code
}

/// How many of the events of a pull request are of that type.
fn events(asked: &Asked, kind: &str) -> usize {
    let kind = json!({ "pullRequestEventType": format!("PULL_REQUEST_{kind}") });
    let told = asked.call("DescribePullRequestEvents", &kind);
    told["pullRequestEvents"].as_array().map_or(0, Vec::len)
}

/// Whether two commits have the same files.
fn same_files(repository: &str, one: &str, other: &str) -> bool {
    let compared = json!({
        "repositoryName": repository, "beforeCommitSpecifier": one, "afterCommitSpecifier": other,
    });
    succeed("GetDifferences", &compared)["differences"] == json!([])
}

#[test]
fn of_two_merges_one_is_made() {
    ground("race-merges");
    let (ana, ben) = (another_client(), another_client());
    let merges = [
        "MergePullRequestByFastForward",
        "MergePullRequestBySquash",
        "MergePullRequestByThreeWay",
    ];
    for round in 0..ROUNDS {
        let asked = next("race-merges", round);
        let input = json!({ "repositoryName": "race-merges" });
        let (one, other) = (merges[round % 3], merges[(round / 3) % 3]);
        let (one, other) = race(|| on(&ana, one, &asked, &input), || on(&ben, other, &asked, &input));
        let (merged, refused) = match (one, other) {
            (Ok(merged), Err(refused)) | (Err(refused), Ok(merged)) => (merged, refused),
            both => panic!("round {round}: {both:?}"),
        };
        assert!(
            [
                "PullRequestAlreadyClosedException",
                "ConcurrentReferenceUpdateException"
            ]
            .contains(&code(&refused)),
            "round {round}: {refused:?}"
        );
        assert_eq!(json!({ "pullRequest": asked.get() }), merged);
        let metadata = &merged["pullRequest"]["pullRequestTargets"][0]["mergeMetadata"];
        let made = metadata.get("mergeCommitId").map_or(asked.topic.clone(), text);
        assert_eq!((asked.tip("main"), events(&asked, "MERGE_STATE_CHANGED")), (made, 1));
    }
}

#[test]
fn a_push_to_the_source_is_in_a_merge_or_not() {
    ground("race-push");
    let ana = another_client();
    let git = Git::newest();
    git.log_in(Server::shared());
    git.run(&format!("clone --quiet {} copy", Server::shared().url("race-push")))
        .ok();
    let copy = git.in_dir("copy");
    for round in 0..GIT_ROUNDS {
        let asked = next("race-push", round);
        let source = format!("topic-{round}");
        copy.run(&format!("fetch --quiet origin {source}")).ok();
        copy.run(&format!("checkout --quiet -B {source} FETCH_HEAD")).ok();
        let pushed = copy.commit("pushed", format!("{round}\n"));
        let named = round % 2 == 0;
        let mut input = json!({ "repositoryName": "race-push" });
        if named {
            input["sourceCommitId"] = asked.topic.clone().into();
        }
        let (merged, push) = race(
            || {
                late(&ana, &asked, 4 * round);
                on(&ana, "MergePullRequestBySquash", &asked, &input)
            },
            || copy.run(&format!("push --quiet origin {source}")),
        );
        push.ok();
        assert_eq!(asked.tip(&source), pushed);
        let now = asked.get();
        let seen = text(&now["pullRequestTargets"][0]["sourceCommit"]);
        match merged {
            Ok(_) => {
                // The merge has what the pull request says that it has, and what it was asked to have.
                assert_eq!(now["pullRequestStatus"], "CLOSED");
                let expected = if named {
                    vec![&asked.topic]
                } else {
                    vec![&asked.topic, &pushed]
                };
                assert!(expected.contains(&&seen), "round {round}: {seen}");
                assert!(same_files("race-push", "main", &seen), "round {round}");
            }
            Err(refused) => {
                let known = [
                    "TipOfSourceReferenceIsDifferentException",
                    "ConcurrentReferenceUpdateException",
                ];
                assert!(known.contains(&code(&refused)), "round {round}: {refused:?}");
                assert_eq!((asked.tip("main"), seen), (asked.main.clone(), pushed));
                assert_eq!(now["pullRequestStatus"], "OPEN");
            }
        }
    }
}

#[test]
fn an_approval_is_for_what_was_there_before_a_push() {
    ground("race-approval");
    let (ana, bob) = (another_client(), somebody("race-approval-bob"));
    for round in 0..ROUNDS {
        let asked = next("race-approval", round);
        let rule = json!({ "approvalRuleName": "r", "approvalRuleContent": RULE });
        asked.call("CreatePullRequestApprovalRule", &rule);
        let first = asked.revision();
        let approval = json!({ "revisionId": first, "approvalState": "APPROVE" });
        let put = json!({
            "repositoryName": "race-approval", "branchName": format!("topic-{round}"), "parentCommitId": asked.topic,
            "filePath": "pushed", "fileContent": super::bytes("x"),
        });
        let (approved, pushed) = race(
            || {
                late(&bob, &asked, round % 5);
                on(&bob, "UpdatePullRequestApprovalState", &asked, &approval)
            },
            || ana.call("PutFile", &put),
        );
        pushed.expect("nobody else pushes");
        let states = |revision: &str| {
            let answer = asked.call("GetPullRequestApprovalStates", &json!({ "revisionId": revision }));
            answer["approvals"].as_array().map_or(0, Vec::len)
        };
        let expected = match approved {
            Ok(_) => 1,
            Err(refused) => {
                assert_eq!(code(&refused), "RevisionNotCurrentException", "round {round}");
                0
            }
        };
        assert_eq!(
            (states(&first), events(&asked, "APPROVAL_STATE_CHANGED")),
            (expected, expected)
        );
        let second = asked.revision();
        assert_eq!((second == first, states(&second)), (false, 0), "round {round}");
        let merge = json!({ "repositoryName": "race-approval" });
        let refused = on(&bob, "MergePullRequestByFastForward", &asked, &merge).expect_err("nobody approves that");
        assert_eq!(code(&refused), "PullRequestApprovalRulesNotSatisfiedException");
    }
}

#[test]
fn two_requests_with_one_token_make_one_thing() {
    let asked = Asked::new("race-tokens");
    asked.close();
    let (ana, ben) = (another_client(), another_client());
    let target = json!({ "repositoryName": "race-tokens", "sourceReference": "topic" });
    let comment = json!({
        "repositoryName": "race-tokens", "beforeCommitId": asked.main, "afterCommitId": asked.topic, "content": "same",
    });
    let requests = [
        (
            "CreatePullRequest",
            json!({ "title": "same", "targets": [target] }),
            "title",
        ),
        ("PostCommentForPullRequest", asked.input(&comment), "content"),
    ];
    for round in 0..ROUNDS {
        for (operation, request, member) in &requests {
            let token = json!({ "clientRequestToken": format!("race-{round}") });
            let request = with(request, &token);
            let (one, other) = race(|| ana.call(operation, &request), || ben.call(operation, &request));
            assert!(one.is_ok(), "round {round}: {one:?}");
            assert_eq!(one, other, "round {round}");
            // The same token for something else.
            let token = json!({ "clientRequestToken": format!("race-other-{round}") });
            let request = with(&request, &token);
            let different = with(&request, &json!({ *member: "different" }));
            let (one, other) = race(|| ana.call(operation, &request), || ben.call(operation, &different));
            match (one, other) {
                (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => {
                    assert_eq!(code(&refused), "IdempotencyParameterMismatchException", "round {round}");
                }
                both => panic!("round {round}: {both:?}"),
            }
        }
    }
    let listed = json!({ "repositoryName": "race-tokens", "pullRequestStatus": "OPEN", "maxResults": 500 });
    let listed = succeed("ListPullRequests", &listed)["pullRequestIds"].clone();
    assert_eq!(listed.as_array().map(Vec::len), Some(2 * ROUNDS));
    let said = asked.call("GetCommentsForPullRequest", &json!({}))["commentsForPullRequestData"][0].clone();
    assert_eq!(said["comments"].as_array().map(Vec::len), Some(2 * ROUNDS));
}

#[test]
fn a_pull_request_is_closed_or_merged() {
    ground("race-close");
    let (ana, ben) = (another_client(), another_client());
    for round in 0..ROUNDS {
        let asked = next("race-close", round);
        let merge = json!({ "repositoryName": "race-close" });
        let close = json!({ "pullRequestStatus": "CLOSED" });
        let (merged, closed) = race(
            || on(&ana, "MergePullRequestBySquash", &asked, &merge),
            || {
                late(&ben, &asked, round % 8);
                on(&ben, "UpdatePullRequestStatus", &asked, &close)
            },
        );
        // To close what is closed is a success; what was closed is told.
        let closed = closed.expect("it can always be closed")["pullRequest"].clone();
        let now = asked.get();
        assert_eq!(closed, now, "round {round}");
        let is_merged = now["pullRequestTargets"][0]["mergeMetadata"]["isMerged"].clone();
        let both = (events(&asked, "MERGE_STATE_CHANGED"), events(&asked, "STATUS_CHANGED"));
        match merged {
            Ok(_) => {
                assert_eq!((is_merged, both), (json!(true), (1, 0)), "round {round}");
                assert_ne!(asked.tip("main"), asked.main);
            }
            Err(refused) => {
                assert_eq!(code(&refused), "PullRequestAlreadyClosedException", "round {round}");
                assert_eq!((is_merged, both), (json!(false), (0, 1)), "round {round}");
                assert_eq!(asked.tip("main"), asked.main);
            }
        }
    }
}
