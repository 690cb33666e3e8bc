//! `DescribePullRequestEvents`.

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::pull_request::{ADMIN, Asked, RULE, check_ids, pages, somebody, succeed};
use super::{check_refusals, text, with};

/// The events of a pull request without what differs between runs: types with what they tell, oldest first.
fn told(asked: &Asked, more: &Value) -> Vec<(String, String, Value)> {
    let page = asked.call("DescribePullRequestEvents", more);
    let events = page["pullRequestEvents"].as_array().expect("a list").iter();
    let told = events.map(|event| {
        let mut rest = event.as_object().expect("an object").clone();
        assert_eq!(rest.remove("pullRequestId"), Some(json!(asked.id)));
        assert!(rest.remove("eventDate").expect("a time").as_f64() > Some(1.7e9));
        let mut member = |name: &str| text(&rest.remove(name).expect("every event has it"));
        let (kind, actor) = (member("pullRequestEventType"), member("actorArn"));
        (kind, actor, Value::from(rest))
    });
    told.collect()
}

#[test]
fn everything_that_happens_is_told_in_its_order() {
    let asked = Asked::new("events");
    let bob = somebody("events-bob");
    asked.rule("r");
    let rule = asked.get()["approvalRules"][0].clone();
    let other = RULE.replace(":1}", ":2}");
    let update = json!({ "approvalRuleName": "r", "newRuleContent": other });
    asked.call("UpdatePullRequestApprovalRuleContent", &update);
    let first = asked.revision();
    asked.approve(&bob, "APPROVE");
    asked.approve(&bob, "REVOKE");
    let tip = asked.push(("b", "b"));
    let second = asked.revision();
    for status in ["OVERRIDE", "REVOKE"] {
        let input = json!({ "revisionId": second, "overrideStatus": status });
        asked.call("OverridePullRequestApprovalRules", &input);
    }
    asked.call("DeletePullRequestApprovalRule", &json!({ "approvalRuleName": "r" }));
    let merged = asked.call(
        "MergePullRequestBySquash",
        &json!({ "repositoryName": asked.repository }),
    );
    let metadata = &merged["pullRequest"]["pullRequestTargets"][0]["mergeMetadata"];
    let bobs = "arn:aws:iam::000000000000:user/events-bob";
    let of_rule = |content: &str| {
        json!({ "approvalRuleEventMetadata": {
            "approvalRuleName": "r", "approvalRuleId": rule["approvalRuleId"], "approvalRuleContent": content,
        }})
    };
    let state = |status: &str| json!({ "approvalStateChangedEventMetadata": { "revisionId": first, "approvalStatus": status } });
    let overridden = |status: &str| json!({ "approvalRuleOverriddenEventMetadata": { "revisionId": second, "overrideStatus": status } });
    let expected = [
        (
            "CREATED",
            ADMIN,
            json!({ "pullRequestCreatedEventMetadata": {
                "repositoryName": "events", "sourceCommitId": asked.topic, "destinationCommitId": asked.main,
                "mergeBase": asked.main,
            }}),
        ),
        ("APPROVAL_RULE_CREATED", ADMIN, of_rule(RULE)),
        ("APPROVAL_RULE_UPDATED", ADMIN, of_rule(&other)),
        ("APPROVAL_STATE_CHANGED", bobs, state("APPROVE")),
        ("APPROVAL_STATE_CHANGED", bobs, state("REVOKE")),
        (
            "SOURCE_REFERENCE_UPDATED",
            ADMIN,
            json!({ "pullRequestSourceReferenceUpdatedEventMetadata": {
                "repositoryName": "events", "beforeCommitId": asked.topic, "afterCommitId": tip, "mergeBase": asked.main,
            }}),
        ),
        ("APPROVAL_RULE_OVERRIDDEN", ADMIN, overridden("OVERRIDE")),
        ("APPROVAL_RULE_OVERRIDDEN", ADMIN, overridden("REVOKE")),
        ("APPROVAL_RULE_DELETED", ADMIN, of_rule(&other)),
        (
            "MERGE_STATE_CHANGED",
            ADMIN,
            json!({ "pullRequestMergedStateChangedEventMetadata": {
                "repositoryName": "events", "destinationReference": "refs/heads/main", "mergeMetadata": metadata,
            }}),
        ),
    ];
    let expected = expected.map(|(kind, actor, rest)| (format!("PULL_REQUEST_{kind}"), actor.to_owned(), rest));
    assert_eq!(told(&asked, &json!({})), expected);
    let of_bob = json!({ "actorArn": bobs });
    assert_eq!(told(&asked, &of_bob), expected[3..5]);
    for (kind, range) in [
        ("APPROVAL_RULE_OVERRIDDEN", 6..8),
        ("CREATED", 0..1),
        ("STATUS_CHANGED", 0..0),
    ] {
        let kind = json!({ "pullRequestEventType": format!("PULL_REQUEST_{kind}") });
        assert_eq!(told(&asked, &kind), expected[range]);
        assert!(told(&asked, &with(&kind, &json!({ "actorArn": bobs }))).is_empty());
    }
}

