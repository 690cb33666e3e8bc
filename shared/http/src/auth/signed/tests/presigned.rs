//! Requests that are signed in their query.

use axum::http::{HeaderName, HeaderValue, Request};
use packhouse_forge::hex;
use packhouse_storage::clock;
use sha2::{Digest as _, Sha256};

use super::{INCOMPLETE, LIST, MISMATCH, code, exception, refused};
use crate::auth::sigv4::{self, Claim, Signable, format_time};
use crate::aws_json::testing::{Key, call, server};

/// A request whose query is signed for some seconds.
fn presigned(key: &Key, service: &str, mut request: Request<Vec<u8>>, expires: u64) -> Request<Vec<u8>> {
    let host = HeaderValue::from_static("localhost:8080");
    request.headers_mut().insert("host", host);
    let time = format_time(clock::now_secs());
    let mut names: Vec<&str> = request.headers().keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    let token = key.token.iter().map(|token| format!("&X-Amz-Security-Token={token}"));
    let query = format!(
        "{}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}/{}/us-east-1/{service}/aws4_request&X-Amz-Date={time}\
         &X-Amz-Expires={expires}&X-Amz-SignedHeaders={}{}",
        request.uri().query().unwrap_or_default(),
        key.id,
        &time[..8],
        names.join("%3B"),
        token.collect::<String>(),
    );
    let signed = |signature: &[u8]| format!("{query}&X-Amz-Signature={}", hex::encode(signature));
    let unsigned = signed(&[0; 32]);
    let claim = Claim::parse(request.headers(), &unsigned).unwrap();
    let signable = Signable {
        method: request.method().as_str(),
        path: "/",
        query: &unsigned,
        headers: request.headers(),
        authority: None,
    };
    let hash = hex::encode(&Sha256::digest(request.body()));
    let signature = sigv4::sign(&claim, &signable, &hash, &key.secret).unwrap();
    *request.uri_mut() = format!("/?{}", signed(&signature)).parse().unwrap();
    request
}

#[tokio::test]
async fn what_is_signed_in_the_query_only_reads() {
    let server = server().await;
    for key in [server.key(), server.session().await] {
        let presigned = |target: &str, body: &[u8]| presigned(&key, "codecommit", call(target, body), 600);
        let ask = async |target: &str, body: &[u8]| exception(&server, presigned(target, body)).await;
        assert_eq!(ask(LIST, b"{}").await, None);
        for target in [
            "CodeCommit_20150413.CreateRepository",
            "CodeCommit_20150413.DeleteRepository",
            "CodeCommit_20150413.listRepositories",
            "CodeCommit_20150413.",
            "Packhouse_20260101.RelaxFsck",
            "x",
        ] {
            let got = ask(target, br#"{"repositoryName":"demo"}"#).await;
            refused(got.as_deref(), INCOMPLETE, target);
        }
        let mut longer = presigned(LIST, b"{}");
        let query = longer.uri().to_string().replace("Expires=600", "Expires=6000");
        *longer.uri_mut() = query.parse().unwrap();
        refused(
            exception(&server, longer).await.as_deref(),
            MISMATCH,
            "a longer validity",
        );
        let mut other = presigned(LIST, b"{}");
        *other.body_mut() = b"{ }".to_vec();
        refused(exception(&server, other).await.as_deref(), MISMATCH, "another body");
    }
}

#[tokio::test]
async fn a_presigned_url_tells_who_signed_it_but_hands_out_no_keys() {
    let server = server().await;
    let ask = async |method: &str, query: &str, form: &str| {
        let request = Request::builder().method(method).uri(format!("/?{query}"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(form.as_bytes().to_vec()).unwrap();
        code(&server, presigned(&server.key(), "sts", request, 600)).await
    };
    let version = "Version=2011-06-15";
    assert_eq!(
        ask("GET", &format!("Action=GetCallerIdentity&{version}"), "").await,
        None
    );
    for (method, query, form) in [
        ("GET", "Action=GetSessionToken", ""),
        ("POST", "Action=GetSessionToken", ""),
        ("POST", "", "Action=GetSessionToken"),
        ("GET", "Action=AssumeRole&RoleArn=x&RoleSessionName=y", ""),
        ("GET", "Action=%47etSessionToken", ""),
    ] {
        let got = ask(method, &format!("{query}&{version}"), form).await;
        refused(got.as_deref(), "IncompleteSignature", query);
    }
}
