//! Prints what the server takes for calls of the API: `cargo bench -p packhouse-tests --bench api`.
//!
//! One connection, requests signed beforehand, so that no client is measured. The bounds are the project's own.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command that prints a report"
)]

mod machine;

use std::time::{Duration, Instant};

use packhouse_harness::{Git, Server, http::Connection, random_history, signed};
use serde_json::{Value, json};

/// Calls of a kind that are measured, after some that warm the caches.
const CALLS: usize = 200;
const WARM: usize = 20;
const FILES: usize = 50_000;
/// Bytes of a file of the large repository, which come to 500 MB.
const BYTES: usize = 10_000;

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        eprintln!("run me by `cargo bench -p packhouse-tests --bench api`");
        return;
    }
    println!("{}\n", machine::description());
    println!("| call | median | 95 of 100 within | bound | |\n|---|---:|---:|---:|---|");
    let server = Server::start_embedded(&[]);
    let git = Git::newest().with_timeout(3600);
    git.log_in(&server);
    push(&server, &git, "large", BYTES, false);
    reads(&server, &git);
    comparisons(&server, "large", "in folders");
    push(&server, &git, "flat", 20, true);
    comparisons(&server, "flat", "in one folder");
    pull_requests(&server);
}

/// A repository with two branches on top of a third, as `random_history::two_sides` makes them.
fn push(server: &Server, git: &Git, name: &str, bytes: usize, flat: bool) {
    let url = server.create_repository(name);
    git.run(&format!("init --quiet --bare {name}")).ok();
    let source = git.in_dir(name);
    random_history::import(&source, |stream| {
        random_history::two_sides(stream, 1, FILES, bytes, flat)
    });
    source.run(&format!("push --quiet {url} main left right")).ok();
}

fn reads(server: &Server, git: &Git) {
    let bound = Some(Duration::from_millis(3));
    let here = |parameters: Value| with(&json!({ "repositoryName": "large" }), &parameters);
    let path = "area11/part40/file29507";
    let tip = git.in_dir("large").rev("main");
    row(
        server,
        "GetFile of 10 kB",
        "GetFile",
        &here(json!({ "filePath": path })),
        bound,
    );
    row(
        server,
        "GetFolder",
        "GetFolder",
        &here(json!({ "folderPath": "area11/part40" })),
        bound,
    );
    row(
        server,
        "GetCommit",
        "GetCommit",
        &here(json!({ "commitId": tip })),
        bound,
    );
}

/// Differences and merges of trees of 50,000 files.
fn comparisons(server: &Server, repository: &str, how: &str) {
    let (diff, merge) = (Duration::from_millis(20), Duration::from_millis(60));
    let here = |parameters: Value| with(&json!({ "repositoryName": repository }), &parameters);
    let compared = here(json!({ "beforeCommitSpecifier": "main", "afterCommitSpecifier": "left" }));
    let name = |operation: &str| format!("{operation}, 50,000 files {how}");
    row(server, &name("GetDifferences"), "GetDifferences", &compared, Some(diff));
    let merged = here(json!({
        "sourceCommitSpecifier": "left", "destinationCommitSpecifier": "right", "mergeOption": "THREE_WAY_MERGE",
    }));
    for operation in ["GetMergeConflicts", "CreateUnreferencedMergeCommit"] {
        let merged = match operation {
            "GetMergeConflicts" => with(&merged, &json!({ "conflictDetailLevel": "LINE_LEVEL" })),
            _ => with(
                &merged,
                &json!({ "conflictDetailLevel": "LINE_LEVEL", "authorName": "a" }),
            ),
        };
        row(server, &name(operation), operation, &merged, Some(merge));
    }
}

/// Pages of a list that becomes longer.
fn pull_requests(server: &Server) {
    server.create_repository("reviewed");
    let file = |branch: &str, path: &str, parent: Option<&Value>| {
        let content = json!({ "base64": "eA==" });
        let mut put =
            json!({ "repositoryName": "reviewed", "branchName": branch, "filePath": path, "fileContent": content });
        put.as_object_mut()
            .expect("an object")
            .extend(parent.map(|parent| ("parentCommitId".to_owned(), parent.clone())));
        server.boto3().call("PutFile", &put).expect("it can be put")["commitId"].clone()
    };
    let first = file("main", "a", None);
    let branch = json!({ "repositoryName": "reviewed", "branchName": "topic", "commitId": first });
    server
        .boto3()
        .call("CreateBranch", &branch)
        .expect("the branch is free");
    file("topic", "b", Some(&first));
    let mut connection = Connection::open(server.address());
    let mut made = 0;
    for count in [100, 1_000, 10_000] {
        while made < count {
            add_pull_requests(server, &mut connection, 100);
            made += 100;
        }
        let list = json!({ "repositoryName": "reviewed", "pullRequestStatus": "OPEN" });
        row(
            server,
            &format!("ListPullRequests, open ones of {count}"),
            "ListPullRequests",
            &list,
            None,
        );
        let list = json!({ "repositoryName": "reviewed" });
        row(
            server,
            &format!("ListPullRequests, first page of {count}"),
            "ListPullRequests",
            &list,
            None,
        );
    }
}

/// Opens pull requests and closes nineteen of twenty: the number of open ones is bounded.
fn add_pull_requests(server: &Server, connection: &mut Connection, count: usize) {
    let targets = json!([{ "repositoryName": "reviewed", "sourceReference": "topic", "destinationReference": "main" }]);
    let create = json!({ "title": "t", "targets": targets });
    let made = signed::requests(server, &vec![("CreatePullRequest", create); count]);
    let ids: Vec<Value> = made
        .iter()
        .map(|request| answer(connection, request)["pullRequest"]["pullRequestId"].clone())
        .collect();
    let close = |id: &Value| json!({ "pullRequestId": id, "pullRequestStatus": "CLOSED" });
    let closed = ids.iter().enumerate().filter(|(at, _)| at % 20 > 0);
    let closed: Vec<_> = closed.map(|(_, id)| ("UpdatePullRequestStatus", close(id))).collect();
    for request in signed::requests(server, &closed) {
        answer(connection, &request);
    }
}

/// Measures one call and prints its row.
fn row(server: &Server, name: &str, operation: &str, parameters: &Value, bound: Option<Duration>) {
    let request = signed::requests(server, &[(operation, parameters.clone())]).remove(0);
    let mut connection = Connection::open(server.address());
    let mut times: Vec<Duration> = Vec::new();
    for call in 0..WARM + CALLS {
        let began = Instant::now();
        answer(&mut connection, &request);
        if call >= WARM {
            times.push(began.elapsed());
        }
    }
    times.sort();
    let ms = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
    let median = times[CALLS / 2];
    let met = bound.map_or("", |bound| if median <= bound { "met" } else { "missed" });
    let bound = bound.map_or_else(String::new, |bound| format!("{} ms", bound.as_millis()));
    println!(
        "| {name} | {} | {} | {bound} | {met} |",
        ms(median),
        ms(times[CALLS * 95 / 100])
    );
}

fn answer(connection: &mut Connection, request: &[u8]) -> Value {
    connection.send(request).expect("the server reads");
    let response = connection.response().expect("the server answers");
    assert_eq!(response.status, 200, "{}", response.text());
    serde_json::from_slice(&response.body).expect("an answer is JSON")
}

/// `base` with `more` in it.
fn with(base: &Value, more: &Value) -> Value {
    let mut both = base.clone();
    for (name, value) in more.as_object().expect("an object") {
        both[name] = value.clone();
    }
    both
}
