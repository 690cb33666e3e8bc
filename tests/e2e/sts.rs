//! STS's API: one file for each way to temporary keys.

mod assume_role;
mod aws_cli;
mod caller_identity;
mod session_token;
mod with_aws;
mod with_web_identity;

use packhouse_harness::{Boto3, Server, ServiceError};
use serde_json::{Value, json};

/// A service of a server as the administrator uses it.
fn service(server: &Server, name: &str) -> Boto3 {
    let variables = server.credentials().variables();
    Boto3::of(
        name,
        variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    )
}

/// A service as somebody with these keys uses it: an access key, or temporary credentials.
fn with_keys(server: &Server, name: &str, keys: &Value) -> Boto3 {
    let mut variables = vec![
        ("AWS_DEFAULT_REGION".to_owned(), "us-east-1".to_owned()),
        ("AWS_ENDPOINT_URL".to_owned(), server.base_url().to_owned()),
    ];
    for (variable, field) in [
        ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
        ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
        ("AWS_SESSION_TOKEN", "SessionToken"),
    ] {
        if let Some(value) = keys[field].as_str() {
            variables.push((variable.to_owned(), value.to_owned()));
        }
    }
    Boto3::of(name, variables)
}

/// Makes a user with that policy, unless it is empty, and an access key of theirs.
fn make_user(iam: &Boto3, name: &str, statements: &Value) -> Value {
    let call = |operation: &str, parameters: Value| iam.call(operation, &parameters).expect("the administrator may");
    call("CreateUser", json!({ "UserName": name }));
    if !statements.is_null() {
        let document = policy(statements);
        call(
            "PutUserPolicy",
            json!({ "UserName": name, "PolicyName": "test", "PolicyDocument": document }),
        );
    }
    call("CreateAccessKey", json!({ "UserName": name }))["AccessKey"].clone()
}

/// Makes a role that may do everything with repositories, and has that trust policy; its ARN.
fn make_role(iam: &Boto3, name: &str, trust: &Value) -> String {
    let call = |operation: &str, parameters: Value| iam.call(operation, &parameters).expect("the administrator may");
    let role = call(
        "CreateRole",
        json!({ "RoleName": name, "AssumeRolePolicyDocument": policy(trust) }),
    );
    call(
        "AttachRolePolicy",
        json!({ "RoleName": name, "PolicyArn": "arn:aws:iam::aws:policy/AWSCodeCommitFullAccess" }),
    );
    role["Role"]["Arn"].as_str().expect("a text").to_owned()
}

fn policy(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// A statement that lets the account in.
fn account() -> Value {
    json!({ "Effect": "Allow", "Principal": { "AWS": "000000000000" }, "Action": "sts:AssumeRole" })
}

/// Fails unless that is the error; what it tells.
#[track_caller]
fn refused(answer: Result<Value, ServiceError>, (code, status): (&str, u64)) -> String {
    let error = answer.expect_err("must be refused");
    assert_eq!((error.code.as_str(), error.status), (code, status), "{}", error.message);
    error.message
}
