use axum::body::{Body, to_bytes};
use axum::http::Request;
use packhouse_storage::clock;
use proptest::prelude::*;
use serde_json::json;
use tower::ServiceExt as _;

use super::*;
use crate::auth::sigv4::Scope;
use crate::aws_json::testing::{Key, Server, server};

const IAM: Scope<'_> = Scope {
    region: "us-east-1",
    service: "iam",
};

fn params(form: &str) -> Params {
    Params::parse("", form.as_bytes()).unwrap()
}

#[test]
fn parameters_are_read_by_their_names() {
    let params = params(
        "A=1&B=a+b%2F%C3%BC&C=&D=true&E=x&L.member.1=a&L.member.2=&L.member.4=d&Tags.member.1.Key=k&Tags.member.1.Value=",
    );
    assert_eq!(params.text("A"), Some("1"));
    assert_eq!(params.text("B"), Some("a b/ü"));
    assert_eq!((params.text("C"), params.given("C")), (None, Some("")));
    assert_eq!(params.number("A").unwrap(), Some(1));
    assert_eq!(params.flag("D").unwrap(), Some(true));
    assert!(params.number("E").is_err() && params.flag("E").is_err() && params.required("F").is_err());
    assert_eq!(params.list("L.member"), ["a", ""]);
    assert_eq!(params.tags().unwrap(), [("k".to_owned(), String::new())]);
    let words = [("x", 1), ("y", 2)];
    assert_eq!(params.word("E", &words).unwrap(), Some(1));
    assert!(params.word("A", &words).is_err());
    assert_eq!(params.word("F", &words).unwrap(), None);
}

#[test]
fn a_parameter_is_given_once() {
    for (query, form) in [("", "A=1&A=1"), ("A=1", "A=2"), ("", "A=1&%41=2"), ("A&A", "")] {
        assert!(Params::parse(query, form.as_bytes()).is_err(), "{query} {form}");
    }
}

#[test]
fn parameters_are_recorded_in_the_shape_that_their_names_tell() {
    let many: String = (1..=11).map(|at| format!("&Names.member.{at}=n{at}")).collect();
    let named = params(&format!(
        "Action=X&Version=Y&X-Amz-Signature=z&UserName=bob&Tags.member.1.Key=k&Tags.member.1.Value=v{many}"
    ));
    let names: Vec<String> = (1..=11).map(|at| format!("n{at}")).collect();
    let expect = json!({ "userName": "bob", "tags": [{ "key": "k", "value": "v" }], "names": names });
    assert_eq!(named.recorded(), expect);
    let deep = format!("{}=x", vec!["a"; 50_000].join("."));
    assert!(params(&deep).recorded().is_object());
}

#[test]
fn answers_are_xml_whatever_their_texts_are() {
    let xml = Xml::result(|xml| {
        xml.text("Text", "a<b>&\"c\"\r\n\0\u{b}\u{fffe}ü😀");
        xml.optional("None", None);
        xml.list("List", ["x", "y"], |xml, item| xml.text("Name", item));
        xml.time("At", 1_767_323_045_678);
    });
    assert_eq!(
        xml.recorded().unwrap()["list"],
        json!([{ "name": "x" }, { "name": "y" }])
    );
    assert_eq!(
        xml.into_response("Do", "urn:n", "1"),
        "<DoResponse xmlns=\"urn:n\"><DoResult><Text>a&lt;b&gt;&amp;&quot;c&quot;&#13;\n\u{fffd}\u{fffd}\u{fffd}ü😀</Text>\
         <List><member><Name>x</Name></member><member><Name>y</Name></member></List><At>2026-01-02T03:04:05Z</At></DoResult>\
         <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></DoResponse>"
    );
    assert_eq!(
        Xml::nothing().into_response("Do", "urn:n", "1"),
        "<DoResponse xmlns=\"urn:n\"><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></DoResponse>"
    );
}

proptest! {
    #[test]
    fn no_form_panics(form in proptest::collection::vec(any::<u8>(), 0..200), text in "[A-Z.a-z0-9=&%]{0,200}") {
        for form in [form.as_slice(), text.as_bytes()] {
            if let Ok(params) = Params::parse("", form) {
                params.recorded();
                params.structures("T.member");
            }
        }
    }
}

/// What comes back: the status, the code of an error, and the text.
async fn send(server: &Server, request: Request<Vec<u8>>) -> (u16, String, String) {
    let response = server.router.clone().oneshot(request.map(Body::from)).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], CONTENT_TYPE);
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let code = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"));
    (status, code.map(|(code, _)| code.to_owned()).unwrap_or_default(), text)
}

fn request(form: &str) -> Request<Vec<u8>> {
    let request = Request::post("/").header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    request.body(form.as_bytes().to_vec()).unwrap()
}

async fn call(server: &Server, key: &Key, scope: Scope<'_>, form: &str) -> (u16, String, String) {
    let mut request = request(form);
    key.sign(&mut request, scope, clock::now_secs());
    send(server, request).await
}

