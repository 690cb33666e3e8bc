//! Receivers that fail, and servers that die: each change is told, in its order, under the same id each time.

use packhouse_harness::{
    Server,
    webhooks::{Delivery, Receiver, Reply},
};

use super::{put_triggers, server, told, trigger};

/// The ids of what was taken, each once, in the order of the first of each.
fn first_taken(receiver: &Receiver) -> Vec<Delivery> {
    let mut first: Vec<Delivery> = Vec::new();
    for one in receiver.taken() {
        if !first.iter().any(|known| known.id == one.id) {
            first.push(one);
        }
    }
    first
}

fn redeliver(server: &Server, repository: &str) {
    server.packhouse(&["triggers", "redeliver", repository, "on-push"]);
}

#[test]
fn what_fails_is_tried_again_before_what_comes_later() {
    let mut calls = 0;
    let receiver = Receiver::behaving(move |_| {
        calls += 1;
        match calls {
            1 => Reply::Status(500),
            2 => Reply::HangUp,
            3 => Reply::Status(302),
            _ => Reply::TAKEN,
        }
    });
    let server = server();
    let (work, url) = told(&server, "failing", &receiver);
    let mut commits = Vec::new();
    for at in 0..4 {
        commits.push(work.commit("file", format!("{at}")));
        work.run(&format!("push --quiet {url} main")).ok();
    }
    // The second try comes by itself after a second; the next ones would come after 5 and 30.
    receiver.wait_until(|came| came.len() >= 2);
    redeliver(&server, "failing");
    receiver.wait_until(|came| came.len() >= 3);
    redeliver(&server, "failing");
    let came = receiver.wait_until(|came| came.len() >= 7);
    let replies: Vec<Reply> = came.iter().map(|one| one.reply).take(3).collect();
    assert_eq!(replies, [Reply::Status(500), Reply::HangUp, Reply::Status(302)]);
    for again in &came[1..4] {
        assert_eq!((&again.id, &again.body), (&came[0].id, &came[0].body));
    }
    let told: Vec<String> = first_taken(&receiver).iter().flat_map(Delivery::references).collect();
    let expect = commits.iter().enumerate().map(|(at, commit)| {
        let sign = if at == 0 { "+" } else { "" };
        format!("{sign}refs/heads/main {commit}")
    });
    assert_eq!(told, expect.collect::<Vec<_>>());
}

#[test]
fn a_receiver_that_is_down_keeps_no_other_waiting() {
    let (down, up) = (Receiver::behaving(|_| Reply::HangUp), Receiver::start());
    let server = server();
    let (work, url) = told(&server, "two", &up);
    put_triggers(&server, "two", &[trigger("down", &down), trigger("on-push", &up)]);
    for at in 0..3 {
        work.commit("file", format!("{at}"));
        work.run(&format!("push --quiet {url} main")).ok();
    }
    assert_eq!(up.wait_for_taken(3).len(), 3);
    assert!(down.taken().is_empty());
    let shown = server.packhouse(&["triggers", "list", "two"]);
    let line = shown
        .lines()
        .find(|line| line.starts_with("down  "))
        .expect("it is listed");
    assert!(line.contains("failed "), "{shown}");
}

#[test]
fn what_waits_outlives_the_server() {
    let receiver = Receiver::behaving(|_| Reply::HangUp);
    let mut server = server();
    let (work, url) = told(&server, "outliving", &receiver);
    let mut commits = vec![work.commit("file", "0")];
    work.run(&format!("push --quiet {url} main")).ok();
    receiver.wait_until(|came| !came.is_empty());
    for at in 1..3 {
        commits.push(work.commit("file", format!("{at}")));
        work.run(&format!(
            "push --quiet {} main",
            server.url_with_credentials("outliving")
        ))
        .ok();
        server = server.kill().start();
    }
    assert!(receiver.taken().is_empty());
    receiver.behave(|_| Reply::TAKEN);
    redeliver(&server, "outliving");
    receiver.wait_until(|came| {
        let taken = came.iter().filter(|one| one.reply == Reply::TAKEN);
        taken
            .map(|one| &one.id)
            .collect::<std::collections::BTreeSet<_>>()
            .len()
            == 3
    });
    let told: Vec<String> = first_taken(&receiver).iter().flat_map(Delivery::references).collect();
    let [first, second, third] = commits.as_slice() else {
        panic!("three were made")
    };
    assert_eq!(
        told,
        [
            format!("+refs/heads/main {first}"),
            format!("refs/heads/main {second}"),
            format!("refs/heads/main {third}")
        ]
    );
    let ids = |of: &str| {
        let came = receiver.deliveries().into_iter();
        let of_commit = came.filter(|one| one.references()[0].ends_with(of));
        of_commit
            .map(|one| one.id)
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    };
    assert_eq!(
        [ids(first), ids(second), ids(third)],
        [1, 1, 1],
        "repetitions have equal ids"
    );
}
