use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::{
    credentials::basic,
    http::{Connection, Response, chunked, request},
    runtime_api::testing,
};

const MINUTE: Duration = Duration::from_mins(1);

fn connect(gateway: &Gateway) -> Connection {
    Connection::open(gateway.acceptor.address())
}

fn ask(gateway: &Gateway, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let mut connection = connect(gateway);
    connection
        .send(&request(method, path, headers, body))
        .expect("the gateway listens");
    connection.response().expect("an answer")
}

/// A gateway before a function whose answers are none of a proxy integration.
fn echo() -> Gateway {
    let function = testing::function(&[], MINUTE);
    Gateway::start(GatewayConfig::new("prod").route(Route::buffered("ANY", "/echo/{name}/{proxy+}", &function)))
}

/// The event that a function gets for a request.
fn event_of(path: &str, headers: &[(&str, &str)], body: &[u8], config: GatewayConfig) -> Value {
    let function = testing::function(&[("SHOW_EVENT", "1")], MINUTE);
    let gateway = Gateway::start(config.route(Route::buffered("ANY", "/echo/{name}/{proxy+}", &function)));
    let answer = ask(&gateway, "POST", path, headers, body);
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{}", answer.text()))
}

#[test]
fn functions_get_the_event_that_aws_would_give_them() {
    let config = GatewayConfig::new("prod")
        .account("123456789012")
        .stage_variable("color", "blue");
    let headers = [
        ("User-Agent", "git/2.47.3"),
        ("X-Two", "a"),
        ("x-two", "b"),
        ("Expect-CT", "x"),
        ("Connection", "keep-alive"),
    ];
    let event = event_of(
        "/prod/echo/a%20b/info/refs?service=x&s=1&s=2",
        &headers,
        b"\x00\xff",
        config,
    );
    let shown = |pointer: &str| event.pointer(pointer).unwrap_or(&Value::Null).clone();
    let rows = [
        ("/resource", json!("/echo/{name}/{proxy+}")),
        ("/path", json!("/echo/a%20b/info/refs")),
        ("/httpMethod", json!("POST")),
        ("/pathParameters", json!({ "name": "a b", "proxy": "info/refs" })),
        ("/queryStringParameters", json!({ "service": "x", "s": "2" })),
        ("/multiValueQueryStringParameters/s", json!(["1", "2"])),
        ("/headers/User-Agent", json!("git/2.47.3")),
        ("/headers/X-Two", json!("b")),
        ("/multiValueHeaders/X-Two", json!(["a", "b"])),
        ("/headers/Connection", Value::Null),
        ("/headers/X-Forwarded-Proto", json!("https")),
        ("/stageVariables", json!({ "color": "blue" })),
        ("/requestContext/path", json!("/prod/echo/a%20b/info/refs")),
        ("/requestContext/stage", json!("prod")),
        ("/requestContext/accountId", json!("123456789012")),
        ("/requestContext/identity/sourceIp", json!("127.0.0.1")),
        ("/requestContext/identity/userAgent", json!("git/2.47.3")),
        ("/requestContext/authorizer", Value::Null),
        ("/body", json!("AP8=")),
        ("/isBase64Encoded", json!(true)),
    ];
    for (pointer, expected) in rows {
        assert_eq!(shown(pointer), expected, "{pointer}");
    }
    let empty = event_of("/echo/x/y", &[], b"", GatewayConfig::new("prod").on_custom_domain());
    let rows = ["/body", "/queryStringParameters", "/stageVariables"];
    assert!(
        rows.iter()
            .all(|pointer| empty.pointer(pointer).is_some_and(Value::is_null))
    );
    assert_eq!(empty["requestContext"]["path"], "/echo/x/y");
}

#[test]
fn signatures_do_not_reach_functions_unless_asked_for() {
    let signed = [("Authorization", "AWS4-HMAC-SHA256 Credential=A/B, Signature=c")];
    let dropped = event_of("/prod/echo/x/y", &signed, b"", GatewayConfig::new("prod"));
    assert_eq!(dropped["headers"].get("Authorization"), None);
    let config = GatewayConfig::new("prod").signed_authorization(SignedAuthorization::PassedOn);
    let passed = event_of("/prod/echo/x/y", &signed, b"", config);
    assert_eq!(passed["headers"]["Authorization"], signed[0].1);
}

