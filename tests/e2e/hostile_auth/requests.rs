//! Requests over bare sockets that no client library would send.

use packhouse_harness::{
    Server, basic,
    http::{Connection, Response},
    server::against_reference,
};

use super::get;

/// All answers to these bytes, until the server closes the connection.
fn answers(server: &Server, bytes: &[u8]) -> Vec<Response> {
    let mut connection = Connection::open(server.address());
    // A server may have refused the head before it has read all of it.
    connection.send(bytes).ok();
    std::iter::from_fn(|| connection.response().ok()).collect()
}

/// A body that hides another request, framed in ways on which two servers in a row could disagree.
#[test]
fn no_request_that_hides_in_another_ones_body_is_answered() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    server.create_repository("smuggled");
    let authorization = server.credentials().basic();
    let hidden = "GET /v1/repos/smuggled/info/refs?service=git-receive-pack HTTP/1.1\r\nHost: x\r\n\
                  Connection: close\r\n\r\n";
    let statuses = |framing: &str, body: &str| {
        let request = format!(
            "POST /v1/repos/smuggled/git-upload-pack HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n\
             Content-Type: application/x-git-upload-pack-request\r\n{framing}\r\n{body}{hidden}"
        );
        let answers = answers(server, request.as_bytes());
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        for answer in &answers {
            assert!(
                !answer.text().contains("# service=git-receive-pack"),
                "{framing:?}: {statuses:?}"
            );
        }
        statuses
    };
    // Behind a body whose end is clear it is a request like any, without credentials.
    let control = statuses("Content-Length: 0\r\n", "");
    let [first, 401] = *control else {
        panic!("the request that is to be hidden is none: {control:?}");
    };
    // Where both are given the chunks count, and nothing behind them is read.
    for framing in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    ] {
        assert_eq!(statuses(framing, "0\r\n\r\n"), [first], "{framing:?}");
    }
    // An empty line ends the head, and what comes next is no request.
    assert_eq!(statuses("\r\nContent-Length: 0\r\n", ""), [first, 400]);
    for (framing, body) in [
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            "0\r\n\r\n",
        ),
        ("Transfer-Encoding: identity\r\nContent-Length: 0\r\n", ""),
        ("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding:\x0bchunked\r\n", "0\r\n\r\n"),
        ("Content-Length: 0\r\nContent-Length: 5\r\n", ""),
        ("Content-Length: 0, 5\r\n", ""),
        ("Content-Length: +0\r\n", ""),
        ("Content-Length: 0x0\r\n", ""),
        ("Content-Length: -1\r\n", ""),
        ("Content-Length: 99999999999999999999999\r\n", ""),
        ("X: y\rContent-Length: 0\r\n", ""),
        ("Content-Length: 0\r\n folded: x\r\n", ""),
    ] {
        assert_eq!(statuses(framing, body), [400], "{framing:?}");
    }
}

#[test]
fn heads_that_are_too_large_are_refused_and_others_go_on() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let path = "/v1/repos/absent/info/refs?service=git-upload-pack";
    for (name, value) in [
        ("Authorization", format!("Basic {}", "QUFB".repeat(12_000))),
        (
            "Authorization",
            format!("AWS4-HMAC-SHA256 {}", "Credential=x,".repeat(4_000)),
        ),
        ("Authorization", basic(&"%".repeat(20_000), "x")),
        ("X-Amz-Security-Token", "A".repeat(60_000)),
        ("X-Forwarded-For", "1.1.1.1,".repeat(7_000)),
        ("Host", "h".repeat(60_000)),
    ] {
        let answer = get(server, path, &[(name, &value)]);
        assert!(matches!(answer.status, 400 | 401 | 431), "{name}: {}", answer.status);
    }
    let endless = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {}",
        "A".repeat(1 << 20)
    );
    for answer in answers(server, endless.as_bytes()) {
        assert!(matches!(answer.status, 400 | 431), "{}", answer.status);
    }
    let many = "X: y\r\n".repeat(10_000);
    for answer in answers(server, format!("GET {path} HTTP/1.1\r\n{many}\r\n").as_bytes()) {
        assert!(matches!(answer.status, 400 | 431), "{}", answer.status);
    }
    let authorization = server.credentials().basic();
    assert_eq!(get(server, path, &[("Authorization", &authorization)]).status, 404);
}

#[test]
fn two_headers_with_credentials_are_no_credentials() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let right = server.credentials().basic();
    let wrong = basic("admin", "wrong");
    let path = "/v1/repos/absent/info/refs?service=git-upload-pack";
    for (first, second) in [(&right, &right), (&right, &wrong), (&wrong, &right)] {
        let headers = [("Authorization", first.as_str()), ("Authorization", second.as_str())];
        assert_eq!(get(server, path, &headers).status, 401);
    }
    for (name, value) in [
        ("Proxy-Authorization", right.as_str()),
        ("X-Forwarded-User", "admin"),
        ("X-Remote-User", "admin"),
        ("Cookie", "session=admin"),
    ] {
        assert_eq!(get(server, path, &[(name, value)]).status, 401, "{name}");
    }
}

#[test]
fn no_path_leads_around_who_one_is() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    server.create_repository("guarded");
    let authorization = server.credentials().basic();
    let service = "?service=git-upload-pack";
    for path in [
        "/v1/repos/guarded/info/refs",
        "/v1/repos/guarded.git/info/refs",
        "/v1/repos//guarded/info/refs",
        "/v1/repos/guarde%64/info/refs",
        "//v1/repos/guarded/info/refs",
        "/v1//repos/guarded/info/refs",
        "/v1/repos/../repos/guarded/info/refs",
        "/v1/repos/x/../guarded/info/refs",
        "/v1/repos/%2e%2e/repos/guarded/info/refs",
        "/v1/repos/guarded%2finfo/refs",
        "/_blobs/../v1/repos/guarded/info/refs",
        "/healthz/../v1/repos/guarded/info/refs",
        "/V1/REPOS/guarded/info/refs",
        "/prod/v1/repos/guarded/info/refs",
        "/v1/repos/guarded/info/refs;x",
        "http://localhost/v1/repos/guarded/info/refs",
    ] {
        let path = format!("{path}{service}");
        let stranger = get(server, &path, &[]);
        assert!(
            matches!(stranger.status, 400 | 401 | 403 | 404),
            "{path}: {}",
            stranger.status
        );
        assert!(!stranger.text().contains("# service"), "{path}");
        let known = get(server, &path, &[("Authorization", authorization.as_str())]);
        assert!(
            matches!(known.status, 200 | 400 | 403 | 404),
            "{path}: {}",
            known.status
        );
    }
    for name in ["Guarded", "guarded2", "guarde", "guarded.git.git", "x%2fguarded"] {
        let path = format!("/v1/repos/{name}/info/refs{service}");
        assert_eq!(
            get(server, &path, &[("Authorization", &authorization)]).status,
            404,
            "{name}"
        );
    }
}
