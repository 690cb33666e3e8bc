//! Presigned URLs, used by a client without credentials.

use std::time::Duration;

use bytes::Bytes;
use packhouse_harness::http::{Connection, Response};
use packhouse_storage::blobs::{Blobs as _, PresignedPut};

use crate::setting::Setting;

const VALID: Duration = Duration::from_secs(60);

/// Sends one request to a URL.
fn send(method: &str, url: &str, headers: &[(String, String)], body: &[u8]) -> Response {
    let (host, path) = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .expect("an emulator's URL");
    let mut bytes = format!(
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        bytes.push_str(&format!("{name}: {value}\r\n"));
    }
    bytes.push_str("\r\n");
    let mut connection = Connection::open(host.parse().expect("an address and a port"));
    connection.send(bytes.as_bytes()).expect("the server reads");
    connection.send(body).expect("the server reads");
    connection.response().expect("the server answers")
}

fn put(presigned: &PresignedPut, body: &[u8]) -> u16 {
    send("PUT", &presigned.url, &presigned.headers, body).status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_presigned_get_reads_one_blob() {
    let setting = Setting::fresh();
    setting
        .blobs
        .put(&setting.key("a/b"), Bytes::from_static(b"content"), None)
        .await
        .expect("the name is free");
    setting
        .blobs
        .put(&setting.key("a/c"), Bytes::from_static(b"secret"), None)
        .await
        .expect("the name is free");
    let url = setting
        .blobs
        .presign_get(&setting.key("a/b"), VALID)
        .await
        .expect("it can be signed");
    let answer = send("GET", &url, &[], b"");
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"content"[..]));
    assert_eq!(send("GET", &url.replace("a/b", "a/c"), &[], b"").status, 403);
    assert_eq!(send("PUT", &url, &[], b"other").status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_presigned_put_creates_one_blob_of_one_length_once() {
    let setting = Setting::fresh();
    let presigned = setting
        .blobs
        .presign_put(&setting.key("a/b"), 7, VALID, None)
        .await
        .expect("it can be signed");
    assert_eq!(presigned.headers, [("if-none-match".to_owned(), "*".to_owned())]);
    for wrong in [&b""[..], b"conten", b"content!"] {
        assert_eq!(put(&presigned, wrong), 403, "{} bytes", wrong.len());
    }
    let unconditional = send("PUT", &presigned.url, &[], b"content");
    assert_eq!(
        unconditional.status,
        403,
        "without its header: {}",
        unconditional.text()
    );
    assert_eq!(put(&presigned, b"content"), 200);
    assert_eq!(put(&presigned, b"changed"), 412, "it is there");
    let whole = setting
        .blobs
        .get_range(&setting.key("a/b"), 0..7)
        .await
        .expect("it was put");
    assert_eq!(whole, "content");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_blob_can_be_put() {
    let setting = Setting::fresh();
    let presigned = setting
        .blobs
        .presign_put(&setting.key("a/b"), 0, VALID, None)
        .await
        .expect("it can be signed");
    assert_eq!(put(&presigned, b"too much"), 403);
    assert_eq!(put(&presigned, b""), 200);
    assert_eq!(setting.blobs.head(&setting.key("a/b")).await.expect("it was put"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_presigned_put_covers_the_encryption_key() {
    let setting = Setting::fresh();
    let presigned = setting
        .blobs
        .presign_put(&setting.key("a/b"), 7, VALID, Some("alias/packhouse"))
        .await
        .expect("it can be signed");
    let mut names: Vec<_> = presigned.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let encryption = "x-amz-server-side-encryption";
    let (by, bucket_key) = (
        format!("{encryption}-aws-kms-key-id"),
        format!("{encryption}-bucket-key-enabled"),
    );
    assert_eq!(names, ["if-none-match", encryption, &by, &bucket_key]);
    let mut other = presigned.clone();
    for (name, value) in &mut other.headers {
        if *name == by {
            "alias/other".clone_into(value);
        }
    }
    assert_eq!(put(&other, b"content"), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_holds_for_a_week_at_most() {
    let setting = Setting::fresh();
    let week = "X-Amz-Expires=604800";
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    let get = setting
        .blobs
        .presign_get(&setting.key("a"), year)
        .await
        .expect("it can be signed");
    let put = setting
        .blobs
        .presign_put(&setting.key("a"), 1, year, None)
        .await
        .expect("it can be signed")
        .url;
    assert!(get.contains(week) && put.contains(week), "{get} {put}");
}
