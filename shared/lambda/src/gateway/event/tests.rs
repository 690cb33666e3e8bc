use axum::body::to_bytes;
use serde_json::{Value, json};

use super::*;
use crate::testing::sample;

fn read(event: &Value) -> Result<Request, NoRequest> {
    let raw = RawValue::from_string(event.to_string()).unwrap();
    request(&raw).map(|(request, _)| request)
}

fn event() -> Value {
    sample("git-info-refs.json")
}

fn with(pointer: &str, value: Value) -> Value {
    let mut event = event();
    *event.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
    event
}

#[test]
fn the_request_is_what_the_client_sent_below_the_stage() {
    let request = read(&event()).unwrap();
    assert_eq!(request.method(), "GET");
    assert_eq!(request.uri(), "/v1/repos/demo/info/refs?service=git-upload-pack");
    assert_eq!(request.headers()["git-protocol"], "version=2");
    let sent = request.extensions().get::<SentPath>().unwrap();
    assert_eq!(sent.0, "/prod/v1/repos/demo/info/refs");
    let Vouched(proven) = request.extensions().get().unwrap();
    assert_eq!(proven.credential, "admin-at-210987654321");
    let Peer { ip, secure } = request.extensions().get().unwrap();
    assert_eq!((ip.to_string().as_str(), *secure), ("203.0.113.7", true));
}

#[tokio::test]
async fn a_body_is_decoded_as_the_event_says() {
    for (body, encoded, expect) in [
        (json!("aGkA/w=="), true, &b"hi\0\xff"[..]),
        (json!("aGk="), false, b"aGk="),
        (Value::Null, true, b""),
        (Value::Null, false, b""),
    ] {
        let mut event = event();
        event["body"] = body;
        event["isBase64Encoded"] = json!(encoded);
        let request = read(&event).unwrap();
        assert_eq!(to_bytes(request.into_body(), 100).await.unwrap(), expect);
    }
}

#[test]
fn repeated_headers_and_parameters_keep_all_values() {
    let mut event = with("/multiValueHeaders/Git-Protocol", json!(["version=2", "a=é"]));
    event["multiValueQueryStringParameters"] = json!({ "a b": ["1&2", "é"] });
    let request = read(&event).unwrap();
    let values: Vec<_> = request.headers().get_all("git-protocol").iter().collect();
    assert_eq!(values, ["version=2", "a=é"]);
    assert_eq!(request.uri().query(), Some("a%20b=1%262&a%20b=%C3%A9"));
    event["multiValueHeaders"] = Value::Null;
    event["multiValueQueryStringParameters"] = Value::Null;
    let request = read(&event).unwrap();
    assert_eq!(request.headers()["git-protocol"], "version=2");
    assert_eq!(request.uri().query(), Some("service=git-upload-pack"));
}

#[test]
fn nobody_is_vouched_for_unless_it_is_said_what_was_proven() {
    let authorizer = "/requestContext/authorizer";
    for value in [
        Value::Null,
        json!(""),
        json!(true),
        json!({ "credential": "x" }),
        json!("{}"),
        json!(r#"{"credential":"admin"}"#),
        json!(r#"{"credential":"admin","who":{"user":{"name":"admin"}}}"#),
        json!(r#"{"credential":"admin","who":"user"}"#),
    ] {
        let event = with(&format!("{authorizer}/proven"), value.clone());
        assert!(read(&event).unwrap().extensions().get::<Vouched>().is_none(), "{value}");
    }
    for nothing in [Value::Null, json!({})] {
        let request = read(&with(authorizer, nothing)).unwrap();
        assert!(request.extensions().get::<Vouched>().is_none());
    }
}

#[test]
fn what_is_no_request_is_refused_and_never_panics() {
    for path in ["", "v1", "/a?b", "/a#b", "/a b", "/\u{0}", "/\n"] {
        assert!(
            matches!(read(&with("/path", json!(path))), Err(NoRequest::Path(_))),
            "{path:?}"
        );
    }
    let mut event = event();
    event["body"] = json!("not base64!");
    event["isBase64Encoded"] = json!(true);
    assert!(matches!(read(&event), Err(NoRequest::Body(_))));
    for shape in [
        json!(null),
        json!(1),
        json!("GET"),
        json!([]),
        json!({}),
        json!({ "httpMethod": "GET", "path": "/" }),
        json!({ "Records": [] }),
        json!({ "compact": "x" }),
        json!({ "version": "2.0", "rawPath": "/", "requestContext": { "http": { "method": "GET" } } }),
        with("/httpMethod", json!("G T")),
        with("/multiValueHeaders/Git-Protocol", json!(["a\nb"])),
    ] {
        assert!(matches!(read(&shape), Err(NoRequest::Shape(_))), "{shape}");
    }
}

#[tokio::test]
async fn requests_are_those_that_lambda_http_makes_of_the_same_events() {
    use lambda_http::RequestExt as _;

    for name in [
        "git-info-refs.json",
        "git-receive-pack.json",
        "api-get-repository.json",
        "pack-indexer-finish.json",
    ] {
        let mut event = sample(name);
        // A signature that our authorizer handed on is ours to put back.
        let context = event["requestContext"]["authorizer"].as_object_mut();
        context.map(|context| context.remove("signature"));
        let ours = read(&event).unwrap();
        let theirs = lambda_http::request::from_str(&event.to_string()).unwrap();
        assert_eq!(ours.method(), theirs.method(), "{name}");
        assert_eq!(ours.headers(), theirs.headers(), "{name}");
        assert_eq!(ours.uri().path(), theirs.raw_http_path(), "{name}");
        let parameters = theirs.query_string_parameters();
        let theirs_query: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(ours.uri().query().unwrap_or_default(), theirs_query.join("&"), "{name}");
        let body = to_bytes(ours.into_body(), usize::MAX).await.unwrap();
        assert_eq!(&body[..], theirs.body().as_ref(), "{name}");
    }
}