#[test]
fn what_is_not_there_is_forbidden_and_what_is_no_answer_is_a_bad_gateway() {
    let gateway = echo();
    let rows = [
        ("/prod/none", 403, r#"{"message":"Missing Authentication Token"}"#),
        ("/prod/echo", 403, r#"{"message":"Missing Authentication Token"}"#),
        ("/test/echo/x/y", 403, r#"{"message":"Forbidden"}"#),
        ("/production/echo/x/y", 403, r#"{"message":"Forbidden"}"#),
        ("/prod/echo/x/y", 502, r#"{"message": "Internal server error"}"#),
    ];
    for (path, status, body) in rows {
        let answer = ask(&gateway, "GET", path, &[], b"");
        assert_eq!((answer.status, answer.text().as_str()), (status, body), "{path}");
        assert!(answer.header("x-amzn-errortype").is_some() && answer.header("x-amzn-requestid").is_some());
    }
    let answered = gateway.answered();
    assert_eq!((answered.len(), answered[4].status, answered[4].whole), (5, 502, true));
}

#[test]
fn large_requests_are_refused_however_they_are_framed() {
    let gateway = echo();
    let refused = (413, r#"{"message":"Request Too Long"}"#.to_owned());
    let path = "/prod/echo/x/y";
    let body = vec![b'x'; 4_800_000];
    // Its event is over Lambda's limit: 6,400,000 bytes of base64.
    let answer = ask(&gateway, "POST", path, &[], &body);
    assert_eq!((answer.status, answer.text()), refused);
    let answer = ask(&gateway, "POST", path, &[], &body[..4_500_000]);
    assert_eq!(answer.status, 502, "this one reached the function");

    let large = vec![b'x'; 11 * 1024 * 1024];
    let answer = ask(&gateway, "POST", path, &[], &large);
    assert_eq!((answer.status, answer.text()), refused);
    let mut connection = connect(&gateway);
    let coding = [("Transfer-Encoding", "chunked")];
    connection.send(&request("POST", path, &coding, &[])).expect("open");
    connection.send(&chunked(&large, 65_536)).expect("open");
    let answer = connection.response().expect("an answer");
    assert_eq!((answer.status, answer.text()), refused);

    let mut connection = connect(&gateway);
    let announced = [("Content-Length", "11534336"), ("Expect", "100-continue")];
    connection.send(&request("POST", path, &announced, &[])).expect("open");
    assert_eq!(connection.response().expect("an answer").status, 413);
}

/// An authorizer that gives this answer, or fails as this event says.
fn authorizer(answer: &Value) -> Function {
    testing::function(&[("ALWAYS", &answer.to_string())], MINUTE)
}

fn policy(effect: &str, context: &Value) -> Value {
    let statement = json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": "*" });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
    let answer = json!({ "principalId": "u", "policyDocument": policy, "context": context });
    json!({ "do": "answer", "answer": answer.to_string() })
}

#[test]
fn authorizers_let_in_or_answer_in_the_functions_stead() {
    let function = testing::function(&[("SHOW_EVENT", "1")], MINUTE);
    let failing = json!({ "do": "fail" });
    let rows = [
        (
            policy("Allow", &json!({ "userId": "7", "administrator": true })),
            200,
            "",
        ),
        (
            policy("Deny", &json!({})),
            403,
            r#"{"Message":"User is not authorized to access this resource"}"#,
        ),
        (policy("Allow", &json!({ "nested": {} })), 500, r#"{"message":null}"#),
        (json!({ "do": "answer", "answer": "7" }), 500, r#"{"message":null}"#),
        (json!({ "do": "exit" }), 500, r#"{"message":null}"#),
        (failing, 401, r#"{"message":"Unauthorized"}"#),
    ];
    for (answer, status, body) in rows {
        let gateway = Gateway::start(
            GatewayConfig::new("prod")
                .route(Route::buffered("ANY", "/echo/{proxy+}", &function).authorized())
                .authorizer(&authorizer(&answer))
                .response_header(
                    "UNAUTHORIZED",
                    "gatewayresponse.header.WWW-Authenticate",
                    "'Basic realm=\"Packhouse\"'",
                )
                .response_status("ACCESS_DENIED", 403),
        );
        let credentials = basic("user", "password");
        let answered = ask(&gateway, "GET", "/prod/echo/x", &[("Authorization", &credentials)], b"");
        let asks = answered.header("www-authenticate");
        assert_eq!(asks, (status == 401).then_some("Basic realm=\"Packhouse\""), "{answer}");
        assert_eq!(answered.status, status, "{answer}");
        if status == 200 {
            let event: Value = serde_json::from_slice(&answered.body).expect("the event");
            let context = &event["requestContext"]["authorizer"];
            assert_eq!(
                (&context["principalId"], &context["userId"], &context["administrator"]),
                (&json!("u"), &json!("7"), &json!("true"))
            );
            assert_eq!(event["headers"]["Authorization"], credentials);
        } else {
            assert_eq!(answered.text(), body);
        }
    }
}

/// A gateway whose only route always does this.
fn doing(order: &Value, route: fn(&str, &str, &Function) -> Route) -> Gateway {
    let function = testing::function(&[("ALWAYS", &order.to_string())], MINUTE);
    Gateway::start(GatewayConfig::new("prod").route(route("ANY", "/do", &function)))
}

#[test]
fn buffered_answers_lose_and_change_headers() {
    let answer = json!({
        "statusCode": 401,
        "headers": { "WWW-Authenticate": "Basic", "Date": "x", "Content-Length": "9", "Transfer-Encoding": "chunked" },
        "multiValueHeaders": { "X-Two": ["a", "b"] },
        "body": BASE64_STANDARD.encode(b"\x00\xff"),
        "isBase64Encoded": true,
    });
    let gateway = doing(
        &json!({ "do": "answer", "answer": answer.to_string() }),
        Route::buffered,
    );
    let answered = ask(&gateway, "GET", "/prod/do", &[], b"");
    assert_eq!(
        (answered.status, answered.body.as_slice()),
        (401, b"\x00\xff".as_slice())
    );
    assert_eq!(answered.header("www-authenticate"), None);
    assert_eq!(answered.header("x-amzn-remapped-www-authenticate"), Some("Basic"));
    assert_eq!(answered.header("x-amzn-remapped-date"), Some("x"));
    assert_eq!(answered.header("transfer-encoding"), None);
    assert_eq!(answered.headers.iter().filter(|(name, _)| name == "x-two").count(), 2);
    let mut connection = connect(&gateway);
    for _ in 0..2 {
        connection
            .send(&request("HEAD", "/prod/do", &[], &[]))
            .expect("still open");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(connection.read_byte());
        }
        assert!(head.starts_with(b"HTTP/1.1 401"));
    }
}

#[test]
fn failing_and_slow_functions_are_the_gateways_failure() {
    let rows = [
        (json!({ "do": "fail" }), 502),
        (json!({ "do": "exit" }), 502),
        (json!({ "do": "answer", "answer": "nonsense" }), 502),
        (json!({ "do": "hang" }), 504),
    ];
    for (order, status) in rows {
        let soon = Duration::from_secs(2);
        let routes: [fn(&str, &str, &Function) -> Route; 2] = [Route::buffered, Route::streaming];
        for route in routes {
            let function = testing::function(&[("ALWAYS", &order.to_string())], MINUTE);
            // Only the one that hangs may run into this.
            let within = if status == 504 { soon } else { MINUTE };
            let route = route("ANY", "/do", &function).within(within);
            let gateway = Gateway::start(GatewayConfig::new("prod").route(route));
            assert_eq!(ask(&gateway, "GET", "/prod/do", &[], b"").status, status, "{order}");
        }
    }
}

#[test]
fn streams_reach_the_client_as_they_come() {
    let folder = TempDir::new().expect("a temporary folder");
    let gate = folder.path().join("open");
    let prelude = json!({ "statusCode": 200 });
    let order = json!({ "do": "stream", "prelude": prelude, "chunks": ["first", "second"], "gate": gate });
    let gateway = doing(&order, |method, resource, function| {
        Route::streaming(method, resource, function).within(MINUTE)
    });
    let mut stream = TcpStream::connect(gateway.acceptor.address()).expect("the gateway listens");
    stream.set_read_timeout(Some(MINUTE)).expect("a timeout above zero");
    stream
        .write_all(&request("GET", "/prod/do", &[], &[]))
        .expect("the gateway listens");
    let mut all = Vec::new();
    while !all.ends_with(b"first") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("the first part comes");
        all.push(byte[0]);
    }
    // Only now the function may go on.
    fs::write(&gate, "").expect("the folder is ours");
    while !all.ends_with(b"0\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("the rest comes");
        all.push(byte[0]);
    }
    assert!(String::from_utf8_lossy(&all).contains("second"));
}

#[test]
fn long_streams_arrive_whole_under_their_headers() {
    let prelude = json!({ "statusCode": 203, "headers": { "Content-Type": "x/y", "Server": "s" } });
    let chunks = vec!["0123456789abcdef"; 30];
    let order = json!({ "do": "stream", "prelude": prelude, "chunks": chunks, "times": 65_536 });
    let gateway = doing(&order, |method, resource, function| {
        Route::streaming(method, resource, function).within(MINUTE)
    });
    let answered = ask(&gateway, "GET", "/prod/do", &[], b"");
    assert_eq!((answered.status, answered.body.len()), (203, 30 * 16 * 65_536));
    assert!(answered.body.chunks(16).all(|chunk| chunk == b"0123456789abcdef"));
    assert_eq!(answered.header("content-type"), Some("x/y"));
    assert_eq!(answered.header("x-amzn-remapped-server"), Some("s"));
}

#[test]
fn a_stream_that_breaks_off_cuts_the_connection() {
    for then in ["exit", "fail"] {
        for headers in [json!({}), json!({ "Content-Length": "7" })] {
            let prelude = json!({ "statusCode": 200, "headers": headers });
            let order = json!({ "do": "stream", "prelude": prelude, "chunks": ["one", "two"], "then": then });
            let gateway = doing(&order, Route::streaming);
            let mut stream = TcpStream::connect(gateway.acceptor.address()).expect("the gateway listens");
            let bytes = request("GET", "/prod/do", &[], &[]);
            stream.write_all(&bytes).expect("the gateway listens");
            let mut all = Vec::new();
            stream.read_to_end(&mut all).ok();
            let all = String::from_utf8_lossy(&all).into_owned();
            assert!(all.starts_with("HTTP/1.1 200") && all.contains("two"), "{all}");
            assert!(!all.ends_with("0\r\n\r\n"), "{all}");
            assert!(!gateway.answered()[0].whole);
        }
    }
}
