//! Prints how fast and how many messages of triggers arrive: `cargo bench -p packhouse-tests --bench events`.
//!
//! Requests are signed beforehand and sent over one connection; pushes are of stock git. The bounds are the project's own.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command that prints a report"
)]

mod machine;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use packhouse_harness::{Git, Server, http::Connection, signed, webhooks::Receiver};
use serde_json::json;

/// Pushes whose messages are timed, after some that warm the caches.
const PUSHES: usize = 100;
const WARM: usize = 10;
/// Branches that are made and deleted one by one: each a change with a message.
const BRANCHES: usize = 1_000;
/// References of each of the pushes of many.
const REFERENCES: usize = 2_000;
const LARGE_PUSHES: usize = 5;
const LATENCY: Duration = Duration::from_millis(50);
const A_MINUTE: f64 = 10_000.0;

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        eprintln!("run me by `cargo bench -p packhouse-tests --bench events`");
        return;
    }
    println!("{}\n", machine::description());
    println!("| what | median | 95 of 100 within | bound | |\n|---|---:|---:|---:|---|");
    let server = Server::start_embedded(&["--webhooks", "any"]);
    latency(&server);
    println!("\n| what | events a minute | bound | |\n|---|---:|---:|---|");
    branches(&server);
    large_pushes(&server);
}

/// A repository whose trigger posts to a receiver, and a working copy with a commit that is pushed to its `main`.
fn told(server: &Server, name: &str, receiver: &Receiver) -> (Git, String, String) {
    let url = server.create_repository(name);
    let trigger = json!({ "name": "t", "destinationArn": receiver.url(), "branches": [], "events": ["all"] });
    let put = json!({ "repositoryName": name, "triggers": [trigger] });
    server
        .boto3()
        .call("PutRepositoryTriggers", &put)
        .expect("it is a trigger");
    let git = Git::newest();
    git.log_in(server);
    let work = git.init("work");
    let commit = work.commit("file", "0");
    work.run(&format!("push --quiet {url} main")).ok();
    receiver.wait_for_taken(1);
    (work, url, commit)
}

/// From the end of `git push`, which is after the acknowledgement, to the message.
fn latency(server: &Server) {
    let receiver = Receiver::start();
    let (work, url, _) = told(server, "latency", &receiver);
    let mut times = Vec::new();
    for push in 0..WARM + PUSHES {
        work.commit("file", format!("{push} more"));
        work.run(&format!("push --quiet {url} main")).ok();
        let acknowledged = Instant::now();
        let came = receiver.wait_for_taken(push + 2);
        if push >= WARM {
            times.push(came[push + 1].at.saturating_duration_since(acknowledged));
        }
    }
    times.sort();
    let ms = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
    let median = times[PUSHES / 2];
    let met = if median <= LATENCY { "met" } else { "missed" };
    println!(
        "| end of a push to its message | {} | {} | {} ms | {met} |",
        ms(median),
        ms(times[PUSHES * 95 / 100]),
        LATENCY.as_millis()
    );
}

/// Changes of one reference each, by the API: as many messages.
fn branches(server: &Server) {
    let receiver = Receiver::start();
    let (_, _, commit) = told(server, "branches", &receiver);
    let named = |at: usize| json!({ "repositoryName": "branches", "branchName": format!("b{at}") });
    let made = (0..BRANCHES).map(|at| {
        let mut create = named(at);
        create["commitId"] = commit.as_str().into();
        ("CreateBranch", create)
    });
    let calls: Vec<_> = made
        .chain((0..BRANCHES).map(|at| ("DeleteBranch", named(at))))
        .collect();
    let requests = signed::requests(server, &calls);
    let mut connection = Connection::open(server.address());
    let began = Instant::now();
    for request in &requests {
        connection.send(request).expect("the server reads");
        let response = connection.response().expect("the server answers");
        assert_eq!(response.status, 200, "{}", response.text());
    }
    let came = receiver.wait_for_taken(requests.len() + 1);
    let ended = came.last().expect("some came").at;
    row("branches made and deleted by the API", requests.len(), ended - began);
}

/// Pushes of many references, each an event of its own, which come together in messages.
fn large_pushes(server: &Server) {
    let receiver = Receiver::start();
    let (work, url, commit) = told(server, "large", &receiver);
    let mut took = Duration::ZERO;
    for push in 0..LARGE_PUSHES {
        let mut updates = String::new();
        for at in 0..REFERENCES {
            writeln!(updates, "create refs/heads/p{push}/{at} {commit}").expect("memory takes all");
        }
        work.run_with_input(["update-ref", "--stdin"], updates.as_bytes()).ok();
        let refspec = format!("refs/heads/p{push}/*:refs/heads/p{push}/*");
        let began = Instant::now();
        work.run_args(["push", "--quiet", &url, &refspec]).ok();
        // Messages have at most 500 references.
        let came = receiver.wait_for_taken(1 + (push + 1) * REFERENCES.div_ceil(500));
        took += came.last().expect("some came").at - began;
    }
    row(
        &format!("pushes of {REFERENCES} branches, until all is told"),
        LARGE_PUSHES * REFERENCES,
        took,
    );
}

fn row(what: &str, events: usize, took: Duration) {
    #[expect(clippy::cast_precision_loss, reason = "it is shown in whole events")]
    let rate = events as f64 / took.as_secs_f64() * 60.0;
    let met = if rate >= A_MINUTE { "met" } else { "missed" };
    println!("| {what} | {rate:.0} | {A_MINUTE:.0} | {met} |");
}
