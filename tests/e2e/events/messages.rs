//! What the messages of triggers say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use packhouse_harness::{
    Git, Server,
    webhooks::{Delivery, Receiver},
};
use serde_json::{Value, json};

use super::{call, put_triggers, server, told, trigger};

/// Fails unless a record is this but for `eventId`, which is a UUID, and `eventTime`, which is of today and to the
/// millisecond.
#[track_caller]
fn check(mut record: Value, repository: &str, configuration: &Value, differs: &Value) {
    let id = record["eventId"].take();
    let id = id.as_str().expect("an id");
    let lengths: Vec<usize> = id.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
    let time = record["eventTime"].take();
    let time = time.as_str().expect("a time");
    assert_eq!(
        time.replace(|at: char| at.is_ascii_digit(), "0"),
        "0000-00-00T00:00:00.000+0000"
    );
    let mut expect = json!({
        "awsRegion": "us-east-1",
        "codecommit": { "references": [] },
        "customData": null,
        "eventId": null,
        "eventName": "ReferenceChanges",
        "eventPartNumber": 1,
        "eventSource": "aws:codecommit",
        "eventSourceARN": format!("arn:aws:codecommit:us-east-1:000000000000:{repository}"),
        "eventTime": null,
        "eventTotalParts": 1,
        "eventTriggerConfigId": configuration,
        "eventTriggerName": "on-push",
        "eventVersion": "1.0",
        "userIdentityARN": "arn:aws:iam::000000000000:user/admin",
    });
    for (name, value) in differs.as_object().expect("an object") {
        expect[name] = value.clone();
    }
    assert_eq!(record, expect);
}

#[test]
fn each_push_is_one_message_word_for_word() {
    let (server, receiver, git) = (server(), Receiver::start(), Git::newest());
    let url = server.create_repository("words");
    let mut on_push = trigger("on-push", &receiver);
    on_push["customData"] = "team-42 \u{e4} \"quoted\"".into();
    let configuration = put_triggers(&server, "words", &[on_push]);
    git.log_in(&server);
    let work = git.init("work");
    let first = work.commit("file", "1");
    let second = work.commit("file", "2");
    let push = |refspecs: &str| work.run(&format!("push --quiet {url} {refspecs}")).ok();
    let one = |name: &str, commit: &str, became: Option<&str>| {
        let mut one = json!({ "commit": commit, "ref": name });
        if let Some(became) = became {
            one[became] = true.into();
        }
        one
    };
    let rows = [
        (
            "main~1:refs/heads/main main~1:refs/heads/old main~1:refs/tags/v1",
            vec![
                one("refs/heads/main", &first, Some("created")),
                one("refs/heads/old", &first, Some("created")),
                one("refs/tags/v1", &first, Some("created")),
            ],
        ),
        ("main", vec![one("refs/heads/main", &second, None)]),
        ("+main~1:refs/heads/main", vec![one("refs/heads/main", &first, None)]),
        (
            ":refs/heads/old :refs/tags/v1 main:refs/heads/main",
            vec![
                one("refs/heads/main", &second, None),
                one("refs/heads/old", &first, Some("deleted")),
                one("refs/tags/v1", &first, Some("deleted")),
            ],
        ),
    ];
    let secret = server.packhouse(&["triggers", "secret", "words", "on-push"]);
    for (at, (refspecs, references)) in rows.into_iter().enumerate() {
        push(refspecs);
        let came = receiver.wait_for_taken(at + 1).remove(at);
        let mut record = came.record();
        let sorted = record["codecommit"]["references"].as_array_mut().expect("a list");
        sorted.sort_by_key(|one| one["ref"].to_string());
        assert_eq!(came.id, format!("{}-1", record["eventId"].as_str().expect("an id")));
        assert_eq!(came.content_type, "application/json");
        assert_eq!(came.signature, came.signed_with(secret.trim()), "{refspecs}");
        let differs = json!({ "codecommit": { "references": references }, "customData": "team-42 \u{e4} \"quoted\"" });
        check(record, "words", &configuration, &differs);
    }
    // Another secret, and another repository's, sign otherwise.
    let others = server.packhouse(&["triggers", "secret", "words", "other"]);
    assert_ne!(secret, others);
    assert_eq!(receiver.deliveries().len(), 4, "one message each");
}

