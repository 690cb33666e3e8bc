//! Users with policies of their own, at work with real git and real SDKs.

mod archives;
mod audit;
mod branches;
mod people;
mod repositories;

use packhouse_harness::{Boto3, Git, Server};
use serde_json::{Value, json};

/// Somebody with an access key, Git credentials, and whatever policies they are given.
struct Person {
    access_key: (String, String),
    git: (String, String),
    api: Boto3,
}

/// IAM as the administrator uses it.
fn iam(server: &Server) -> Boto3 {
    service(server, "iam")
}

/// The API as somebody new uses it, who may do what the statements say.
pub(crate) fn api_of(server: &Server, name: &str, statements: &Value) -> Boto3 {
    Person::new(server, &iam(server), name, statements).api
}

/// Deletes somebody whom [`api_of`] made.
pub(crate) fn delete(server: &Server, name: &str) {
    let iam = iam(server);
    let call = |operation: &str, more: Value| {
        let mut parameters = json!({ "UserName": name });
        for (name, value) in more.as_object().expect("an object") {
            parameters[name] = value.clone();
        }
        iam.call(operation, &parameters).expect("the administrator may")
    };
    let keys = call("ListAccessKeys", json!({}));
    let key = &keys["AccessKeyMetadata"][0]["AccessKeyId"];
    call("DeleteAccessKey", json!({ "AccessKeyId": key }));
    let credentials = call("ListServiceSpecificCredentials", json!({}));
    let id = &credentials["ServiceSpecificCredentials"][0]["ServiceSpecificCredentialId"];
    call(
        "DeleteServiceSpecificCredential",
        json!({ "ServiceSpecificCredentialId": id }),
    );
    call("DeleteUserPolicy", json!({ "PolicyName": "test" }));
    call("DeleteUser", json!({}));
}

/// A service as the administrator uses it.
fn service(server: &Server, name: &str) -> Boto3 {
    let variables = server.credentials().variables();
    Boto3::of(
        name,
        variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    )
}

/// The environment of somebody else's keys.
fn keys(server: &Server, id: &str, secret: &str, token: Option<&str>) -> Vec<(String, String)> {
    let url = server.base_url();
    let mut variables = vec![
        ("AWS_ACCESS_KEY_ID", id),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", url),
    ];
    variables.extend(token.map(|token| ("AWS_SESSION_TOKEN", token)));
    variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// A policy document.
fn policy(statements: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

fn arn(repository: &str) -> String {
    format!("arn:aws:codecommit:us-east-1:000000000000:{repository}")
}

impl Person {
    /// Makes a user with an access key, Git credentials and one inline policy.
    fn new(server: &Server, iam: &Boto3, name: &str, statements: &Value) -> Self {
        let call =
            |operation: &str, parameters: Value| iam.call(operation, &parameters).expect("the administrator may");
        call("CreateUser", json!({ "UserName": name }));
        let policy = policy(statements);
        call(
            "PutUserPolicy",
            json!({ "UserName": name, "PolicyName": "test", "PolicyDocument": policy }),
        );
        let key = call("CreateAccessKey", json!({ "UserName": name }));
        let access_key = (
            text(&key["AccessKey"]["AccessKeyId"]),
            text(&key["AccessKey"]["SecretAccessKey"]),
        );
        let git = call(
            "CreateServiceSpecificCredential",
            json!({ "UserName": name, "ServiceName": "codecommit.amazonaws.com" }),
        );
        let git = &git["ServiceSpecificCredential"];
        Self {
            api: Boto3::of("codecommit", keys(server, &access_key.0, &access_key.1, None)),
            access_key,
            git: (text(&git["ServiceUserName"]), text(&git["ServicePassword"])),
        }
    }

    /// A git that knows this person's Git credentials, and nobody else's.
    fn git(&self, server: &Server) -> Git {
        let git = Git::newest();
        git.store_credentials(server.base_url(), &self.git.0, &self.git.1);
        git
    }
}

/// Everything on one repository.
fn all_of(repository: &str) -> Value {
    json!([{ "Effect": "Allow", "Action": "codecommit:*", "Resource": arn(repository) }])
}

/// A repository with two commits on `main`, and a work tree of it whose git is the administrator's.
fn repository(server: &Server, name: &str) -> (String, Git) {
    let url = server.create_repository(name);
    let git = Git::newest();
    git.log_in(server);
    let work = git.init(&format!("{name}-work"));
    work.commit("a", "1");
    work.commit("b", "2");
    work.run(&format!("push --quiet {url} main")).ok();
    (url, work)
}

/// Next to nothing: a policy cannot be empty.
fn nothing() -> Value {
    json!([{ "Effect": "Allow", "Action": "codecommit:GetFile", "Resource": arn("nothing") }])
}
