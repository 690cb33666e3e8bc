//! IAM's API: one file a noun, as in the code.

mod access_keys;
mod attachments;
mod audit;
mod aws_cli;
mod groups;
mod mfa_devices;
mod oidc_providers;
mod policies;
mod roles;
mod service_credentials;
mod simulate;
mod ssh_public_keys;
mod users;

use std::sync::OnceLock;

use packhouse_harness::{Boto3, Server, ServiceError};
use serde_json::{Value, json};

/// Calls an operation of the shared server as the administrator.
fn call(operation: &str, parameters: &Value) -> Result<Value, ServiceError> {
    static IAM: OnceLock<Boto3> = OnceLock::new();
    let iam = IAM.get_or_init(|| {
        let variables = Server::shared().credentials().variables();
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Boto3::of("iam", variables.collect())
    });
    iam.call(operation, parameters)
}

/// Calls an operation that the administrator may do, and that nothing is wrong with.
#[track_caller]
fn done(operation: &str, parameters: &Value) -> Value {
    let done = call(operation, parameters).map_err(|error| format!("{operation} {parameters}: {error:?}"));
    done.expect("nothing is wrong with it")
}

/// Fails unless the operation answers with this error; what it tells.
#[track_caller]
fn refused(operation: &str, parameters: &Value, (code, status): (&str, u64)) -> String {
    let error = call(operation, parameters).expect_err("must be refused");
    assert_eq!(
        (error.code.as_str(), error.status),
        (code, status),
        "{operation} {parameters}: {}",
        error.message
    );
    assert!(
        !error.message.is_empty(),
        "{operation} {parameters}: an error tells why"
    );
    error.message
}

/// Makes a user, whose name no other test uses.
fn make_user(name: &str) {
    done("CreateUser", &json!({ "UserName": name }));
}

/// A service as somebody with that access key uses it.
fn with_key(service: &str, key: &Value) -> Boto3 {
    let text = |name: &str| key[name].as_str().expect("a text").to_owned();
    let variables = [
        ("AWS_ACCESS_KEY_ID", text("AccessKeyId")),
        ("AWS_SECRET_ACCESS_KEY", text("SecretAccessKey")),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("AWS_ENDPOINT_URL", Server::shared().base_url().to_owned()),
    ];
    Boto3::of(service, variables.map(|(name, value)| (name.to_owned(), value)).into())
}

/// A policy document of one statement that allows that to everything.
fn allowing(actions: &[&str]) -> String {
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}
