use std::{
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    testing::{function, function_of, program},
    *,
};
use crate::{
    Boto3,
    emulators::root_variables,
    http::{Connection, request},
    process::Watchdog,
};

const MINUTE: Duration = Duration::from_mins(1);

fn ask(function: &Function, event: &Value) -> Result<Value, FunctionError> {
    let answer = function.invoke(event.to_string().as_bytes())?;
    Ok(serde_json::from_slice(&answer).expect("the function answers JSON"))
}

#[test]
fn a_process_serves_one_event_after_the_other_within_a_real_deadline() {
    let function = function(&[], MINUTE);
    let first = ask(&function, &json!({ "n": 1 })).expect("it answers");
    let second = ask(&function, &json!({ "n": 2 })).expect("it answers");
    assert_eq!((&first["event"]["n"], &second["event"]["n"]), (&json!(1), &json!(2)));
    assert_eq!((first["pid"] == second["pid"], function.cold_starts()), (true, 1));
    let left = first["left"].as_i64().expect("a number");
    assert!((30_000..=60_000).contains(&left), "{left} ms are left");
}

#[test]
fn events_at_once_get_processes_of_their_own_up_to_the_limit() {
    let function = function(&[], MINUTE);
    let wait = json!({ "do": "wait", "seconds": 0.3 }).to_string();
    let first = function.start(wait.as_bytes()).expect("there is room");
    let second = function.start(wait.as_bytes()).expect("there is room");
    let third = function.start(wait.as_bytes()).expect_err("two is the limit");
    assert_eq!(third.kind, "TooManyRequestsException");
    let pids = [first, second].map(|mut invocation| {
        let data = invocation.next_data().expect("it answers").expect("data");
        assert_eq!(invocation.next_data(), Ok(None));
        data
    });
    assert_ne!(pids[0], pids[1]);
    ask(&function, &json!({})).expect("both are idle again");
    assert_eq!(function.cold_starts(), 2);
}

#[test]
fn failures_reach_the_caller_and_only_a_dead_process_is_replaced() {
    // (event, kind, message, processes after one more event)
    let rows = [
        (json!({ "do": "fail" }), "Refused", "Unauthorized", 1),
        (
            json!({ "do": "exit" }),
            "Runtime.ExitError",
            "Error: Runtime exited with error: exit status: 3",
            2,
        ),
    ];
    for (event, kind, message, processes) in rows {
        let function = function(&[], MINUTE);
        let error = ask(&function, &event).expect_err("it fails");
        assert_eq!((error.kind.as_str(), error.message().as_str()), (kind, message));
        ask(&function, &json!({})).expect("it serves again");
        assert_eq!(function.cold_starts(), processes, "{kind}");
        assert!(function.log().contains("invoked"), "{}", function.log());
    }
    let error = ask(&function(&[("FAIL_AT_START", "1")], MINUTE), &json!({})).expect_err("it cannot start");
    assert_eq!((error.kind.as_str(), error.message().as_str()), ("Init", "no table"));
}

