//! What others are told of pull requests.

use serde_json::{Value, json};

use super::bed::Bed;
use super::merge::fast_forward;
use super::review::{add_rule, approve, content, name, revision, someone};
use super::*;
use crate::approvals::content::sha256;
use crate::pull_requests::review::{delete_rule, override_rules, update_rule};
use crate::testing::told;

/// The details of what happened since the last call.
async fn details(bed: &Bed) -> Vec<Value> {
    let events = told(&bed.forge).await;
    let arn = "arn:aws:codecommit:us-east-1:000000000000:demo";
    assert!(events.iter().all(|event| event.resources == [arn]), "{events:?}");
    events.into_iter().map(|event| event.detail.into()).collect()
}

/// What is told of a pull request as it is now: all that does not depend on the event.
fn base(of: &PullRequest) -> Value {
    json!({
        "pullRequestId": of.id.to_string(), "repositoryNames": ["demo"], "title": "Title",
        "author": "arn:aws:iam::000000000000:user/ana", "callerUserArn": "arn:aws:iam::000000000000:user/ana",
        "pullRequestStatus": "Open", "isMerged": "False",
        "sourceReference": "refs/heads/topic", "destinationReference": "refs/heads/main",
        "sourceCommit": of.source_commit.to_string(), "destinationCommit": of.destination_commit.to_string(),
        "revisionId": of.revision.id,
    })
}

/// Fails unless an event says just what the base and `more` say, and when, and so much for people.
#[track_caller]
fn check(mut detail: Value, base: &Value, more: &Value) {
    let members = detail.as_object_mut().unwrap();
    for date in ["creationDate", "lastModifiedDate"] {
        let date = members.remove(date).unwrap();
        let words: Vec<&str> = date.as_str().unwrap().split(' ').collect();
        assert_eq!((words.len(), words[4]), (6, "UTC"), "{date}");
    }
    let body = members.remove("notificationBody").unwrap();
    let body = body.as_str().unwrap();
    let url = format!(
        "http://[::1]:8080/codesuite/codecommit/repositories/demo/pull-requests/{}?region=us-east-1",
        base["pullRequestId"].as_str().unwrap()
    );
    assert!(
        body.ends_with(&url) && body.contains("repository: demo. User: arn:"),
        "{body}"
    );
    let mut expect = base.clone();
    for (name, value) in more.as_object().unwrap() {
        expect[name] = value.clone();
    }
    assert_eq!(detail, expect);
}

#[tokio::test]
async fn each_thing_that_happens_is_told_as_codecommit_does() {
    let bed = Bed::new().await;
    let (main, topic) = bed.main_and_topic().await;
    let mut new = bed.new_request("topic", None);
    new.description = Description::new("why".into()).unwrap();
    let made = create(&bed.forge, &bed.caller, new).await.unwrap().pull_request;
    let id = made.id;
    let described = |of: &PullRequest| {
        let mut base = base(of);
        base["description"] = "why".into();
        base
    };
    let created = json!({ "event": "pullRequestCreated" });
    check(details(&bed).await.remove(0), &described(&made), &created);

    let next = bed.commit("topic", &[topic], "next").await;
    let now = bed.get(id).await;
    let moved = details(&bed).await.remove(0);
    assert_eq!(
        (now.source_commit, moved["sourceCommit"].as_str()),
        (next, Some(&*next.to_string()))
    );
    assert_ne!(now.revision.id, made.revision.id);
    check(
        moved,
        &described(&now),
        &json!({ "event": "pullRequestSourceBranchUpdated" }),
    );

    let rule = add_rule(&bed, id).await;
    let (called, two) = (name("r"), content(2));
    let changed = update_rule(&bed.forge, &bed.caller, id, (&called, &two, None));
    let changed = changed.await.unwrap();
    delete_rule(&bed.forge, &bed.caller, id, &name("r")).await.unwrap();
    let told = details(&bed).await;
    let rules = [("Created", &rule), ("Updated", &changed), ("Deleted", &changed)];
    for ((what, of), detail) in rules.into_iter().zip(told) {
        let more = json!({
            "event": format!("pullRequestApprovalRule{what}"), "approvalRuleName": "r", "approvalRuleId": rule.id,
            "approvalRuleContentSha256": sha256(&of.content),
        });
        check(detail, &described(&now), &more);
    }

    let (bob, revision) = (someone(&bed, "bob"), revision(&bed, id).await);
    approve(&bed.forge, &bob, (id, &revision)).await.unwrap();
    let approved = json!({
        "event": "pullRequestApprovalStateChanged", "approvalStatus": "APPROVE", "callerUserArn": bob.principal.arn,
    });
    check(details(&bed).await.remove(0), &described(&now), &approved);
    override_rules(&bed.forge, &bob, id, (&revision, true)).await.unwrap();
    let overridden = json!({
        "event": "pullRequestApprovalRuleOverridden", "overrideStatus": "OVERRIDE", "callerUserArn": bob.principal.arn,
    });
    check(details(&bed).await.remove(0), &described(&now), &overridden);

    update_title(&bed.forge, &bed.caller, id, &title("Title"))
        .await
        .unwrap();
    assert_eq!(details(&bed).await, [] as [Value; 0], "titles make no events");
    merge(&bed.forge, &bed.caller, id, &fast_forward()).await.unwrap();
    let merged = json!({
        "event": "pullRequestMergeStatusUpdated", "pullRequestStatus": "Closed", "isMerged": "True",
        "mergeOption": "FAST_FORWARD_MERGE", "destinationCommit": main.to_string(),
    });
    check(details(&bed).await.remove(0), &described(&now), &merged);
    assert_eq!(details(&bed).await, [] as [Value; 0]);
}

#[tokio::test]
async fn what_pushes_do_is_told_in_its_order_with_the_state_of_its_time() {
    let bed = Bed::new().await;
    let (_, topic) = bed.main_and_topic().await;
    let made = bed.ask("topic", None).await.unwrap();
    details(&bed).await;
    let one = bed.commit("topic", &[topic], "one").await;
    let two = bed.commit("topic", &[one], "two").await;
    bed.set("refs/heads/topic", None).await;
    let now = bed.get(made.id).await;
    let told = details(&bed).await;
    let seen = |detail: &Value| {
        let text = |name: &str| detail[name].as_str().unwrap().to_owned();
        (text("event"), text("sourceCommit"), text("pullRequestStatus"))
    };
    let moved = "pullRequestSourceBranchUpdated".to_owned();
    let expect = [
        (moved.clone(), one.to_string(), "Open".to_owned()),
        (moved, two.to_string(), "Open".to_owned()),
        (
            "pullRequestStatusChanged".to_owned(),
            two.to_string(),
            "Closed".to_owned(),
        ),
    ];
    assert_eq!(told.iter().map(seen).collect::<Vec<_>>(), expect);
    assert_ne!(told[0]["revisionId"], told[1]["revisionId"]);
    assert_eq!(told[1]["revisionId"], now.revision.id.as_str());
}
