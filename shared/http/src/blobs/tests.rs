use std::time::Duration;

use axum::body::to_bytes;
use bytes::Bytes;
use packhouse_storage::blobs::presigned::Signer;
use tower::ServiceExt as _;

use super::*;
use crate::aws_json::testing::{Server, server};
use crate::router;

const KEY: &str = "incoming/1/2/00001";
const MINUTE: Duration = Duration::from_secs(60);

async fn send(
    server: &Server,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Body,
) -> (u16, HeaderMap, Bytes) {
    let mut request = axum::http::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = server
        .router
        .clone()
        .oneshot(request.body(body).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts.status.as_u16(), parts.headers, body)
}

fn put_path(server: &Server, length: u64) -> String {
    let signer = server.app.blob_urls.as_ref().unwrap();
    signer.sign(KEY, Access::Put { length }, MINUTE).unwrap()
}

fn get_path(server: &Server) -> String {
    server
        .app
        .blob_urls
        .as_ref()
        .unwrap()
        .sign(KEY, Access::Get, MINUTE)
        .unwrap()
}

async fn stored(server: &Server) -> Option<u64> {
    server.app.forge.store().blobs().head(KEY).await.ok()
}

#[tokio::test]
async fn a_blob_is_put_once_and_with_the_length_that_was_signed() {
    let server = server().await;
    let path = put_path(&server, 5);
    let check = async |headers: &[(&str, &str)], body: &'static str, status: u16, then: Option<u64>| {
        let (got, _, text) = send(&server, "PUT", &path, headers, Body::from(body)).await;
        assert_eq!(
            (got, stored(&server).await),
            (status, then),
            "{headers:?} {body}: {text:?}"
        );
    };
    check(&[], "hello", 411, None).await;
    check(&[("content-length", "6")], "hello!", 400, None).await;
    check(&[("content-length", "five")], "hello", 400, None).await;
    check(&[("content-length", "5")], "hell", 400, None).await;
    check(&[("content-length", "5")], "hello!", 400, None).await;
    check(
        &[("content-length", "5"), ("content-encoding", "gzip")],
        "hello",
        400,
        None,
    )
    .await;
    check(&[("content-length", "5")], "hello", 200, Some(5)).await;
    check(&[("content-length", "5")], "other", 412, Some(5)).await;
    let (status, _, body) = send(&server, "GET", &get_path(&server), &[], Body::empty()).await;
    assert_eq!((status, &body[..]), (200, &b"hello"[..]));
}

#[tokio::test]
async fn a_path_does_what_it_was_signed_for_and_nothing_else() {
    let server = server().await;
    let (put, get) = (put_path(&server, 5), get_path(&server));
    let foreign = Signer::new(&[8; 32]).sign(KEY, Access::Get, MINUTE).unwrap();
    let expired = server
        .app
        .blob_urls
        .as_ref()
        .unwrap()
        .sign(KEY, Access::Get, Duration::ZERO)
        .unwrap();
    let table = [
        ("GET", put.clone(), 403),
        ("DELETE", put.clone(), 403),
        ("POST", put.clone(), 403),
        ("PUT", get.clone(), 403),
        ("GET", foreign, 403),
        ("GET", expired, 403),
        ("GET", get.replace("/2/", "/3/"), 403),
        ("GET", get.replace("/2/", "/../"), 403),
        ("GET", get.replace("/2/", "/%32/"), 403),
        ("GET", "/_blobs/".to_owned(), 404),
        ("GET", format!("/_blobs/{KEY}"), 403),
        ("GET", get, 404),
    ];
    for (method, path, status) in table {
        let (got, _, body) = send(&server, method, &path, &[("content-length", "5")], Body::from("hello")).await;
        assert_eq!(got, status, "{method} {path}: {body:?}");
        assert_eq!(stored(&server).await, None, "{method} {path}");
    }
    let app = App {
        blob_urls: None,
        ..server.app.clone()
    };
    let without = Server {
        router: router(app.clone()),
        app,
        secrets: server.secrets.clone(),
        blobs: std::sync::Arc::clone(&server.blobs),
    };
    let (status, _, _) = send(&without, "PUT", &put, &[("content-length", "5")], Body::from("hello")).await;
    assert_eq!(status, 404, "a store with its own URLs serves none here");
}

#[tokio::test]
async fn a_blob_is_read_whole_or_in_part() {
    let server = server().await;
    let bytes: Bytes = (0..3_000_001u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let store = server.app.forge.store();
    store.blobs().put(KEY, bytes.clone(), None).await.unwrap();
    let path = get_path(&server);
    let check = async |range: &str, status: u16, from: usize, to: usize| {
        for method in ["GET", "HEAD"] {
            let (got, headers, body) = send(&server, method, &path, &[("range", range)], Body::empty()).await;
            assert_eq!(got, status, "{method} {range}");
            let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
            if status == 416 {
                assert_eq!(header("content-range").unwrap(), "bytes */3000001");
                continue;
            }
            assert_eq!(header("content-length").unwrap(), (to - from).to_string());
            let told = (status == 206).then(|| format!("bytes {from}-{}/3000001", to - 1));
            assert_eq!(header("content-range"), told);
            assert!(
                body == if method == "HEAD" {
                    bytes.slice(0..0)
                } else {
                    bytes.slice(from..to)
                }
            );
        }
    };
    check("", 200, 0, 3_000_001).await;
    check("bytes=0-0", 206, 0, 1).await;
    check("bytes=1000000-2999999", 206, 1_000_000, 3_000_000).await;
    check("bytes=-1", 206, 3_000_000, 3_000_001).await;
    check("bytes=3000001-", 416, 0, 0).await;
}