#[test]
fn what_takes_too_long_or_is_killed_ends() {
    let function = function(&[], Duration::from_millis(300));
    let began = Instant::now();
    let error = ask(&function, &json!({ "do": "hang" })).expect_err("it hangs");
    assert_eq!(error.kind, "Sandbox.Timedout");
    assert!(
        error.message().ends_with("Task timed out after 0.30 seconds"),
        "{error}"
    );
    assert!(began.elapsed() < MINUTE);

    let function = function_of(&[], MINUTE, 1);
    let mut invocation = function.start(br#"{"do":"hang"}"#).expect("there is room");
    let killer = function.clone();
    thread::spawn(move || {
        while !killer.log().contains("invoked hang") {
            thread::yield_now();
        }
        killer.kill();
    });
    assert_eq!(
        invocation.next_data().expect_err("it was killed").kind,
        "Runtime.ExitError"
    );
    ask(&function, &json!({})).expect("the next one starts a new process");
}

#[test]
fn answers_stream_raw_with_their_prelude_and_break_off_with_their_process() {
    let event = |then: &str| {
        let chunks = ["one", "two"];
        json!({ "do": "stream", "prelude": { "statusCode": 200 }, "chunks": chunks, "then": then }).to_string()
    };
    let function = function(&[], MINUTE);
    let whole = function.invoke(event("end").as_bytes()).expect("it answers");
    assert_eq!(whole, b"{\"statusCode\": 200}\0\0\0\0\0\0\0\0onetwo");
    for (then, kind) in [("exit", "Runtime.ExitError"), ("fail", "Broken")] {
        let mut invocation = function.start(event(then).as_bytes()).expect("there is room");
        let mut read = Vec::new();
        let error = loop {
            match invocation.next_data() {
                Ok(data) => read.extend(data.expect("it does not end well")),
                Err(error) => break error,
            }
        };
        assert_eq!((error.kind.as_str(), read.as_slice()), (kind, whole.as_slice()));
    }
}

#[test]
fn a_caller_that_leaves_does_not_stop_the_function() {
    let function = function_of(&[], MINUTE, 1);
    let chunks = vec!["x".repeat(1024); 100];
    let event = json!({ "do": "stream", "prelude": {}, "chunks": chunks, "times": 100 }).to_string();
    let mut left = function.start(event.as_bytes()).expect("there is room");
    left.next_data().expect("it begins");
    drop(left);
    let deadline = Instant::now() + MINUTE;
    // Its only process is at work until all is written.
    while let Err(error) = ask(&function, &json!({})) {
        assert_eq!(error.kind, "TooManyRequestsException");
        assert!(Instant::now() < deadline, "the process never became idle");
        thread::yield_now();
    }
    assert_eq!(function.cold_starts(), 1);
}

#[test]
fn an_sdk_invokes_functions_and_waits_or_not() {
    let api = LambdaApi::start();
    let function = function(&[], MINUTE);
    api.add(&function);
    let mut variables = root_variables();
    variables.push(("AWS_ENDPOINT_URL".to_owned(), api.url()));
    let client = Boto3::of("lambda", variables);
    let invoke = |name: &str, event: &Value, kind: &str| {
        let payload = json!({ "base64": base64(event.to_string().as_bytes()) });
        client.call(
            "Invoke",
            &json!({ "FunctionName": name, "Payload": payload, "InvocationType": kind }),
        )
    };
    let waited = invoke("tested", &json!({ "n": 1 }), "RequestResponse").expect("it answers");
    assert_eq!(
        (&waited["StatusCode"], waited.get("FunctionError")),
        (&json!(200), None)
    );
    let failed = invoke(function.arn(), &json!({ "do": "fail" }), "RequestResponse").expect("Lambda answers");
    assert_eq!(failed["FunctionError"], "Unhandled");
    for event in [json!({}), json!({ "do": "fail" })] {
        assert_eq!(
            invoke("tested", &event, "Event").expect("it is queued")["StatusCode"],
            202
        );
    }
    let failures = api.wait_until_idle(MINUTE);
    assert_eq!(failures.len(), 1);
    assert_eq!(
        (failures[0].0.as_str(), failures[0].1.kind.as_str()),
        ("tested", "Refused")
    );
    let unknown = invoke("unknown", &json!({}), "Event").expect_err("there is none");
    assert_eq!(unknown.code, "ResourceNotFoundException");
    let large = json!({ "text": "x".repeat(ASYNC_EVENT_LIMIT) });
    let large = invoke("tested", &large, "Event").expect_err("too large to be queued");
    assert_eq!((large.code.as_str(), large.status), ("RequestTooLargeException", 413));
}

#[test]
fn cargo_lambdas_runtime_api_gives_answers_through_and_unpacks_streams() {
    let cargo_lambda = CargoLambda::start(&["git", "api"]);
    let mut child = Command::new(program())
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", cargo_lambda.runtime_api("git"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("the script runs");
    let watchdog = Watchdog::over(child.id());
    let url = cargo_lambda.invoke_url("git");
    let (address, path) = url["http://".len()..].split_at(url["http://".len()..].find('/').expect("a path"));
    let invoke = |event: &Value| {
        let mut connection = Connection::open(address.parse().expect("an address"));
        let bytes = request("POST", path, &[], event.to_string().as_bytes());
        connection.send(&bytes).expect("it listens");
        connection.response().expect("an answer")
    };
    let plain = invoke(&json!({ "n": 1 }));
    let answer: Value = serde_json::from_slice(&plain.body).expect("JSON");
    assert_eq!((plain.status, &answer["event"]["n"]), (200, &json!(1)));
    assert!(
        answer["left"].as_i64().expect("a number") < 0,
        "its deadline is long past"
    );
    let prelude = json!({ "statusCode": 203, "headers": { "x-a": "b" }, "cookies": [] });
    let streamed = invoke(&json!({ "do": "stream", "prelude": prelude, "chunks": ["one", "two"] }));
    assert_eq!(
        (streamed.status, streamed.header("x-a"), streamed.text().as_str()),
        (203, Some("b"), "onetwo")
    );
    assert_eq!(invoke(&json!({ "do": "fail" })).status, 500);
    child.kill().expect("it runs");
    child.wait().expect("it is our child");
    drop(watchdog);
}

fn base64(bytes: &[u8]) -> String {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    BASE64_STANDARD.encode(bytes)
}
