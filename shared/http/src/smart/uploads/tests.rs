use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use packhouse_git::hash::{ObjectFormat, ObjectId, finish, hasher, object_id};
use packhouse_git::object::Kind;
use packhouse_git::pack::entry::{self, Content, pack_header};
use packhouse_git::zlib::deflate;
use packhouse_storage::incoming;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::aws_json::testing::{Server, server};

const PUSH: &str = "application/x-git-receive-pack-request";

struct Got {
    status: u16,
    body: Bytes,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

async fn with_repositories() -> Server {
    let server = server().await;
    for name in ["demo", "other"] {
        let made = server
            .call("CreateRepository", &json!({ "repositoryName": name }).to_string())
            .await;
        assert_eq!(made.status, 200);
    }
    server
}

async fn send(server: &Server, method: &str, path: &str, kind: &str, body: impl Into<Body>) -> Got {
    let (user, password) = (&server.secrets.git_username, &server.secrets.git_password);
    let authorization = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    let request = Request::builder().method(method).uri(path);
    let request = request
        .header("content-type", kind)
        .header("authorization", authorization);
    let response = server
        .router
        .clone()
        .oneshot(request.body(body.into()).unwrap())
        .await
        .unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Got { status, body }
}

async fn post(server: &Server, path: &str, body: &Value) -> Got {
    send(server, "POST", path, "application/json", body.to_string()).await
}

async fn put(server: &Server, part: &Value, bytes: Bytes) -> u16 {
    let request = Request::put(part["url"].as_str().unwrap()).header("content-length", bytes.len());
    let response = server
        .router
        .clone()
        .oneshot(request.body(Body::from(bytes)).unwrap())
        .await;
    response.unwrap().status().as_u16()
}

/// Begins an upload to `demo` and answers its path.
async fn begin(server: &Server, bytes: usize) -> String {
    let begun = post(server, "/v1/repos/demo/uploads", &json!({ "bytes": bytes }))
        .await
        .json();
    format!("/v1/repos/demo/uploads/{}", begun["upload"].as_str().unwrap())
}

/// Begins an upload to `demo` and puts all of `pack` there.
async fn upload(server: &Server, pack: &Bytes) -> String {
    let path = begin(server, pack.len()).await;
    let asked = post(
        server,
        &format!("{path}/parts"),
        &json!({ "bytes": pack.len(), "parts": [1] }),
    )
    .await;
    assert_eq!(put(server, &asked.json()["parts"][0], pack.clone()).await, 200);
    path
}

async fn finish_upload(server: &Server, path: &str, bytes: usize, commands: Vec<u8>) -> Got {
    send(
        server,
        "POST",
        &format!("{path}/git-receive-pack?bytes={bytes}"),
        PUSH,
        commands,
    )
    .await
}

fn commit(message: &str) -> (ObjectId, Bytes) {
    let format = ObjectFormat::Sha1;
    let tree = object_id(format, Kind::Tree, b"").unwrap();
    let who = "C <c@example.com> 0 +0000";
    let text = format!("tree {tree}\nauthor {who}\ncommitter {who}\n\n{message}\n");
    let mut pack = pack_header(2).to_vec();
    for (kind, data) in [(Kind::Commit, text.as_bytes()), (Kind::Tree, b"")] {
        entry::write(Content::Full(kind), data.len() as u64, &mut pack);
        pack.extend(deflate(data));
    }
    let mut hash = hasher(format);
    hash.update(&pack);
    pack.extend(finish(hash).unwrap().as_slice());
    (object_id(format, Kind::Commit, text.as_bytes()).unwrap(), pack.into())
}

fn create_main(id: &ObjectId) -> Vec<u8> {
    let line = format!(
        "{} {id} refs/heads/main\0report-status side-band-64k agent=t",
        "0".repeat(40)
    );
    format!("{:04x}{line}0000", line.len() + 4).into_bytes()
}

#[tokio::test]
async fn a_pack_is_uploaded_in_parts_and_pushed() {
    let server = with_repositories().await;
    let (id, pack) = commit("one");
    let begun = post(&server, "/v1/repos/demo/uploads", &json!({ "bytes": pack.len() })).await;
    let begun = begun.json();
    assert_eq!((&begun["partBytes"], &begun["parts"]), (&json!(16 << 20), &json!(1)));
    let path = format!("/v1/repos/demo/uploads/{}", begun["upload"].as_str().unwrap());

    let ask = json!({ "bytes": pack.len(), "parts": [1] });
    let parts = post(&server, &format!("{path}/parts"), &ask).await.json();
    let part = &parts["parts"][0];
    assert_eq!(
        (&part["part"], &part["bytes"], &part["stored"]),
        (&json!(1), &json!(pack.len()), &json!(false))
    );
    assert_eq!(put(&server, part, pack.clone()).await, 200);
    assert_eq!(put(&server, part, pack.clone()).await, 412);
    let parts = post(&server, &format!("{path}/parts"), &ask).await.json();
    assert_eq!(
        parts["parts"][0],
        json!({ "part": 1, "bytes": pack.len(), "stored": true })
    );

    for _ in 0..2 {
        let pushed = finish_upload(&server, &path, pack.len(), create_main(&id)).await;
        assert_eq!(pushed.status, 200);
        assert!(pushed.text().contains("unpack ok"), "{}", pushed.text());
        assert!(pushed.text().contains("ok refs/heads/main"), "{}", pushed.text());
    }
    let refs = send(
        &server,
        "GET",
        "/v1/repos/demo/info/refs?service=git-receive-pack",
        "",
        Body::empty(),
    )
    .await;
    assert!(refs.text().contains(&format!("{id} refs/heads/main")));
    assert_eq!(swept(&server).await, 0, "no part is left");
}

/// How many parts a sweep finds, whatever their age.
async fn swept(server: &Server) -> usize {
    let swept = incoming::sweep(server.app.forge.store(), Duration::ZERO, None, Duration::MAX);
    swept.await.unwrap().removed
}

#[tokio::test]
async fn what_is_missing_or_too_much_is_told_and_changes_nothing() {
    let server = with_repositories().await;
    let (id, pack) = commit("one");
    let path = upload(&server, &pack).await;
    let check = async |path: &str, bytes: usize, commands: Vec<u8>, told: &str| {
        let got = finish_upload(&server, path, bytes, commands).await;
        assert_eq!(got.status, 200);
        assert!(got.text().contains(told), "{}", got.text());
        assert!(!got.text().contains("\nok "), "{}", got.text());
    };
    check(&path, pack.len() + 1, create_main(&id), "part 1 of the upload has").await;
    check(&path, 17 << 20, create_main(&id), "part 1 of the upload has").await;
    let elsewhere = path.replace("/demo/", "/other/");
    check(&elsewhere, pack.len(), create_main(&id), "the upload is not complete").await;
    let empty = begin(&server, pack.len()).await;
    check(&empty, pack.len(), create_main(&id), "the upload is not complete").await;
    let mut more = create_main(&id);
    more.extend_from_slice(&pack);
    check(&path, pack.len(), more, "something follows the commands").await;
    check(&path, pack.len(), b"0009done\n0000".to_vec(), "").await;
    check(&path, pack.len(), b"what?".to_vec(), "").await;
    check(&path, pack.len(), Vec::new(), "").await;
    let refs = send(
        &server,
        "GET",
        "/v1/repos/demo/info/refs?service=git-receive-pack",
        "",
        Body::empty(),
    )
    .await;
    assert!(!refs.text().contains("refs/heads/main"));
    assert_eq!(swept(&server).await, 1, "the part is still there");
}

const JSON: &str = "application/json";

/// Sends each body to its path, and sees it refused with a status and a reason.
async fn check_refused(server: &Server, rows: &[(String, &str, &str, u16)]) {
    for (path, kind, body, status) in rows {
        let got = send(server, "POST", path, kind, (*body).to_owned()).await;
        let told = got.json()["message"].as_str().unwrap_or_default().to_owned();
        assert_eq!(got.status, *status, "{path} {kind} {body:.60}: {}", got.text());
        let is_told = !told.is_empty() || got.text() == "repository not found\n";
        assert!(is_told, "{path} {body:.60}: {}", got.text());
    }
}

#[tokio::test]
async fn beginnings_that_make_no_sense_are_refused_with_a_reason() {
    let server = with_repositories().await;
    let demo = "/v1/repos/demo/uploads";
    let rows = [
        (demo, JSON, "", 400),
        (demo, JSON, "{}", 400),
        (demo, JSON, "[1", 400),
        (demo, JSON, r#"{"bytes":0}"#, 400),
        (demo, JSON, r#"{"bytes":-1}"#, 400),
        (demo, JSON, r#"{"bytes":1.5}"#, 400),
        (demo, JSON, r#"{"bytes":"1"}"#, 400),
        (demo, JSON, r#"{"bytes":1e30}"#, 400),
        (demo, JSON, r#"{"bytes":18446744073709551615}"#, 413),
        (demo, JSON, r#"{"bytes":17179869185}"#, 413),
        (demo, "text/plain", r#"{"bytes":1}"#, 415),
        ("/v1/repos/absent/uploads", JSON, r#"{"bytes":1}"#, 404),
        ("/v1/repos/%2e%2e/uploads", JSON, r#"{"bytes":1}"#, 404),
    ];
    check_refused(
        &server,
        &rows.map(|(path, kind, body, status)| (path.to_owned(), kind, body, status)),
    )
    .await;
    for method in ["GET", "PUT", "DELETE"] {
        assert_eq!(send(&server, method, demo, JSON, "").await.status, 405, "{method}");
    }
}

#[tokio::test]
async fn parts_that_make_no_sense_are_refused_with_a_reason() {
    let server = with_repositories().await;
    let path = begin(&server, 100).await;
    let many = json!({ "bytes": 1u64 << 33, "parts": vec![1; 101] }).to_string();
    let long = format!("{{\"bytes\":1,\"parts\":[{}1]}}", "1,".repeat(40_000));
    let bodies = [
        (r#"{"bytes":100}"#, 400),
        (r#"{"bytes":100,"parts":[0]}"#, 400),
        (r#"{"bytes":100,"parts":[2]}"#, 400),
        (r#"{"bytes":100,"parts":[4294967295]}"#, 400),
        (r#"{"bytes":100,"parts":[4294967296]}"#, 400),
        (r#"{"bytes":100,"parts":["1"]}"#, 400),
        (&many, 400),
        (&long, 413),
    ];
    let rows = bodies.map(|(body, status)| (format!("{path}/parts"), JSON, body, status));
    check_refused(&server, &rows).await;
    let lower = path.to_lowercase();
    let paths = [
        ("/v1/repos/demo/uploads/01ARZ3NDEKTSV4RRFFQ69G5FAV", 400),
        ("/v1/repos/demo/uploads/7ZZZZZZZZZZZZZZZZZZZZZZZZZ", 400),
        ("/v1/repos/demo/uploads/..", 400),
        ("/v1/repos/demo/uploads/%2e%2e%2f%2e%2e", 404),
        (&lower, 400),
    ];
    let asked = r#"{"bytes":100,"parts":[1]}"#;
    check_refused(
        &server,
        &paths.map(|(path, status)| (format!("{path}/parts"), JSON, asked, status)),
    )
    .await;
}

#[tokio::test]
async fn ends_that_make_no_sense_are_refused_with_a_reason() {
    let server = with_repositories().await;
    let path = begin(&server, 100).await;
    let queries = [
        ("", PUSH, 400),
        ("?bytes=", PUSH, 400),
        ("?bytes=-1", PUSH, 400),
        ("?bytes=0", PUSH, 400),
        ("?bytes=99999999999999999999", PUSH, 400),
        ("?bytes=18446744073709551615", PUSH, 413),
        ("?bytes=100", JSON, 415),
    ];
    let rows = queries.map(|(query, kind, status)| (format!("{path}/git-receive-pack{query}"), kind, "0000", status));
    check_refused(&server, &rows).await;
    let old = "/v1/repos/demo/uploads/01ARZ3NDEKTSV4RRFFQ69G5FAV/git-receive-pack?bytes=100";
    check_refused(&server, &[(old.to_owned(), PUSH, "0000", 400)]).await;
}

#[tokio::test]
async fn uploads_ask_for_credentials() {
    let server = with_repositories().await;
    for path in [
        "uploads",
        "uploads/01ARZ3NDEKTSV4RRFFQ69G5FAV/parts",
        "uploads/01ARZ3NDEKTSV4RRFFQ69G5FAV/git-receive-pack",
    ] {
        let request = Request::post(format!("/v1/repos/demo/{path}"))
            .body(Body::empty())
            .unwrap();
        let response = server.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 401, "{path}");
        assert!(response.headers().contains_key("www-authenticate"), "{path}");
    }
}
