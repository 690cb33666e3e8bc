//! Who is let in, and what the others are told.

use packhouse_harness::{
    Git, Server, basic,
    http::{self, Connection, Response},
    server::against_reference,
};

use super::{mixed, new_repository};

fn get(path: &str, headers: &[(&str, &str)]) -> Response {
    let mut connection = Connection::open(Server::shared().address());
    connection
        .send(&http::request("GET", path, headers, b""))
        .expect("the server reads");
    connection.response().expect("the server answers")
}

#[test]
fn missing_and_wrong_credentials_are_asked_for() {
    let server = Server::shared();
    let user = server.credentials().get("PACKHOUSE_GIT_USERNAME");
    let password = server.credentials().get("PACKHOUSE_GIT_PASSWORD");
    let wrong = [
        None,
        Some(basic(user, "wrong")),
        Some(basic(user, "")),
        Some(basic("nobody-at-111122223333", password)),
        Some(basic("", "")),
        Some(basic(user, &password[..password.len() - 1])),
        Some("Basic !!!".to_owned()),
        Some("Basic".to_owned()),
        Some(format!("Bearer {password}")),
    ];
    mixed();
    for authorization in wrong {
        let headers: Vec<_> = authorization
            .iter()
            .map(|value| ("Authorization", value.as_str()))
            .collect();
        for path in [
            "/v1/repos/mixed/info/refs?service=git-upload-pack",
            "/v1/repos/absent/info/refs?service=git-receive-pack",
        ] {
            let response = get(path, &headers);
            assert_eq!(response.status, 401, "{authorization:?} {path}: {}", response.text());
            let challenge = response.header("www-authenticate").unwrap_or_default();
            assert!(challenge.starts_with("Basic realm="), "{challenge}");
            assert!(response.header("content-length").is_some() || against_reference());
        }
    }
}

#[test]
fn posts_without_credentials_change_nothing() {
    let url = new_repository(&Git::newest(), "no-credentials");
    for service in ["git-upload-pack", "git-receive-pack"] {
        let mut connection = Connection::open(Server::shared().address());
        let content_type = format!("application/x-{service}-request");
        let path = format!("/v1/repos/no-credentials/{service}");
        let request = http::request("POST", &path, &[("Content-Type", content_type.as_str())], b"0000");
        connection.send(&request).expect("the server reads");
        assert_eq!(connection.response().expect("the server answers").status, 401, "{url}");
    }
}

#[test]
fn git_tells_its_user_when_credentials_are_wrong() {
    for git in Git::every() {
        mixed();
        let url = Server::shared().url("mixed");
        let told = git.run(&format!("ls-remote {url}")).refused();
        assert!(told.contains("could not read Username"), "{told}");
        let wrong = url.replacen("://", "://someone:wrong@", 1);
        let told = git.run(&format!("ls-remote {wrong}")).refused();
        assert!(told.contains("Authentication failed"), "{told}");
    }
}

#[test]
fn credentials_come_in_the_url_or_in_a_header() {
    mixed();
    let server = Server::shared();
    for git in Git::every() {
        git.run(&format!(
            "ls-remote --exit-code {}",
            server.url_with_credentials("mixed")
        ))
        .ok();
        let header = format!("http.extraHeader=Authorization: {}", server.credentials().basic());
        git.run_args(["-c", &header, "ls-remote", "--exit-code", &server.url("mixed")])
            .ok();
    }
}

#[test]
fn who_may_know_learns_that_a_repository_does_not_exist() {
    let git = Git::newest();
    git.log_in(Server::shared());
    let told = git
        .run(&format!("ls-remote {}", Server::shared().url("absent")))
        .refused();
    assert!(told.contains("not found"), "{told}");
}

#[test]
fn names_that_are_no_names_are_not_found() {
    let authorization = Server::shared().credentials().basic();
    let names = [
        "..",
        "../mixed",
        "mixed/../mixed",
        "%2e%2e",
        "%2e%2e%2fmixed",
        "..%2f..%2fetc%2fpasswd",
        "mixed%00",
        "a%20b",
        "%ff",
        "a/b",
        "",
        ".git",
        "mixed.git.git",
        &"n".repeat(101),
        "-%0d%0aX: y",
    ];
    for name in names {
        let response = get(
            &format!("/v1/repos/{name}/info/refs?service=git-upload-pack"),
            &[("Authorization", authorization.as_str())],
        );
        assert!(
            matches!(response.status, 400 | 404) || against_reference(),
            "{name}: {} {}",
            response.status,
            response.text()
        );
        assert!(!response.text().contains("root:"), "{name}");
    }
}

#[test]
fn the_dumb_protocol_is_answered_with_what_to_use() {
    if against_reference() {
        return;
    }
    mixed();
    let authorization = Server::shared().credentials().basic();
    for path in [
        "/v1/repos/mixed/info/refs",
        "/v1/repos/mixed/HEAD",
        "/v1/repos/mixed/objects/info/packs",
    ] {
        let response = get(path, &[("Authorization", authorization.as_str())]);
        assert!(
            response.text().contains("smart"),
            "{path}: {} {}",
            response.status,
            response.text()
        );
    }
    let git = Git::newest();
    git.log_in(Server::shared());
    let told = git
        .with_env("GIT_SMART_HTTP", "0")
        .run(&format!("ls-remote {}", mixed().url()))
        .refused();
    assert!(told.contains("smart"), "git prints what the server answers: {told}");
}

#[test]
fn services_that_do_not_exist_are_refused() {
    mixed();
    let authorization = Server::shared().credentials().basic();
    for query in [
        "?service=git-upload-archive",
        "?service=",
        "?service=../x",
        "?service=git-upload-pack%00",
    ] {
        let response = get(
            &format!("/v1/repos/mixed/info/refs{query}"),
            &[("Authorization", authorization.as_str())],
        );
        assert!(
            (400..500).contains(&response.status) || against_reference(),
            "{query}: {}",
            response.status
        );
    }
}
