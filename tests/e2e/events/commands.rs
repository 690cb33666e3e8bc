//! `packhouse events` and `packhouse triggers`.

use std::process::Output;

use packhouse_harness::{
    Server,
    webhooks::{Receiver, Reply},
};
use serde_json::{Value, json};

use super::{call, server, told};
use crate::command_line::{home, packhouse, text};

/// Runs a command against a server, and expects it to fail.
fn refused(server: &Server, arguments: &[&str]) -> String {
    let home = home("");
    let data = server.data();
    let data = data.to_str().expect("temporary folders have plain names");
    let Output { status, stderr, .. } = packhouse(home.path(), &[arguments, &["--data", data]].concat(), &[], "");
    assert!(!status.success(), "{arguments:?}");
    text(&stderr).to_owned()
}

/// How the trigger `on-push` of a repository fares, once that is so.
fn state(server: &Server, repository: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..2000 {
        let listed = server.packhouse(&["triggers", "list", repository, "--json"]);
        let state: Value = serde_json::from_str(listed.trim()).expect("one trigger, one line");
        if is_so(&state) {
            return state;
        }
    }
    panic!("{}", server.packhouse(&["triggers", "list", repository]));
}

#[test]
fn the_state_of_triggers_is_shown_and_they_tell_once_more() {
    let (server, receiver) = (server(), Receiver::start());
    let (work, url) = told(&server, "shown", &receiver);
    let fresh = state(&server, "shown", |_| true);
    let target = receiver.url();
    let since = fresh["told"].as_u64().expect("a version");
    assert_eq!(
        fresh,
        json!({ "name": "on-push", "target": target, "told": since, "behind": 0, "failures": 0 })
    );
    for at in 0..3 {
        work.commit("file", format!("{at}"));
        work.run(&format!("push --quiet {url} main")).ok();
    }
    let first = receiver.wait_for_taken(3);
    let done = state(&server, "shown", |state| state["told"] == since + 3);
    assert_eq!((&done["behind"], &done["last"]["failure"]), (&json!(0), &Value::Null));
    let line = server.packhouse(&["triggers", "list", "shown"]);
    assert!(
        line.starts_with(&format!(
            "on-push  {target}  told up to version {}, 0 behind  delivered 2",
            since + 3
        )),
        "{line}"
    );

    // The last two once more, with the ids and the text that they had.
    let from = (since + 2).to_string();
    server.packhouse(&["triggers", "redeliver", "shown", "on-push", "--from", &from]);
    let again = receiver.wait_for_taken(5);
    let of = |delivery: &packhouse_harness::webhooks::Delivery| (delivery.id.clone(), delivery.body.clone());
    let (first, again): (Vec<_>, Vec<_>) = (first.iter().map(of).collect(), again.iter().skip(3).map(of).collect());
    assert_eq!(again, first[1..]);

    for (from, why) in [(since, "tells from version"), (since + 5, "told those before")] {
        let from = from.to_string();
        let told = refused(&server, &["triggers", "redeliver", "shown", "on-push", "--from", &from]);
        assert!(told.contains(why), "{told}");
    }
    let told = refused(&server, &["triggers", "redeliver", "shown", "absent"]);
    assert!(told.contains("absent cannot be found"), "{told}");
    let told = refused(&server, &["triggers", "list", "absent"]);
    assert!(told.contains("absent does not exist"), "{told}");
}

#[test]
fn failures_and_what_is_behind_are_shown_to_the_owner() {
    let (server, receiver) = (server(), Receiver::behaving(|_| Reply::Status(503)));
    let (work, url) = told(&server, "behind", &receiver);
    let lag = || server.packhouse(&["events", "lag"]);
    assert_eq!(
        lag(),
        "changes in the outbox: 0\nrepositories whose triggers are behind: none\ndead letters: 0\n"
    );
    work.commit("file", "1");
    work.run(&format!("push --quiet {url} main")).ok();
    let failing = state(&server, "behind", |state| state["failures"].as_u64() > Some(0));
    assert_eq!(failing["behind"], 1);
    let why = failing["last"]["failure"].as_str().expect("it failed");
    assert!(why.contains("503"), "{why}");
    let shown: Value = serde_json::from_str(&server.packhouse(&["events", "lag", "--json"])).expect("JSON");
    assert_eq!(shown["repositoriesWithTriggersBehind"], json!(["behind"]));
    receiver.behave(|_| Reply::TAKEN);
    server.packhouse(&["triggers", "redeliver", "behind", "on-push"]);
    state(&server, "behind", |state| state["behind"] == 0);
    let gone = (0..2000).any(|_| lag().contains("repositories whose triggers are behind: none"));
    assert!(gone, "{}", lag());
    assert_eq!(server.packhouse(&["events", "dead-letters"]), "");
    assert_eq!(server.packhouse(&["events", "replay", "--all"]), "");
    let told = refused(&server, &["events", "replay", "absent/1"]);
    assert!(told.contains("absent/1 cannot be found"), "{told}");
}

#[test]
fn the_secret_is_for_whoever_may_change_triggers_and_in_no_log() {
    let (server, receiver) = (server(), Receiver::start());
    told(&server, "secretive", &receiver);
    let secret = server.packhouse(&["triggers", "secret", "secretive", "on-push"]);
    assert!(secret.starts_with("whsec_") && secret.len() > 40);
    let records = server.packhouse(&["audit", "--json", "--event", "RevealWebhookSecret"]);
    assert_eq!(records.lines().count(), 1, "{records}");
    assert!(
        !records.contains(secret.trim().trim_start_matches("whsec_")),
        "{records}"
    );
    call(&server, "DeleteRepository", &json!({ "repositoryName": "secretive" }));
    refused(&server, &["triggers", "secret", "secretive", "on-push"]);
    assert!(!server.stop().log.contains(secret.trim().trim_start_matches("whsec_")));
}
