//! Brute force.

use packhouse_harness::{Boto3, Git, Server, basic, server::against_reference};
use serde_json::json;

use super::get;

/// From one address, by way of a proxy that says so.
fn from<'a>(address: &'a str, authorization: &'a str) -> [(&'a str, &'a str); 2] {
    [("X-Forwarded-For", address), ("Authorization", authorization)]
}

#[test]
fn guessing_is_slowed_down_where_it_comes_from_and_the_owner_elsewhere_is_not() {
    if against_reference() {
        return;
    }
    let server = Server::start_with(&["--trusted-proxies", "1"]);
    let (attacker, owner) = ("203.0.113.9", "198.51.100.1");
    let user = server.credentials().get("PACKHOUSE_GIT_USERNAME");
    let (right, wrong) = (server.credentials().basic(), basic(user, "wrong"));
    let path = "/v1/repos/absent/info/refs?service=git-upload-pack";
    let statuses: Vec<u16> = (0..8)
        .map(|_| get(&server, path, &from(attacker, &wrong)).status)
        .collect();
    assert_eq!(statuses[..5], [401; 5]);
    assert_eq!(statuses[5..], [429; 3]);
    let held_up = get(&server, path, &from(attacker, &right));
    assert_eq!(held_up.status, 429, "the right password is not looked at either");
    assert!(
        held_up
            .header("retry-after")
            .is_some_and(|seconds| seconds.parse::<u32>().is_ok_and(|s| s > 0))
    );
    assert_eq!(get(&server, path, &from(owner, &right)).status, 404, "the owner");
    // What a client writes itself comes before what the proxy adds.
    let disguised = format!("{owner}, {attacker}");
    assert_eq!(get(&server, path, &from(&disguised, &right)).status, 429);
    let stranger = basic("nobody-at-000000000000", "wrong");
    let statuses: Vec<u16> = (0..8)
        .map(|_| get(&server, path, &from(attacker, &stranger)).status)
        .collect();
    assert_eq!(
        statuses[..5],
        [401; 5],
        "a user who does not exist is answered like one who does"
    );
    assert_eq!(statuses[5..], [429; 3]);
}

#[test]
fn git_tells_its_user_that_too_many_wrong_credentials_came() {
    if against_reference() {
        return;
    }
    let server = Server::start_with(&["--trusted-proxies", "1"]);
    let git = Git::newest();
    let header = "http.extraHeader=X-Forwarded-For: 203.0.113.9";
    let wrong = server.url("absent").replacen("://", "://someone:wrong@", 1);
    let ask = |url: &str| git.run_args(["-c", header, "ls-remote", url]);
    for _ in 0..5 {
        ask(&wrong).refused_with("Authentication failed");
    }
    ask(&wrong).refused_with("429");
}

#[test]
fn who_works_on_the_servers_machine_is_not_held_up() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let mut variables: Vec<(String, String)> = Vec::new();
    for (name, value) in server.credentials().variables() {
        variables.push((name.to_owned(), value.to_owned()));
    }
    variables.retain(|(name, _)| name != "AWS_SECRET_ACCESS_KEY");
    variables.push(("AWS_SECRET_ACCESS_KEY".to_owned(), "wrong".to_owned()));
    let client = Boto3::start_with_env(variables);
    for _ in 0..20 {
        let refused = client
            .call("ListRepositories", &json!({}))
            .expect_err("the secret is wrong");
        assert_eq!(refused.code, "InvalidSignatureException", "this machine is not held up");
    }
    let right = server.boto3().call("ListRepositories", &json!({}));
    assert!(right.is_ok(), "{right:?}");
}
