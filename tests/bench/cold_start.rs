//! Measures cold starts of packed functions: `infra/build && cargo bench -p packhouse-tests --bench cold_start -- target/lambda`.
//!
//! From the start of the process to the first byte of its answer, table and bucket being there, on emulators over plain HTTP.
#![expect(clippy::print_stdout, reason = "a command that prints")]

use std::{path::PathBuf, time::Instant};

use packhouse_harness::{
    deployment::{Deployment, DeploymentOptions},
    emulators::AwsStore,
};
use serde_json::{Value, json};

/// How often each is started.
const ROUNDS: usize = 20;

fn main() {
    let code = std::env::args_os()
        .skip(1)
        .map(PathBuf::from)
        .find(|path| path.is_dir());
    let code = code.expect("give the folder with <function>/bootstrap, such as target/lambda");
    let options = DeploymentOptions {
        code: Some(code.canonicalize().expect("it is a folder")),
        ..DeploymentOptions::default()
    };
    let deployment = Deployment::start_with(AwsStore::fresh(), &options);
    deployment.create_repository("cold");
    println!("| function | request | median | most |");
    println!("|---|---|---:|---:|");
    let requests = [
        (
            "git",
            "ls-refs",
            proxied("POST", "/v1/repos/cold/git-upload-pack", Some(LS_REFS)),
        ),
        ("git", "info/refs", proxied("GET", "/v1/repos/cold/info/refs", None)),
        ("api", "an unsigned call", proxied("POST", "/", Some("{}"))),
    ];
    for (function, name, event) in requests {
        let event = event.to_string();
        let mut times: Vec<f64> = (0..ROUNDS)
            .map(|_| start(&deployment, function, event.as_bytes()))
            .collect();
        times.sort_by(f64::total_cmp);
        println!(
            "| {function} | {name} | {:.1} ms | {:.1} ms |",
            times[ROUNDS / 2],
            times[ROUNDS - 1]
        );
    }
}

const LS_REFS: &str = "0014command=ls-refs\n0001000bsymrefs0000";

/// Milliseconds until the first byte.
fn start(deployment: &Deployment, function: &str, event: &[u8]) -> f64 {
    let function = &deployment.functions[function];
    function.kill();
    let started = Instant::now();
    let mut invocation = function.start(event).expect("there is room for a process");
    let first = invocation.next_data().expect("it answers");
    let took = started.elapsed();
    assert!(first.is_some_and(|first| !first.is_empty()), "{}", function.log());
    took.as_secs_f64() * 1000.0
}

fn proxied(method: &str, path: &str, body: Option<&str>) -> Value {
    let headers = json!({
        "Content-Type": if path == "/" { "application/x-amz-json-1.1" } else { "application/x-git-upload-pack-request" },
        "Git-Protocol": "version=2",
        "Host": "git.example.com",
        "X-Amz-Target": "CodeCommit_20150413.ListRepositories",
    });
    let many: serde_json::Map<_, _> = headers
        .as_object()
        .expect("an object")
        .iter()
        .map(|(name, value)| (name.clone(), json!([value])))
        .collect();
    json!({
        "resource": path, "path": path, "httpMethod": method, "headers": headers, "multiValueHeaders": many,
        "queryStringParameters": { "service": "git-upload-pack" },
        "multiValueQueryStringParameters": { "service": ["git-upload-pack"] },
        "requestContext": {
            "path": format!("/prod{path}"), "stage": "prod", "httpMethod": method,
            "authorizer": {
                "proven": r#"{"credential":"admin","who":{"user":{"name":"admin","id":"AIDAPACKHOUSEADMINXX"}}}"#,
            },
        },
        "body": body, "isBase64Encoded": false,
    })
}
