//! Signatures, framing and unknown operations: what comes before any operation.

use packhouse_harness::{
    Boto3, Server,
    http::{self, Connection, Response},
};
use serde_json::json;

fn code_with(changes: &[(&str, &str)]) -> (String, u64) {
    let credentials = Server::shared().credentials();
    let mut variables: Vec<_> = credentials
        .variables()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    for (name, value) in changes {
        variables.retain(|(known, _)| known != name);
        variables.push(((*name).to_owned(), (*value).to_owned()));
    }
    let client = Boto3::start_with_env(variables);
    let error = client
        .call("ListRepositories", &json!({}))
        .expect_err("must be refused");
    (error.code, error.status)
}

#[test]
fn wrong_signatures_are_refused() {
    assert_eq!(
        code_with(&[("AWS_SECRET_ACCESS_KEY", "wrong")]).0,
        "InvalidSignatureException"
    );
    assert_eq!(
        code_with(&[("AWS_ACCESS_KEY_ID", "AKIAAAAAAAAAAAAAAAAA")]).0,
        "UnrecognizedClientException"
    );
    assert_eq!(
        code_with(&[("AWS_DEFAULT_REGION", "eu-central-1")]).0,
        "InvalidSignatureException"
    );
}

fn post(headers: &[(&str, &str)], body: &[u8]) -> Response {
    let mut connection = Connection::open(Server::shared().address());
    connection
        .send(&http::request("POST", "/", headers, body))
        .expect("the server reads");
    connection.response().expect("the server answers")
}

#[test]
fn requests_without_a_signature_are_refused_in_the_wire_format() {
    let target = ("X-Amz-Target", "CodeCommit_20150413.ListRepositories");
    let content_type = ("Content-Type", "application/x-amz-json-1.1");
    let nonsense = ("Authorization", "AWS4-HMAC-SHA256 Credential=x");
    for headers in [vec![target, content_type], vec![target, content_type, nonsense]] {
        let answer = post(&headers, b"{}");
        assert!((400..=403).contains(&answer.status), "{}", answer.status);
        assert_eq!(answer.header("content-type"), Some("application/x-amz-json-1.1"));
        assert!(answer.header("x-amzn-requestid").is_some(), "{answer:?}");
        let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert!(
            body["__type"].as_str().is_some_and(|kind| kind.contains("Exception")),
            "{body}"
        );
    }
}

#[test]
fn unknown_operations_are_told() {
    let error = Server::shared()
        .boto3()
        .call("ListBranches", &json!({ "repositoryName": "absent" }));
    assert!(error.is_err());
}
