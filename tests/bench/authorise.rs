//! Prints what knowing a caller and deciding what they may costs a request: `cargo bench -p packhouse-tests --bench authorise`.
//!
//! The same request, over one connection, by the administrator, who has one policy, and by somebody with as many policies as IAM
//! lets a user have, none of which allows it but the last one. `/healthz` shows what a request costs without all that.
#![expect(clippy::print_stdout, reason = "a command that prints")]

use std::time::{Duration, Instant};

use packhouse_harness::{
    Boto3, Server, basic,
    http::{Connection, request},
};
use serde_json::{Value, json};

const ROUNDS: usize = 40;
const REQUESTS: u32 = 100;
const REFS: &str = "/v1/repos/demo/info/refs?service=git-upload-pack";

fn main() {
    let server = Server::start();
    server.create_repository("demo");
    let variables = server.credentials().variables();
    let iam = Boto3::of(
        "iam",
        variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    );
    let admin = server.credentials().basic();
    let (busy, statements) = somebody_with_many_policies(&iam);
    let rows = [
        ("healthz".to_owned(), "/healthz", None),
        ("refs, 1 statement".to_owned(), REFS, Some(admin)),
        (format!("refs, {statements} statements"), REFS, Some(busy)),
    ];
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); rows.len()];
    for round in 0..=ROUNDS {
        for (row, times) in rows.iter().zip(&mut times) {
            let took = measure(&server, row.1, row.2.as_deref());
            if round > 0 {
                times.push(took);
            }
        }
    }
    println!("| request | median | fastest |\n|---|---:|---:|");
    for ((name, ..), mut times) in rows.into_iter().zip(times) {
        times.sort();
        let us = |time: Duration| format!("{:.0} µs", time.as_secs_f64() * 1e6);
        println!("| {name} | {} | {} |", us(times[times.len() / 2]), us(times[0]));
    }
}

/// Time of one request, of many in a row.
fn measure(server: &Server, path: &str, authorization: Option<&str>) -> Duration {
    let mut headers = vec![("Git-Protocol", "version=2")];
    headers.extend(authorization.map(|value| ("Authorization", value)));
    let bytes = request("GET", path, &headers, b"");
    let mut connection = Connection::open(server.address());
    let began = Instant::now();
    for _ in 0..REQUESTS {
        connection.send(&bytes).expect("the server reads");
        let response = connection.response().expect("the server answers");
        assert_eq!(response.status, 200, "{}", response.text());
    }
    began.elapsed() / REQUESTS
}

/// A user in ten groups with ten policies each, and ten of its own; the value of its `Authorization`, and how many statements
/// speak about it.
fn somebody_with_many_policies(iam: &Boto3) -> (String, usize) {
    let call = |operation: &str, parameters: Value| iam.call(operation, &parameters).expect("the administrator may");
    let document = |number: usize, allows: bool| {
        let resource = format!(
            "arn:aws:codecommit:*:*:{}*",
            if allows {
                "demo".into()
            } else {
                format!("a{number}-*b*c")
            }
        );
        let statement = |action: &str| {
            json!({ "Effect": "Allow", "Action": action, "Resource": resource, "Condition": {
                "StringLikeIfExists": { "codecommit:References": ["refs/heads/${aws:username}/*", "refs/heads/main"] } } })
        };
        let actions = [
            "codecommit:Git*",
            "codecommit:Get*",
            "codecommit:List*",
            "codecommit:BatchGet*",
        ];
        json!({ "Version": "2012-10-17", "Statement": actions.map(statement) }).to_string()
    };
    call("CreateUser", json!({ "UserName": "busy" }));
    let mut statements = 0;
    let mut make = |number: usize, allows: bool| {
        statements += 4;
        let name = format!("p{number}");
        let made = call(
            "CreatePolicy",
            json!({ "PolicyName": name, "PolicyDocument": document(number, allows) }),
        );
        made["Policy"]["Arn"].clone()
    };
    for group in 0..10 {
        let name = format!("g{group}");
        call("CreateGroup", json!({ "GroupName": name }));
        call("AddUserToGroup", json!({ "GroupName": name, "UserName": "busy" }));
        for number in 0..10 {
            let policy = make(group * 10 + number, group == 9 && number == 9);
            call("AttachGroupPolicy", json!({ "GroupName": name, "PolicyArn": policy }));
        }
    }
    for number in 100..110 {
        let policy = make(number, false);
        call("AttachUserPolicy", json!({ "UserName": "busy", "PolicyArn": policy }));
    }
    let parameters = json!({ "UserName": "busy", "ServiceName": "codecommit.amazonaws.com" });
    let git = &call("CreateServiceSpecificCredential", parameters)["ServiceSpecificCredential"];
    let text = |name: &str| git[name].as_str().expect("a text").to_owned();
    (basic(&text("ServiceUserName"), &text("ServicePassword")), statements)
}
