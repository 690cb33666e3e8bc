//! Requests that are signed wrongly, by the wrong ones, or for something else.

mod presigned;

use std::net::IpAddr;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderName, HeaderValue, Request};
use packhouse_storage::clock;
use serde_json::json;
use tower::ServiceExt as _;

use crate::auth::sigv4::{Scope, format_time};
use crate::auth::source::Peer;
use crate::aws_json::testing::{Got, Key, SCOPE, Server, call, server, server_in};

const LIST: &str = "CodeCommit_20150413.ListRepositories";

const MISMATCH: &str = "InvalidSignatureException";
const INCOMPLETE: &str = "IncompleteSignatureException";
const UNKNOWN: &str = "UnrecognizedClientException";
const MISSING: &str = "MissingAuthenticationTokenException";

/// A signed call that is let in as it is.
fn good(key: &Key) -> Request<Vec<u8>> {
    good_at(key, clock::now_secs())
}

fn good_at(key: &Key, seconds: u64) -> Request<Vec<u8>> {
    let mut request = call(LIST, b"{}");
    key.sign(&mut request, SCOPE, seconds);
    request
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap()
}

fn authorization(request: &Request<Vec<u8>>) -> String {
    request.headers()["authorization"].to_str().unwrap().to_owned()
}

async fn exception(server: &Server, request: Request<Vec<u8>>) -> Option<String> {
    server.answer(request).await.exception
}

#[track_caller]
fn refused(got: Option<&str>, expect: &str, what: &str) {
    assert_eq!(got, Some(expect), "{what}");
}

#[tokio::test]
async fn forged_and_cut_signatures_are_refused() {
    let server = server().await;
    let now = clock::now_secs();
    let request = good_at(&server.key(), now);
    let good_one = authorization(&request);
    assert_eq!(exception(&server, request).await, None);
    let (start, signature) = good_one.split_once("Signature=").unwrap();
    let swapped: String = signature
        .chars()
        .map(|digit| if digit == '0' { '1' } else { '0' })
        .collect();
    let day = format_time(now)[..8].to_owned();
    let rows = [
        (format!("{start}Signature={swapped}"), MISMATCH),
        (format!("{start}Signature={}", "0".repeat(64)), MISMATCH),
        (format!("{start}Signature={}", &signature[..62]), INCOMPLETE),
        (format!("{start}Signature={}", &signature[..1]), INCOMPLETE),
        (format!("{start}Signature={signature}00"), INCOMPLETE),
        (format!("{start}Signature="), INCOMPLETE),
        (start.trim_end_matches(", ").to_owned(), INCOMPLETE),
        (format!("{good_one}, Signature={signature}"), INCOMPLETE),
        (format!("{good_one}, Credential=x"), INCOMPLETE),
        (good_one.replace("host;", ""), INCOMPLETE),
        (good_one.replace("x-amz-date;", ""), INCOMPLETE),
        (good_one.replace(";x-amz-target", ""), INCOMPLETE),
        (good_one.replace("host;", "accept;host;"), MISMATCH),
        (good_one.replace(&server.secrets.access_key_id, ""), UNKNOWN),
        (
            good_one.replace(&server.secrets.access_key_id, "AKIAAAAAAAAAAAAAAAAA"),
            UNKNOWN,
        ),
        (
            good_one.replace(&server.secrets.access_key_id, &server.secrets.git_username),
            UNKNOWN,
        ),
        (good_one.replace(&day, "20200101"), MISMATCH),
        (good_one.replace("us-east-1", "us-east-2"), MISMATCH),
        (good_one.replace("us-east-1", ""), MISMATCH),
        (good_one.replace("codecommit", "iam"), MISMATCH),
        (good_one.replace("codecommit", "s3"), MISMATCH),
        (good_one.replace("aws4_request", "aws5_request"), INCOMPLETE),
        (good_one.replace("HMAC-SHA256", "HMAC-SHA1"), MISSING),
        (good_one.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), MISSING),
        ("AWS4-HMAC-SHA256".to_owned(), INCOMPLETE),
        (format!("AWS4-HMAC-SHA256 {}", ",=;/".repeat(2000)), INCOMPLETE),
        (format!("{} {}", good_one, "x".repeat(20_000)), INCOMPLETE),
        (String::new(), MISSING),
        ("Basic YWRtaW46".to_owned(), MISSING),
    ];
    for (changed, expect) in rows {
        let mut request = good_at(&server.key(), now);
        request.headers_mut().insert("authorization", value(&changed));
        refused(exception(&server, request).await.as_deref(), expect, &changed);
    }
}

