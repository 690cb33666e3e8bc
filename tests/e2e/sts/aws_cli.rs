//! Every operation of STS by the stock AWS CLI. `tidy/aws_cli.rs` sees to it that none is left out.

use std::fs;

use packhouse_harness::{Aws, Server};
use serde_json::Value;
use tempfile::TempDir;

use super::with_web_identity::{Office, SUBJECT};
use super::{account, make_role, make_user, policy, service};

/// The names of what temporary keys have.
const CREDENTIALS: [&str; 4] = ["AccessKeyId", "Expiration", "SecretAccessKey", "SessionToken"];

/// Whose keys those are, by the CLI; fails unless they are whole.
#[track_caller]
fn whose(server: &Server, keys: &Value) -> String {
    let mut names: Vec<&String> = keys.as_object().expect("an object").keys().collect();
    names.sort_unstable();
    assert_eq!(names, CREDENTIALS);
    let who = Aws::with_keys(server, keys).service("sts", "get-caller-identity");
    assert_eq!(who["Account"], "000000000000");
    who["Arn"].as_str().expect("an ARN").to_owned()
}

#[test]
fn temporary_keys_tell_whose_they_are() {
    let server = Server::shared();
    let aws = Aws::of(server);
    let session = aws.service("sts", "get-session-token --duration-seconds 900");
    assert_eq!(
        whose(server, &session["Credentials"]),
        "arn:aws:iam::000000000000:user/admin"
    );
    let role = make_role(&service(server, "iam"), "sts-cli", &account());
    let read = policy(&serde_json::json!({ "Effect": "Allow", "Action": "sts:*", "Resource": "*" }));
    let session = aws.service(
        "sts",
        &format!("assume-role --role-arn {role} --role-session-name cli --duration-seconds 900 --policy {read}"),
    );
    let arn = "arn:aws:sts::000000000000:assumed-role/sts-cli/cli";
    assert_eq!(session["AssumedRoleUser"]["Arn"], arn);
    assert_eq!(whose(server, &session["Credentials"]), arn);
}

#[test]
fn a_profile_with_a_role_needs_no_command() {
    let server = Server::shared();
    let iam = service(server, "iam");
    let role = make_role(&iam, "sts-profile", &account());
    let may = serde_json::json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role });
    let key = make_user(&iam, "sts-profiled", &may);
    let text = |name: &str| key[name].as_str().expect("a text");
    let folder = TempDir::new().expect("a temporary folder");
    let config = folder.path().join("config");
    let (url, id, secret) = (server.base_url(), text("AccessKeyId"), text("SecretAccessKey"));
    let lines = format!(
        "[profile own]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n\
         [profile build]\nrole_arn = {role}\nsource_profile = own\nrole_session_name = nightly\n\
         region = us-east-1\nendpoint_url = {url}\n"
    );
    fs::write(&config, lines).expect("the folder is writable");
    let builder = Aws::with_keys(server, &Value::Null).with_env("AWS_CONFIG_FILE", &config.to_string_lossy());
    let who = builder.service("sts", "get-caller-identity --profile build");
    assert_eq!(who["Arn"], "arn:aws:sts::000000000000:assumed-role/sts-profile/nightly");
}

#[test]
fn an_id_token_is_exchanged_by_who_has_no_keys() {
    let mut office = Office::open();
    let token = office.token(|_| {});
    let nobody = Aws::with_keys(&office.server, &Value::Null);
    let exchange = format!(
        "assume-role-with-web-identity --role-arn {} --role-session-name job-1 --web-identity-token",
        office.role
    );
    let session = nobody.service("sts", &format!("{exchange} {token}"));
    assert_eq!(session["SubjectFromWebIdentityToken"], SUBJECT);
    assert_eq!(
        whose(&office.server, &session["Credentials"]),
        "arn:aws:sts::000000000000:assumed-role/ci/job-1"
    );
    let told = nobody.service_refused("sts", &format!("{exchange} {token}x"));
    let begin = "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: ";
    assert!(told.starts_with(begin), "{told}");
}