#[test]
fn a_push_of_many_refs_comes_in_parts() {
    let (server, receiver) = (server(), Receiver::start());
    let (work, url) = told(&server, "parts", &receiver);
    let commit = work.commit("file", "1");
    let mut updates = String::new();
    for at in 0..1200 {
        writeln!(updates, "create refs/heads/many/{at:04} {commit}").expect("memory takes all");
    }
    work.run_with_input(["update-ref", "--stdin"], updates.as_bytes()).ok();
    work.run_args(["push", "--quiet", &url, "refs/heads/many/*:refs/heads/many/*"])
        .ok();
    let came = receiver.wait_for_taken(3);
    assert_eq!(came.len(), 3);
    let records: Vec<Value> = came.iter().map(Delivery::record).collect();
    let all = |name: &str| {
        records
            .iter()
            .map(|record| record[name].to_string())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(all("eventId").len(), 1);
    assert_eq!(all("eventTotalParts"), BTreeSet::from(["3".to_owned()]));
    let numbers: Vec<_> = records.iter().map(|record| record["eventPartNumber"].clone()).collect();
    assert_eq!(numbers, [json!(1), json!(2), json!(3)]);
    let ids: BTreeSet<_> = came.iter().map(|one| &one.id).collect();
    assert_eq!(
        ids.len(),
        3,
        "receivers that know a webhook-id take no part for a repetition"
    );
    let told: BTreeSet<String> = came.iter().flat_map(Delivery::references).collect();
    let expect = (0..1200).map(|at| format!("+refs/heads/many/{at:04} {commit}"));
    assert_eq!(told, expect.collect());
    assert_eq!(came.iter().map(|one| one.references().len()).sum::<usize>(), 1200);
}

#[test]
fn changes_by_the_api_are_told_as_pushes_are() {
    let (server, receiver) = (server(), Receiver::start());
    server.create_repository("api");
    let configuration = put_triggers(&server, "api", &[trigger("on-push", &receiver)]);
    let here = |mut parameters: Value| {
        parameters["repositoryName"] = "api".into();
        parameters
    };
    let file = |branch: &str, path: &str, parent: Option<&str>| {
        let mut put = here(json!({ "branchName": branch, "filePath": path, "fileContent": { "base64": "eA==" } }));
        if let Some(parent) = parent {
            put["parentCommitId"] = parent.into();
        }
        let put = call(&server, "PutFile", &put);
        put["commitId"].as_str().expect("a commit").to_owned()
    };
    let first = file("main", "a", None);
    call(
        &server,
        "CreateBranch",
        &here(json!({ "branchName": "topic", "commitId": first })),
    );
    let second = file("topic", "b", Some(&first));
    let targets = json!([{ "repositoryName": "api", "sourceReference": "topic", "destinationReference": "main" }]);
    let made = call(
        &server,
        "CreatePullRequest",
        &json!({ "title": "t", "targets": targets }),
    );
    let merge = here(json!({ "pullRequestId": made["pullRequest"]["pullRequestId"], "sourceCommitId": second }));
    call(&server, "MergePullRequestByFastForward", &merge);
    call(&server, "DeleteBranch", &here(json!({ "branchName": "topic" })));

    let came = receiver.wait_for_taken(5);
    let told: Vec<Vec<String>> = came.iter().map(Delivery::references).collect();
    assert_eq!(
        told,
        [
            [format!("+refs/heads/main {first}")],
            [format!("+refs/heads/topic {first}")],
            [format!("refs/heads/topic {second}")],
            [format!("refs/heads/main {second}")],
            [format!("-refs/heads/topic {second}")],
        ]
    );
    let references = json!({ "references": [{ "commit": second, "ref": "refs/heads/main" }] });
    check(
        came[3].record(),
        "api",
        &configuration,
        &json!({ "codecommit": references }),
    );
    let ids: BTreeSet<_> = came.iter().map(|one| one.id.clone()).collect();
    assert_eq!(ids.len(), 5);
}

#[test]
fn triggers_are_about_their_branches_and_events() {
    let (server, receiver) = (server(), Receiver::start());
    let of = |name: &str, branches: &[&str], events: &[&str]| {
        let mut one = trigger(name, &receiver);
        one["branches"] = json!(branches);
        one["events"] = json!(events);
        one
    };
    let (work, url) = told(&server, "filtered", &receiver);
    let triggers = [
        of("only-main", &["main"], &["all"]),
        of("new", &[], &["createReference"]),
        of("gone-or-moved", &[], &["deleteReference", "updateReference"]),
        of("nothing", &["absent"], &["all"]),
        of("last", &["last"], &["all"]),
    ];
    put_triggers(&server, "filtered", &triggers);
    let first = work.commit("file", "1");
    work.run(&format!("push --quiet {url} main main:topic main:refs/tags/v1"))
        .ok();
    let second = work.commit("file", "2");
    work.run(&format!("push --quiet {url} main :topic")).ok();
    work.run(&format!("push --quiet {url} :refs/tags/v1")).ok();
    work.run(&format!("push --quiet {url} main:last")).ok();
    receiver.wait_for_taken(7);
    let mut told: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for one in receiver.taken() {
        let name = one.record()["eventTriggerName"].as_str().expect("a name").to_owned();
        let mut references = one.references();
        references.sort();
        told.entry(name).or_default().push(references);
    }
    let expect = [
        (
            "gone-or-moved",
            vec![
                vec![
                    format!("-refs/heads/topic {first}"),
                    format!("refs/heads/main {second}"),
                ],
                vec![format!("-refs/tags/v1 {first}")],
            ],
        ),
        ("last", vec![vec![format!("+refs/heads/last {second}")]]),
        (
            "new",
            vec![
                vec![
                    format!("+refs/heads/main {first}"),
                    format!("+refs/heads/topic {first}"),
                    format!("+refs/tags/v1 {first}"),
                ],
                vec![format!("+refs/heads/last {second}")],
            ],
        ),
        (
            "only-main",
            vec![
                vec![format!("+refs/heads/main {first}")],
                vec![format!("refs/heads/main {second}")],
            ],
        ),
    ];
    let expect = expect.map(|(name, told)| (name.to_owned(), told));
    assert_eq!(told, BTreeMap::from(expect));
}

fn test_triggers(server: &Server, destinations: &[String]) -> Value {
    let of = |(at, url): (usize, &String)| json!({ "name": format!("t{at}"), "destinationArn": url, "branches": [], "events": ["all"] });
    let triggers: Vec<Value> = destinations.iter().enumerate().map(of).collect();
    call(
        server,
        "TestRepositoryTriggers",
        &json!({ "repositoryName": "tried", "triggers": triggers }),
    )
}

#[test]
fn a_test_posts_for_real() {
    let (server, receiver) = (server(), Receiver::start());
    let url = server.create_repository("tried");
    let git = Git::newest();
    git.log_in(&server);
    let work = git.init("work");
    let commit = work.commit("file", "1");
    work.run(&format!("push --quiet {url} main")).ok();
    let tested = test_triggers(&server, &[receiver.url()]);
    assert_eq!(
        tested,
        json!({ "successfulExecutions": ["t0"], "failedExecutions": [] })
    );
    let came = receiver.wait_for_taken(1).remove(0);
    assert_eq!(came.references(), [format!("refs/heads/main {commit}")]);
    let record = came.record();
    assert_eq!(
        (&record["eventName"], &record["eventTriggerName"]),
        (&json!("TriggerEventTest"), &json!("t0"))
    );
    let secret = server.packhouse(&["triggers", "secret", "tried", "t0"]);
    assert_eq!(came.signature, came.signed_with(secret.trim()));

    receiver.behave(|_| packhouse_harness::webhooks::Reply::Status(410));
    let tested = test_triggers(&server, &[receiver.url()]);
    let why = tested["failedExecutions"][0]["failureMessage"]
        .as_str()
        .expect("a text");
    assert!(why.contains("410"), "{why}");
}

#[test]
fn unless_it_is_allowed_nothing_is_posted_to_private_addresses() {
    let (server, receiver) = (Server::start_embedded(&[]), Receiver::start());
    server.create_repository("tried");
    let plain = receiver.url();
    let private = plain.replace("http://", "https://");
    let local = private.replace("127.0.0.1", "localhost");
    let tested = test_triggers(
        &server,
        &[plain, private, local, "https://169.254.169.254/latest".to_owned()],
    );
    assert_eq!(tested["successfulExecutions"], json!([]));
    let why = |at: usize| {
        tested["failedExecutions"][at]["failureMessage"]
            .as_str()
            .expect("a text")
    };
    assert!(why(0).contains("Only HTTPS is allowed"), "{}", why(0));
    for at in 1..4 {
        assert!(why(at).contains("not one of the public Internet"), "{}", why(at));
    }
    assert!(receiver.deliveries().is_empty());
}
