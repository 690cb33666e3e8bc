//! Secrets stay where they are: none is in a log, in an answer to somebody who failed, or in a list of processes.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use packhouse_harness::{
    Boto3, Git, Server, basic,
    http::{self, Connection},
    python,
    server::against_reference,
};
use serde_json::json;

use super::Certificate;

/// The variables of the administrator, some of them changed.
fn variables(server: &Server, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut all: Vec<_> = server.credentials().variables().map(own).collect();
    for change in changes {
        all.retain(|(name, _)| name != change.0);
        all.push(own(*change));
    }
    all
}

/// User name and password that the stock credential helper makes for a repository.
fn helped(server: &Server, repository: &str) -> (String, String) {
    let mut child = Command::new(python::program("aws"))
        .args(["codecommit", "credential-helper", "get", "--ignore-host-check"])
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables(server, &[]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the pinned AWS CLI runs");
    let question = format!(
        "protocol=http\nhost={}\npath=v1/repos/{repository}\n\n",
        server.address()
    );
    let mut stdin = child.stdin.take().expect("stdin is piped");
    stdin.write_all(question.as_bytes()).expect("the helper reads");
    drop(stdin);
    let output = child.wait_with_output().expect("the helper is our child");
    let text = String::from_utf8(output.stdout).expect("the helper writes UTF-8");
    let value = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name))
            .expect(name)
            .to_owned()
    };
    (value("username="), value("password="))
}

fn get(server: &Server, path: &str, authorization: &str) -> (u16, String) {
    let mut connection = Connection::open(server.address());
    connection
        .send(&http::request("GET", path, &[("Authorization", authorization)], b""))
        .expect("the server reads");
    let answer = connection.response().expect("the server answers");
    (answer.status, format!("{:?} {}", answer.headers, answer.text()))
}

#[test]
fn no_log_no_answer_and_no_process_list_shows_a_secret() {
    if against_reference() {
        return;
    }
    let server = Server::start_with(&["--log", "trace", "--log-format", "json"]);
    server.create_repository("kept");
    let path = "/v1/repos/kept/info/refs?service=git-upload-pack";
    let own = |name| server.credentials().get(name).to_owned();
    let (secret_key, git_password) = (own("AWS_SECRET_ACCESS_KEY"), own("PACKHOUSE_GIT_PASSWORD"));
    let mut secrets = vec![secret_key, git_password];

    // The API: the right key, wrong ones, and tokens.
    for (name, wrong) in [
        ("AWS_SECRET_ACCESS_KEY", "wrong-secret-hunter2"),
        ("AWS_SESSION_TOKEN", "wrong-token-hunter2"),
    ] {
        let client = Boto3::start_with_env(variables(&server, &[(name, wrong)]));
        let refused = client.call("ListRepositories", &json!({})).expect_err("it is wrong");
        assert!(!refused.message.contains(wrong), "{refused:?}");
        secrets.push(wrong.to_owned());
    }
    let sts = Boto3::of("sts", variables(&server, &[]));
    let session = sts.call("GetSessionToken", &json!({})).expect("the administrator may")["Credentials"].take();
    let part = |name: &str| session[name].as_str().expect("a text").to_owned();
    let (id, secret, token) = (part("AccessKeyId"), part("SecretAccessKey"), part("SessionToken"));
    let temporary = [
        ("AWS_ACCESS_KEY_ID", id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", &secret),
        ("AWS_SESSION_TOKEN", &token),
    ];
    let client = Boto3::start_with_env(variables(&server, &temporary));
    client.call("ListRepositories", &json!({})).expect("the session is new");
    secrets.extend([secret, token]);

    // Git: the right password, wrong ones, signatures, and what is no credential at all.
    let user = own("PACKHOUSE_GIT_USERNAME");
    let (key_id, signature) = helped(&server, "kept");
    let forged = signature.replace(&signature[70..], "0123456789");
    for (user, password, status) in [
        (&user, &own("PACKHOUSE_GIT_PASSWORD"), 200),
        (&user, &"wrong-password-hunter2".to_owned(), 401),
        (
            &"wrong-user-hunter2".to_owned(),
            &"wrong-password-hunter3".to_owned(),
            401,
        ),
        (&key_id, &signature, 200),
        (&key_id, &forged, 401),
        (&format!("{key_id}%wrong-token-hunter3"), &signature, 401),
    ] {
        let authorization = basic(user, password);
        let (got, answer) = get(&server, path, &authorization);
        assert_eq!(got, status, "{user}");
        assert!(
            !answer.contains(password.as_str()) && !answer.contains("hunter"),
            "{answer}"
        );
        secrets.extend([password.clone(), authorization["Basic ".len()..].to_owned()]);
    }
    get(&server, path, "Bearer wrong-bearer-hunter2");
    get(&server, &format!("{path}&X-Amz-Signature=wrong-query-hunter2"), "x");
    let git = Git::newest();
    git.log_in(&server);
    let work = git.init("work");
    work.commit("file", "x");
    work.run(&format!("push --quiet {} main", server.url("kept"))).ok();

    let process = fs::read(format!("/proc/{}/cmdline", server.pid())).expect("the server runs");
    let process = String::from_utf8_lossy(&process).into_owned();
    let log = server.stop().log;
    assert!(
        log.contains("\"wrong credentials\""),
        "the log tells what happened: {log}"
    );
    secrets.push("hunter".to_owned());
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} is in the log:\n{log}");
        assert!(!process.contains(&secret), "{process}");
    }
}

#[test]
fn no_log_shows_what_came_by_http_2() {
    if against_reference() {
        return;
    }
    let certificate = Certificate::new();
    let server = certificate.serve(&["--log", "trace"]);
    let git = Git::newest();
    git.log_in(&server);
    let git = git.with_env("GIT_SSL_CAINFO", &certificate.file);
    git.run(&format!("ls-remote {}", server.url("absent")))
        .refused_with("not found");
    let password = server.credentials().get("PACKHOUSE_GIT_PASSWORD").to_owned();
    let header = server.credentials().basic()["Basic ".len()..].to_owned();
    let log = server.stop().log;
    assert!(
        log.contains("TRACE h2::"),
        "it came by HTTP/2, and the log tells all that it can: {log}"
    );
    assert!(!log.contains(&password) && !log.contains(&header), "{log}");
}
