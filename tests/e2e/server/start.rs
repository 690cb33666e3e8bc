//! `packhouse serve`.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use packhouse_harness::{
    Boto3, Git, Server, bare_twin, binary,
    http::{self, Connection, Response},
};

fn get(server: &Server, path: &str) -> Response {
    let mut connection = Connection::open(server.address());
    connection
        .send(&http::request("GET", path, &[], b""))
        .expect("the server reads");
    connection.response().expect("the server answers")
}

#[test]
fn the_first_start_prints_what_to_type_next() {
    let server = Server::start();
    server.create_repository("known");
    let log = server.log();
    for hint in [
        "listening on http://127.0.0.1:",
        "git clone",
        "git push",
        "create-repository",
        " env --data ",
    ] {
        assert!(log.contains(hint), "{hint}: {log}");
    }
}

#[test]
fn a_server_that_is_up_says_so() {
    let server = Server::shared();
    for path in ["/healthz", "/readyz"] {
        assert_eq!(get(server, path).status, 200, "{path}");
    }
}

#[test]
fn each_answer_carries_its_request_id_which_the_log_knows() {
    let server = Server::start_with(&["--log-format", "json"]);
    let answer = get(&server, "/v1/repos/absent/info/refs?service=git-upload-pack");
    let id = answer.headers.iter().find(|(name, _)| name.contains("request"));
    let id = id.map(|(_, id)| id.clone()).expect("a header with the request id");
    let stopped = server.stop();
    let line = stopped
        .log
        .lines()
        .find(|line| line.contains(&id))
        .expect("the log names the request");
    serde_json::from_str::<serde_json::Value>(line).expect("each line of the log is JSON");
}

#[test]
fn secrets_and_data_are_for_their_owner_only() {
    let server = Server::start();
    let mode = |path: &Path| {
        path.metadata()
            .expect("the data folder is readable")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(&server.data()), 0o700);
    let secrets: Vec<_> = std::fs::read_dir(server.data().join("secrets"))
        .expect("the secrets")
        .flatten()
        .collect();
    assert!(!secrets.is_empty());
    for secret in secrets {
        assert_eq!(mode(&secret.path()), 0o600, "{}", secret.path().display());
    }
    assert!(
        !server.log().contains(server.credentials().get("AWS_SECRET_ACCESS_KEY")),
        "the log tells no secret"
    );
}

#[test]
fn data_and_credentials_outlive_a_restart() {
    let git = Git::newest();
    let server = Server::start();
    git.log_in(&server);
    let url = server.create_repository("kept");
    let work = git.init("work");
    work.commit("file", "x");
    work.run(&format!("push --quiet {url} main")).ok();
    let password = server.credentials().get("PACKHOUSE_GIT_PASSWORD").to_owned();
    let server = server.stop().start();
    assert_eq!(server.credentials().get("PACKHOUSE_GIT_PASSWORD"), password);
    git.log_in(&server);
    git.run(&format!("clone --quiet --mirror {} copy", server.url("kept")))
        .ok();
    bare_twin::contents(&git.in_dir("copy"));
    assert_eq!(git.in_dir("copy").rev("main"), work.rev("main"));
}

#[test]
fn account_and_region_are_what_was_asked_for() {
    let server = Server::start_with(&["--account-id", "444455556666", "--region", "eu-west-1"]);
    let created = server
        .boto3()
        .call("CreateRepository", &serde_json::json!({ "repositoryName": "where" }));
    let arn = created.expect("the name is free")["repositoryMetadata"]["Arn"].clone();
    assert_eq!(arn, "arn:aws:codecommit:eu-west-1:444455556666:where");
    assert_eq!(server.credentials().get("AWS_DEFAULT_REGION"), "eu-west-1");
}

#[test]
fn help_teaches() {
    let packhouse = |arguments: &[&str]| {
        let output = Command::new(binary::packhouse())
            .args(arguments)
            .env_clear()
            .output()
            .expect("packhouse runs");
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).expect("help is UTF-8")
    };
    let help = packhouse(&["serve", "--help"]);
    for flag in [
        "--listen",
        "--data",
        "--account-id",
        "--region",
        "--log-format",
        "--tls-cert",
        "--tls-key",
    ] {
        assert!(help.contains(flag), "{flag}: {help}");
    }
    assert!(packhouse(&["--help"]).contains("serve"));
    assert!(packhouse(&["--version"]).starts_with("packhouse "));
}

#[test]
fn wrong_flags_are_explained() {
    let rows = [
        vec!["serve", "--listen", "nowhere"],
        vec!["serve", "--account-id", "12"],
        vec!["serve", "--log-format", "xml"],
        vec!["serve", "--frobnicate"],
        vec!["env", "--data", "/nonexistent/packhouse"],
    ];
    for arguments in rows {
        let output = Command::new(binary::packhouse())
            .args(&arguments)
            .env_clear()
            .output()
            .expect("packhouse runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && !told.is_empty(), "{arguments:?}: {told}");
        assert!(!told.contains("panicked"), "{arguments:?}: {told}");
    }
}

#[test]
fn an_administrator_who_lost_everything_is_made_anew() {
    let server = Server::start_embedded(&[]);
    let iam = |server: &Server| {
        let variables = server.credentials().variables();
        Boto3::of(
            "iam",
            variables
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    };
    let everything = "arn:aws:iam::aws:policy/AdministratorAccess";
    let taken = serde_json::json!({ "UserName": "admin", "PolicyArn": everything });
    let api = iam(&server);
    api.call("DetachUserPolicy", &taken).expect("an administrator may");
    let denied = api
        .call("ListUsers", &serde_json::json!({}))
        .expect_err("nobody is left");
    assert_eq!(denied.code, "AccessDenied");
    let busy = replace_administrator(&server.data());
    assert!(!busy.status.success(), "a server works in the folder");
    let stopped = server.stop();
    let replaced = replace_administrator(&stopped.data());
    assert!(
        replaced.status.success(),
        "{}",
        String::from_utf8_lossy(&replaced.stderr)
    );
    let server = stopped.start();
    let users = iam(&server)
        .call("ListUsers", &serde_json::json!({}))
        .expect("the new one may");
    assert_eq!(users["Users"].as_array().map(Vec::len), Some(1));
}

fn replace_administrator(data: &Path) -> Output {
    Command::new(binary::packhouse())
        .args(["admin", "replace-administrator", "--data"])
        .arg(data)
        .env_clear()
        .output()
        .expect("packhouse runs")
}