#[tokio::test]
async fn what_was_signed_cannot_be_changed() {
    let server = server().await;
    let check = async |what: &str, expect: &str, change: &dyn Fn(&mut Request<Vec<u8>>)| {
        let mut request = good(&server.key());
        change(&mut request);
        refused(exception(&server, request).await.as_deref(), expect, what);
    };
    let set = |name: &'static str, text: &'static str| {
        move |request: &mut Request<Vec<u8>>| {
            request.headers_mut().insert(name, HeaderValue::from_static(text));
        }
    };
    check("body", MISMATCH, &|request| *request.body_mut() = b"{ }".to_vec()).await;
    check("no body", MISMATCH, &|request| request.body_mut().clear()).await;
    check("query", MISMATCH, &|request| {
        *request.uri_mut() = "/?a=b".parse().unwrap();
    })
    .await;
    check("host", MISMATCH, &set("host", "elsewhere")).await;
    check(
        "operation",
        MISMATCH,
        &set("x-amz-target", "CodeCommit_20150413.DeleteRepository"),
    )
    .await;
    check("date", MISMATCH, &|request| {
        let other = format_time(clock::now_secs() - 100);
        request.headers_mut().insert("x-amz-date", value(&other));
    })
    .await;
    check("hash", MISMATCH, &set("x-amz-content-sha256", "UNSIGNED-PAYLOAD")).await;
    check(
        "hash",
        MISMATCH,
        &set("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
    )
    .await;
    check("token", INCOMPLETE, &set("x-amz-security-token", "any")).await;
    check("no date", INCOMPLETE, &|request| {
        drop(request.headers_mut().remove("x-amz-date"));
    })
    .await;
}

#[tokio::test]
async fn no_body_goes_unsigned_even_where_its_sender_says_so() {
    let server = server().await;
    let mut request = call(LIST, b"{}");
    request
        .headers_mut()
        .insert("x-amz-content-sha256", HeaderValue::from_static("UNSIGNED-PAYLOAD"));
    server.key().sign(&mut request, SCOPE, clock::now_secs());
    refused(exception(&server, request).await.as_deref(), MISMATCH, "unsigned");
}

#[tokio::test]
async fn of_headers_that_tell_who_signs_what_there_is_one() {
    let server = server().await;
    for name in [
        "authorization",
        "host",
        "x-amz-date",
        "x-amz-target",
        "x-amz-security-token",
    ] {
        for same in [true, false] {
            let key = server.session().await;
            let mut request = good(&key);
            let first = request.headers()[name].clone();
            let second = if same { first } else { HeaderValue::from_static("other") };
            request.headers_mut().append(HeaderName::from_static(name), second);
            refused(exception(&server, request).await.as_deref(), INCOMPLETE, name);
        }
    }
}

#[tokio::test]
async fn a_signature_is_for_one_region_and_service_and_for_now() {
    let server = server().await;
    let now = clock::now_secs();
    let check = async |region: &str, service: &str, seconds: u64, expect: Option<&str>| {
        let mut request = call(LIST, b"{}");
        server.key().sign(&mut request, Scope { region, service }, seconds);
        let got = exception(&server, request).await;
        assert_eq!(got.as_deref(), expect, "{region} {service} {seconds}");
    };
    check("us-east-1", "codecommit", now, None).await;
    check("us-east-1", "codecommit", now - 280, None).await;
    check("us-east-1", "codecommit", now + 280, None).await;
    for seconds in [0, now - 400, now + 400, now + 100_000_000] {
        check("us-east-1", "codecommit", seconds, Some(MISMATCH)).await;
    }
    for (region, service) in [
        ("us-east-2", "codecommit"),
        ("", "codecommit"),
        ("us-east-1", "s3"),
        ("us-east-1", "iam"),
        ("us-east-1", "sts"),
        ("us-east-1", ""),
        ("US-EAST-1", "codecommit"),
    ] {
        check(region, service, now, Some(MISMATCH)).await;
    }
}

#[tokio::test]
async fn a_temporary_key_goes_with_its_own_token_only() {
    let server = server().await;
    let (ours, other, permanent) = (server.session().await, server.session().await, server.key());
    assert_eq!(exception(&server, good(&ours)).await, None);
    let over = server.session_with(|session| session.expires = clock::now_secs()).await;
    let token = |key: &Key| key.token.clone().unwrap();
    let rows = [
        (
            "no token",
            Key {
                token: None,
                ..ours.clone()
            },
        ),
        (
            "an empty token",
            Key {
                token: Some(String::new()),
                ..ours.clone()
            },
        ),
        (
            "another's token",
            Key {
                token: other.token.clone(),
                ..ours.clone()
            },
        ),
        (
            "another's key",
            Key {
                token: ours.token.clone(),
                ..other.clone()
            },
        ),
        (
            "a longer token",
            Key {
                token: Some(token(&ours) + "A"),
                ..ours.clone()
            },
        ),
        (
            "a cut token",
            Key {
                token: Some(token(&ours)[1..].to_owned()),
                ..ours.clone()
            },
        ),
        (
            "a long token",
            Key {
                token: Some("A".repeat(60_000)),
                ..ours.clone()
            },
        ),
        ("over", over),
        (
            "a permanent key with a token",
            Key {
                token: ours.token.clone(),
                ..permanent
            },
        ),
    ];
    for (what, key) in rows {
        refused(exception(&server, good(&key)).await.as_deref(), UNKNOWN, what);
    }
    let with_permanent_secret = Key {
        secret: server.secrets.secret_access_key.clone(),
        ..ours
    };
    refused(
        exception(&server, good(&with_permanent_secret)).await.as_deref(),
        MISMATCH,
        "the user's own secret",
    );
}

#[tokio::test]
async fn a_git_password_signs_nothing() {
    let server = server().await;
    for id in [&server.secrets.access_key_id, &server.secrets.git_username] {
        let key = Key {
            id: id.clone(),
            secret: server.secrets.git_password.clone(),
            token: None,
        };
        let got = server.answer(good(&key)).await;
        assert!(
            matches!(got.exception.as_deref(), Some(MISMATCH | UNKNOWN)),
            "{id}: {got:?}"
        );
    }
}

/// What AWS Query answers: the code of the error, or nothing.
async fn code(server: &Server, request: Request<Vec<u8>>) -> Option<String> {
    let response = server.router.clone().oneshot(request.map(Body::from)).await.unwrap();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let (_, code) = text.split_once("<Code>")?;
    Some(code.split_once("</Code>").unwrap().0.to_owned())
}

fn form(key: &Key, scope: Scope<'_>, form: &str) -> Request<Vec<u8>> {
    let request = Request::post("/").header("content-type", "application/x-www-form-urlencoded");
    let mut request = request.body(form.as_bytes().to_vec()).unwrap();
    key.sign(&mut request, scope, clock::now_secs());
    request
}

#[tokio::test]
async fn services_of_all_regions_are_signed_for_their_home_or_for_here() {
    for (here, home, elsewhere) in [
        ("eu-west-1", "us-east-1", "eu-west-2"),
        ("cn-northwest-1", "cn-north-1", "us-east-1"),
        ("us-gov-east-1", "us-gov-west-1", "us-east-1"),
    ] {
        let server = server_in(here).await;
        let ask = async |region: &str, service: &str, text: &str| {
            code(&server, form(&server.key(), Scope { region, service }, text)).await
        };
        for (service, text) in [
            ("iam", "Action=GetUser&Version=2010-05-08"),
            ("sts", "Action=GetCallerIdentity&Version=2011-06-15"),
        ] {
            for region in [here, home] {
                assert_eq!(ask(region, service, text).await, None, "{here} {region} {service}");
            }
            let got = ask(elsewhere, service, text).await;
            refused(got.as_deref(), "SignatureDoesNotMatch", elsewhere);
        }
        let mut request = call(LIST, b"{}");
        let service = "codecommit";
        server
            .key()
            .sign(&mut request, Scope { region: home, service }, clock::now_secs());
        refused(
            exception(&server, request).await.as_deref(),
            MISMATCH,
            "a service of one region",
        );
    }
}

#[tokio::test]
async fn naming_the_device_of_somebody_else_holds_nobody_up() {
    let server = server().await;
    let sts = Scope {
        service: "sts",
        ..SCOPE
    };
    let device = "arn%3Aaws%3Aiam%3A%3A000000000000%3Amfa%2Fphone";
    let text = format!("Action=GetSessionToken&Version=2011-06-15&SerialNumber={device}&TokenCode=000000");
    for at in 0..10 {
        let got = code(&server, form(&server.key(), sts, &text)).await;
        refused(got.as_deref(), "AccessDenied", &format!("guess {at}"));
    }
}

async fn from(server: &Server, ip: &str, mut request: Request<Vec<u8>>) -> Got {
    let ip: IpAddr = ip.parse().unwrap();
    request.extensions_mut().insert(Peer { ip, secure: true });
    server.answer(request).await
}

#[tokio::test]
async fn guessing_is_held_up_where_it_comes_from_and_nowhere_else() {
    let server = server().await;
    let wrong = Key {
        secret: "wrong".to_owned(),
        ..server.key()
    };
    let guesses = 10;
    let mut throttled = None;
    for _ in 0..guesses {
        throttled = from(&server, "203.0.113.9", good(&wrong)).await.exception;
    }
    refused(throttled.as_deref(), "ThrottlingException", "after some wrong ones");
    let held_up = from(&server, "203.0.113.9", good(&server.key())).await;
    refused(
        held_up.exception.as_deref(),
        "ThrottlingException",
        "the right one as well",
    );
    let owner = from(&server, "198.51.100.1", good(&server.key())).await;
    assert_eq!(owner.exception, None, "the owner elsewhere");
    let other = from(&server, "203.0.113.9", good(&server.session().await)).await;
    assert_eq!(other.exception, None, "another credential from there");
}

#[tokio::test]
async fn a_policy_on_a_repository_is_about_no_other_one_with_a_similar_name() {
    let server = server().await;
    for name in ["demo", "demo2", "dem", "Demo", "demo-x", "demo.x"] {
        let created = server
            .call("CreateRepository", &json!({ "repositoryName": name }).to_string())
            .await;
        assert_eq!(created.status, 200, "{name}");
    }
    let account = &server.app.forge.installation().account;
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": "codecommit:GetRepository",
            "Resource": format!("arn:aws:codecommit:us-east-1:{account}:demo"),
        }],
    });
    let key = server
        .session_with(|session| session.policies = vec![policy.to_string()])
        .await;
    let get = async |name: &str| {
        let mut request = call(
            "CodeCommit_20150413.GetRepository",
            json!({ "repositoryName": name }).to_string().as_bytes(),
        );
        key.sign(&mut request, SCOPE, clock::now_secs());
        exception(&server, request).await
    };
    assert_eq!(get("demo").await, None);
    for name in ["demo2", "dem", "Demo", "demo-x", "demo.x", "absent"] {
        refused(get(name).await.as_deref(), "AccessDeniedException", name);
    }
    for name in ["demo.git", "x/demo", "demo/", "*", "demo?", ""] {
        let got = get(name).await;
        refused(got.as_deref(), "InvalidRepositoryNameException", name);
    }
}
