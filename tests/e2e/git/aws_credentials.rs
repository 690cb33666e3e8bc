//! Git with the credentials of AWS's own clients: `aws codecommit credential-helper` and git-remote-codecommit, which sign.

use std::ffi::OsString;

use packhouse_harness::{Boto3, Git, Server, python, server::against_reference};
use serde_json::json;

use crate::server::Certificate;

/// The stock helper as its users configure it for another host than AWS's. The option belongs to `get` alone.
const HELPER: &str = "!f() { test \"$1\" != get || aws codecommit credential-helper get --ignore-host-check; }; f";

/// An actor that has AWS's clients on its path, these keys in its environment, and no other credentials.
pub(crate) fn with_keys(git: &Git, keys: &[(&str, &str)]) -> Git {
    let bin = python::program("aws");
    let mut path = OsString::from(bin.parent().expect("a program is in a folder"));
    path.push(":/usr/local/bin:/usr/bin:/bin");
    let mut git = git.stranger().with_env("PATH", path);
    for (name, value) in [("AWS_EC2_METADATA_DISABLED", "true")].iter().chain(keys) {
        git = git.with_env(name, *value);
    }
    git
}

/// The administrator's keys, for a region.
fn keys<'a>(server: &'a Server, region: &'a str) -> [(&'static str, &'a str); 3] {
    let of = |name| server.credentials().get(name);
    [
        ("AWS_ACCESS_KEY_ID", of("AWS_ACCESS_KEY_ID")),
        ("AWS_SECRET_ACCESS_KEY", of("AWS_SECRET_ACCESS_KEY")),
        ("AWS_DEFAULT_REGION", region),
    ]
}

/// A client of a service that trusts the certificate.
fn client(server: &Server, certificate: Option<&Certificate>, service: &str) -> Boto3 {
    let own = server.credentials().variables();
    let trusted = certificate.map(|certificate| ("AWS_CA_BUNDLE", certificate.file.as_str()));
    let variables = own
        .chain(trusted)
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Boto3::of(service, variables.collect())
}

/// Temporary keys of the administrator.
fn session(server: &Server, certificate: Option<&Certificate>) -> [(&'static str, String); 4] {
    let made = client(server, certificate, "sts")
        .call("GetSessionToken", &json!({}))
        .expect("every user may");
    let part = |name: &str| made["Credentials"][name].as_str().expect("a text").to_owned();
    [
        ("AWS_ACCESS_KEY_ID", part("AccessKeyId")),
        ("AWS_SECRET_ACCESS_KEY", part("SecretAccessKey")),
        ("AWS_SESSION_TOKEN", part("SessionToken")),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
    ]
}

/// An actor that asks the stock helper for credentials, and no other.
pub(crate) fn with_helper(git: &Git) -> Git {
    for setting in [
        ["credential.helper", ""],
        ["credential.helper", HELPER],
        ["credential.useHttpPath", "true"],
    ] {
        let [name, value] = setting;
        git.run_args(["config", "--global", "--add", name, value]).ok();
    }
    git.clone()
}

/// Pushes a commit to `url`, and clones it again.
#[track_caller]
fn push_and_clone(git: &Git, url: &str, what: &str) {
    let work = git.init(&format!("work-{what}"));
    work.commit("file", what);
    work.run_args(["push", "--quiet", url, &format!("main:{what}")]).ok();
    git.run_args(["clone", "--quiet", "--branch", what, url, &format!("copy-{what}")])
        .ok();
    assert_eq!(git.in_dir(format!("copy-{what}")).rev("HEAD"), work.rev("main"));
}

#[test]
fn the_aws_clis_credential_helper_is_let_in() {
    if against_reference() {
        return;
    }
    let server = Server::start_with(&["--signing-region", "eu-west-1"]);
    let url = server.create_repository("helped");
    for (at, git) in Git::every().iter().enumerate() {
        for region in ["us-east-1", "eu-west-1"] {
            let git = with_helper(&with_keys(git, &keys(&server, region)));
            push_and_clone(&git, &url, &format!("{region}-{at}"));
        }
        let git = with_helper(&with_keys(git, &keys(&server, "us-east-1")));
        for (form, what) in [(format!("{url}.git"), "suffix"), (format!("{url}/"), "slash")] {
            push_and_clone(&git, &form, &format!("{what}-{at}"));
        }
    }
}

#[test]
fn wrong_keys_and_regions_of_the_credential_helper_are_refused() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let url = server.create_repository("helped-wrongly");
    let [id, secret, region] = keys(server, "us-east-1");
    for changed in [
        [id, ("AWS_SECRET_ACCESS_KEY", "wrong"), region],
        [("AWS_ACCESS_KEY_ID", "AKIAAAAAAAAAAAAAAAAA"), secret, region],
        [id, secret, ("AWS_DEFAULT_REGION", "eu-west-1")],
    ] {
        let git = with_helper(&with_keys(&Git::newest(), &changed));
        git.run(&format!("ls-remote {url}"))
            .refused_with("Authentication failed");
    }
    // A token that no session has.
    let git = with_helper(&with_keys(
        &Git::newest(),
        &[id, secret, region, ("AWS_SESSION_TOKEN", "x")],
    ));
    git.run(&format!("ls-remote {url}"))
        .refused_with("Authentication failed");
}

#[test]
fn temporary_keys_of_the_credential_helper_are_let_in_with_their_token() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let url = server.create_repository("helped-for-a-time");
    let session = session(server, None);
    let all = session.each_ref().map(|(name, value)| (*name, value.as_str()));
    let git = with_helper(&with_keys(&Git::newest(), &all));
    push_and_clone(&git, &url, "session");
    let [id, secret, _, region] = all;
    let git = with_helper(&with_keys(&Git::newest(), &[id, secret, region]));
    git.run(&format!("ls-remote {url}"))
        .refused_with("Authentication failed");
}

#[test]
fn git_remote_codecommit_is_let_in() {
    if against_reference() {
        return;
    }
    let certificate = Certificate::new();
    let server = certificate.serve(&["--signing-region", "eu-west-1"]);
    client(&server, Some(&certificate), "codecommit")
        .call("CreateRepository", &json!({ "repositoryName": "remote" }))
        .expect("the name is free");
    let session = session(&server, Some(&certificate));
    for host in ["localhost", "127.0.0.1"] {
        let port = server.address().port();
        for (at, git) in Git::every().iter().enumerate() {
            let reach = |git: &Git| {
                git.with_env("CODE_COMMIT_ENDPOINT", format!("{host}:{port}"))
                    .with_env("GIT_SSL_CAINFO", &certificate.file)
            };
            let temporary = session.each_ref().map(|(name, value)| (*name, value.as_str()));
            let temporary = reach(&with_keys(git, &temporary));
            temporary.run("ls-remote codecommit://remote").ok();
            let git = reach(&with_keys(git, &keys(&server, "us-east-1")));
            push_and_clone(&git, "codecommit://remote", &format!("{host}-{at}"));
            push_and_clone(&git, "codecommit::eu-west-1://remote", &format!("{host}-{at}-west"));
            git.run("ls-remote codecommit::ap-south-1://remote").refused();
            git.run("ls-remote codecommit://absent").refused_with("not found");
            let wrong = git.with_env("AWS_SECRET_ACCESS_KEY", "wrong");
            wrong
                .run("ls-remote codecommit://remote")
                .refused_with("Authentication failed");
        }
    }
}