#[test]
fn pages_go_on_where_they_stopped() {
    let asked = Asked::new("events-paged");
    for at in 0..4 {
        asked.rule(&format!("r{at}"));
    }
    let input = asked.input(&json!({ "maxResults": 2 }));
    let paged = pages("DescribePullRequestEvents", &input, "pullRequestEvents");
    assert_eq!(paged.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let all = asked.call("DescribePullRequestEvents", &json!({ "maxResults": 100 }));
    assert_eq!(all, json!({ "pullRequestEvents": paged.concat() }));
    // What happens in between is told at the end.
    let first = succeed("DescribePullRequestEvents", &input);
    asked.close();
    let token = json!({ "nextToken": first["nextToken"], "maxResults": 100 });
    let rest = asked.call("DescribePullRequestEvents", &token);
    let rest = rest["pullRequestEvents"].as_array().expect("a list");
    let mut known = paged[1..].concat();
    assert_eq!(rest[..3], known);
    known.push(rest[3].clone());
    assert_eq!(
        rest[3]["pullRequestStatusChangedEventMetadata"],
        json!({ "pullRequestStatus": "CLOSED" })
    );
    assert_eq!(*rest, known);
    let status = "PULL_REQUEST_STATUS_CHANGED";
    check_refusals(
        "DescribePullRequestEvents",
        &asked.input(&json!({})),
        &[
            (json!({ "maxResults": 0 }), "InvalidMaxResultsException"),
            (json!({ "maxResults": -1 }), "InvalidMaxResultsException"),
            (json!({ "maxResults": 101 }), "InvalidMaxResultsException"),
            (json!({ "nextToken": "x" }), "InvalidContinuationTokenException"),
            (
                json!({ "nextToken": first["nextToken"], "pullRequestEventType": status }),
                "InvalidContinuationTokenException",
            ),
            (
                json!({ "pullRequestEventType": "PULL_REQUEST_OPENED" }),
                "InvalidPullRequestEventTypeException",
            ),
            (json!({ "actorArn": "admin" }), "InvalidActorArnException"),
            (
                json!({ "actorArn": "arn:aws:iam::000000000000:user/absent" }),
                "ActorDoesNotExistException",
            ),
        ],
    );
    check_ids("DescribePullRequestEvents", &json!({}));
    let cli = Aws::of(Server::shared()).codecommit(&format!(
        "describe-pull-request-events --pull-request-id {} --pull-request-event-type {status}",
        asked.id
    ));
    assert_eq!(cli["pullRequestEvents"][0]["pullRequestEventType"], status);
    assert_eq!(cli["pullRequestEvents"].as_array().map(Vec::len), Some(1));
}