#[tokio::test]
async fn a_signed_form_is_answered_in_xml() {
    let server = server().await;
    let (status, _, text) = call(&server, &server.key(), IAM, "Action=GetUser&Version=2010-05-08").await;
    assert_eq!(status, 200, "{text}");
    let start = "<GetUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetUserResult><User><Path>/</Path>\
                 <UserName>admin</UserName><UserId>AIDA";
    assert!(text.starts_with(start), "{text}");
}

#[tokio::test]
async fn what_is_no_call_is_refused_with_a_code() {
    let server = server().await;
    let sts = Scope { service: "sts", ..IAM };
    let elsewhere = Scope {
        region: "eu-west-1",
        ..IAM
    };
    let rows = [
        (IAM, "Version=2010-05-08", 400, "MissingAction"),
        (IAM, "Action=GetUser", 400, "InvalidAction"),
        (IAM, "Action=GetUser&Version=2015-04-13", 400, "InvalidAction"),
        (IAM, "Action=Rm&Version=2010-05-08", 400, "InvalidAction"),
        (IAM, "Action=GetUser&Version=2010-05-08&Action=x", 400, "MalformedInput"),
        (sts, "Action=GetUser&Version=2010-05-08", 403, "SignatureDoesNotMatch"),
        (
            elsewhere,
            "Action=GetUser&Version=2010-05-08",
            403,
            "SignatureDoesNotMatch",
        ),
        (IAM, "Action=GetUser&Version=2010-05-08&UserName=x", 404, "NoSuchEntity"),
        (
            IAM,
            "Action=GetUser&Version=2010-05-08&UserName=%3C",
            400,
            "ValidationError",
        ),
        (IAM, "Action=DeleteUser&Version=2010-05-08", 400, "ValidationError"),
        (
            IAM,
            "Action=ListUsers&Version=2010-05-08&MaxItems=0",
            400,
            "ValidationError",
        ),
        (
            IAM,
            "Action=ListUsers&Version=2010-05-08&Marker=x",
            400,
            "ValidationError",
        ),
    ];
    for (scope, form, status, code) in rows {
        let got = call(&server, &server.key(), scope, form).await;
        assert_eq!((got.0, got.1.as_str()), (status, code), "{form}: {}", got.2);
        assert!(
            got.2.contains("<Type>Sender</Type>") && got.2.contains("<RequestId>"),
            "{}",
            got.2
        );
    }
    let got = send(&server, request("Action=GetUser&Version=2010-05-08")).await;
    assert_eq!((got.0, got.1.as_str()), (403, "MissingAuthenticationToken"));
    let long = format!("Action=GetUser&Version=2010-05-08&UserName={}", "x".repeat(MAX_BODY));
    let got = call(&server, &server.key(), IAM, &long).await;
    assert_eq!((got.0, got.1.as_str()), (413, "RequestEntityTooLarge"));
    let wrong = Key {
        secret: "wrong".to_owned(),
        ..server.key()
    };
    let got = call(&server, &wrong, IAM, "Action=GetUser&Version=2010-05-08").await;
    assert_eq!((got.0, got.1.as_str()), (403, "SignatureDoesNotMatch"));
}

#[tokio::test]
async fn an_action_in_the_query_and_another_in_the_form_is_none() {
    let server = server().await;
    let mut request = request("Action=CreateUser&UserName=eve");
    *request.uri_mut() = "/?Action=GetUser&Version=2010-05-08".parse().unwrap();
    server.key().sign(&mut request, IAM, clock::now_secs());
    assert_eq!(send(&server, request).await.1, "MalformedInput");
}

#[tokio::test]
async fn temporary_keys_of_a_user_are_for_iam_only_with_a_one_time_password() {
    let server = server().await;
    let form = "Action=GetUser&Version=2010-05-08";
    let plain = server.session().await;
    assert_eq!(call(&server, &plain, IAM, form).await.1, "AccessDenied");
    let strong = server.session_with(|session| session.mfa = true).await;
    assert_eq!(call(&server, &strong, IAM, form).await.0, 200);
}

#[tokio::test]
async fn of_unsigned_calls_only_proofs_that_prove_nothing_count_as_guesses() {
    let call = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=dev\
                &RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fx";
    let bad_token = format!("{call}&WebIdentityToken=e30.e30.e30");
    for (form, code, counts) in [
        (call.to_owned(), "ValidationError", false),
        (format!("{bad_token}&DurationSeconds=x"), "ValidationError", false),
        (bad_token, "InvalidIdentityToken", true),
    ] {
        let server = server().await;
        for _ in 0..5 {
            assert_eq!(send(&server, request(&form)).await.1, code, "{form}");
        }
        let next = send(&server, request(&form)).await.1;
        assert_eq!(next, if counts { "Throttling" } else { code }, "{form}");
    }
}
