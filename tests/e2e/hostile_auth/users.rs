//! Users who are not let in any more, or not there.

use packhouse_harness::{Boto3, Server, basic, server::against_reference};
use serde_json::{Value, json};

use super::get;

/// A client of a service with the keys that an answer holds.
fn client(server: &Server, service: &str, keys: &Value) -> Boto3 {
    let mut variables: Vec<(String, String)> = Vec::new();
    for (name, value) in server.credentials().variables() {
        variables.push((name.to_owned(), value.to_owned()));
    }
    for (name, member) in [
        ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
        ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
        ("AWS_SESSION_TOKEN", "SessionToken"),
    ] {
        variables.retain(|(known, _)| known != name);
        if let Some(value) = keys[member].as_str() {
            variables.push((name.to_owned(), value.to_owned()));
        }
    }
    Boto3::of(service, variables)
}

/// Everything that a user without rights of their own can prove themselves with, and whether it is let in.
struct User<'a> {
    server: &'a Server,
    iam: Boto3,
    name: &'a str,
    key: Value,
    git: Value,
    by_key: Boto3,
    by_session: Boto3,
}

impl<'a> User<'a> {
    fn new(server: &'a Server, name: &'a str) -> Self {
        let own = server.credentials();
        let keys = json!({
            "AccessKeyId": own.get("AWS_ACCESS_KEY_ID"),
            "SecretAccessKey": own.get("AWS_SECRET_ACCESS_KEY"),
        });
        let iam = client(server, "iam", &keys);
        let call = |operation: &str, input: Value| iam.call(operation, &input).expect(operation);
        call("CreateUser", json!({ "UserName": name }));
        let key = call("CreateAccessKey", json!({ "UserName": name }))["AccessKey"].take();
        let service = json!({ "UserName": name, "ServiceName": "codecommit.amazonaws.com" });
        let git = call("CreateServiceSpecificCredential", service)["ServiceSpecificCredential"].take();
        let by_key = client(server, "codecommit", &key);
        let session = client(server, "sts", &key).call("GetSessionToken", &json!({}));
        let session = session.expect("every user may")["Credentials"].take();
        let by_session = client(server, "codecommit", &session);
        Self {
            server,
            iam,
            name,
            key,
            git,
            by_key,
            by_session,
        }
    }

    fn administrate(&self, operation: &str, input: &Value) {
        self.iam.call(operation, input).expect(operation);
    }

    /// Whether the key, the session and the Git password say who it is; what they may do is another matter.
    fn known(&self) -> [bool; 3] {
        let api = |client: &Boto3| match client.call("ListRepositories", &json!({})) {
            Ok(_) => true,
            Err(refused) if refused.code == "AccessDeniedException" => true,
            Err(refused) => {
                assert_eq!(
                    refused.code, "UnrecognizedClientException",
                    "{}: {refused:?}",
                    self.name
                );
                false
            }
        };
        let text = |member: &str| self.git[member].as_str().expect("a text").to_owned();
        let basic = basic(&text("ServiceUserName"), &text("ServicePassword"));
        let path = "/v1/repos/absent/info/refs?service=git-upload-pack";
        let status = get(self.server, path, &[("Authorization", &basic)]).status;
        [api(&self.by_key), api(&self.by_session), status != 401]
    }
}

#[test]
fn who_is_deactivated_or_deleted_is_nobody_from_the_next_request_on() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let name = "soon-gone";
    let user = User::new(server, name);
    assert_eq!(user.known(), [true, true, true]);
    let key = json!({ "UserName": name, "AccessKeyId": user.key["AccessKeyId"] });
    let git = json!({ "UserName": name, "ServiceSpecificCredentialId": user.git["ServiceSpecificCredentialId"] });
    let with = |input: &Value, status: &str| {
        let mut input = input.clone();
        input["Status"] = status.into();
        input
    };
    user.administrate("UpdateAccessKey", &with(&key, "Inactive"));
    assert_eq!(user.known(), [false, true, true]);
    user.administrate("UpdateServiceSpecificCredential", &with(&git, "Inactive"));
    assert_eq!(user.known(), [false, true, false]);
    user.administrate("UpdateAccessKey", &with(&key, "Active"));
    user.administrate("UpdateServiceSpecificCredential", &with(&git, "Active"));
    assert_eq!(user.known(), [true, true, true]);
    user.administrate("DeleteAccessKey", &key);
    user.administrate("DeleteServiceSpecificCredential", &git);
    assert_eq!(user.known(), [false, true, false]);
    user.administrate("DeleteUser", &json!({ "UserName": name }));
    assert_eq!(user.known(), [false, false, false]);
    // Somebody else of the same name is somebody else.
    let next = User::new(server, name);
    assert_eq!((user.known(), next.known()), ([false; 3], [true; 3]));
}

#[test]
fn a_policy_on_a_repository_lets_git_into_no_other_one_with_a_similar_name() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let user = User::new(server, "deputy");
    let others = ["deputed2", "depute", "Deputed", "deputed-x", "deputed.x"];
    for name in ["deputed"].iter().chain(&others) {
        server.create_repository(name);
    }
    let got = server
        .boto3()
        .call("GetRepository", &json!({ "repositoryName": "deputed" }));
    let arn = got.expect("it was created")["repositoryMetadata"]["Arn"].take();
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": "codecommit:Git*",
            "Resource": arn,
        }],
    });
    let input = json!({ "UserName": user.name, "PolicyName": "one", "PolicyDocument": policy.to_string() });
    user.administrate("PutUserPolicy", &input);
    let text = |member: &str| user.git[member].as_str().expect("a text").to_owned();
    let basic = basic(&text("ServiceUserName"), &text("ServicePassword"));
    let ask = |name: &str, service: &str| {
        let path = format!("/v1/repos/{name}/info/refs?service={service}");
        get(server, &path, &[("Authorization", &basic)]).status
    };
    for service in ["git-upload-pack", "git-receive-pack"] {
        for name in ["deputed", "deputed.git", "deputed/", "d%65puted"] {
            assert_eq!(ask(name, service), 200, "{name} {service}");
        }
        for name in others {
            assert_eq!(ask(name, service), 403, "{name} {service}");
        }
        for name in ["x/deputed", "deputed.git.git", "x%2fdeputed", "deputed%2f..%2fdeputed2"] {
            assert_eq!(ask(name, service), 404, "{name} {service}");
        }
    }
}
