//! `AssumeRoleWithAws`, with an emulator's STS.

use packhouse_harness::emulators::{Cloud, CloudOptions};
use packhouse_harness::http::Connection;
use packhouse_harness::{Boto3, Server};
use serde_json::{Value, json};

use super::caller_identity::presigned;
use super::{make_role, service, with_keys};

const HEADER: &str = "x-packhouse-server-id";

/// An emulator with signatures and the user `dev`, and the key of theirs.
fn cloud() -> (Cloud, Value) {
    let cloud = Cloud::start(&CloudOptions {
        enforce_permissions: true,
        ..CloudOptions::default()
    });
    let mut variables = packhouse_harness::emulators::root_variables();
    variables.push(("AWS_ENDPOINT_URL".to_owned(), cloud.url()));
    let iam = Boto3::of("iam", variables);
    iam.call("CreateUser", &json!({ "UserName": "dev" })).expect("root may");
    let key = iam
        .call("CreateAccessKey", &json!({ "UserName": "dev" }))
        .expect("root may");
    (cloud, key["AccessKey"].clone())
}

/// Posts a form; the status and the XML of the answer.
fn post(server: &Server, url: &str, role: &str) -> (u16, String) {
    let encode = |text: &str| {
        let byte = |byte: u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(byte).collect::<String>()
    };
    let form = format!(
        "Action=AssumeRoleWithAws&Version=2011-06-15&RoleSessionName=dev&RoleArn={}&Url={}",
        encode(role),
        encode(url)
    );
    let mut connection = Connection::open(server.address());
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        server.address(),
        form.len()
    );
    connection
        .send(format!("{head}{form}").as_bytes())
        .expect("the server reads");
    let answer = connection.response().expect("the server answers");
    (answer.status, String::from_utf8(answer.body).expect("XML is UTF-8"))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("a text")
}

/// A statement that lets the user `dev` at AWS do that.
fn trust(action: &str) -> Value {
    json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::000000000000:user/dev" }, "Action": action })
}

/// A server that believes the emulator, its role that lets `dev` in, and a way to sign for a server that is called so.
struct Office {
    cloud: Cloud,
    key: Value,
    server: Server,
    role: String,
}

impl Office {
    fn open() -> Self {
        Self::open_with(&[])
    }

    fn open_with(flags: &[&str]) -> Self {
        let (cloud, key) = cloud();
        let server = Server::start_embedded(&[&["--sts-url", &cloud.url()], flags].concat());
        let iam = service(&server, "iam");
        Self {
            role: make_role(&iam, "developers", &trust("packhouse:AssumeRoleWithAws")),
            cloud,
            key,
            server,
        }
    }

    fn sign(&self, secret: &str, headers: &[(&str, &str)]) -> String {
        presigned(&self.cloud.url(), text(&self.key, "AccessKeyId"), secret, headers)
    }

    fn sign_for(&self, server: &str) -> String {
        self.sign(text(&self.key, "SecretAccessKey"), &[(HEADER, server)])
    }

    fn here(&self) -> String {
        self.server.address().to_string()
    }
}

#[test]
fn who_aws_knows_gets_keys_of_a_role() {
    let office = Office::open();
    let (status, xml) = post(&office.server, &office.sign_for(&office.here()), &office.role);
    assert_eq!(status, 200, "{xml}");
    assert!(
        xml.contains("<AwsCaller><Arn>arn:aws:iam::000000000000:user/dev</Arn>"),
        "{xml}"
    );
    let field = |name: &str| {
        let (_, rest) = xml.split_once(&format!("<{name}>")).expect("it is there");
        rest.split_once('<').expect("it ends").0.to_owned()
    };
    let keys = json!({
        "AccessKeyId": field("AccessKeyId"),
        "SecretAccessKey": field("SecretAccessKey"),
        "SessionToken": field("SessionToken"),
    });
    let who = with_keys(&office.server, "sts", &keys).call("GetCallerIdentity", &json!({}));
    assert_eq!(
        who.expect("the keys are good")["Arn"],
        "arn:aws:sts::000000000000:assumed-role/developers/dev"
    );
}

#[test]
fn no_log_shows_the_request_that_was_sent_on() {
    let office = Office::open_with(&["--log", "trace,ureq=trace,ureq_proto::util=trace"]);
    let url = office.sign_for(&office.here());
    let (status, xml) = post(&office.server, &url, &office.role);
    assert_eq!(status, 200, "{xml}");
    let (_, signature) = url.split_once("X-Amz-Signature=").expect("it is signed");
    let log = office.server.stop().log;
    assert!(log.contains("operation=\"AssumeRoleWithAws\""), "{log}");
    assert!(!log.contains(signature) && !log.contains("X-Amz-Credential"), "{log}");
}

#[test]
fn requests_that_prove_nothing_here_are_refused() {
    let office = Office::open();
    let iam = service(&office.server, "iam");
    // Another `dev` than the one at AWS.
    iam.call("CreateUser", &json!({ "UserName": "dev" }))
        .expect("the administrator may");
    let others = make_role(&iam, "others", &trust("sts:AssumeRole"));
    let (here, role) = (office.here(), &office.role);
    let good = office.sign_for(&here);
    let elsewhere = |origin: &str| good.replace(&office.cloud.url(), origin);
    const BAD: (u16, &str) = (400, "InvalidIdentityToken");
    for (url, role, (status, code), why) in [
        (&good, &others, (403, "AccessDenied"), "packhouse:AssumeRoleWithAws"),
        (
            &office.sign_for("git.example.com"),
            role,
            BAD,
            &*format!("{HEADER}: {here}"),
        ),
        (&office.sign("wrong", &[(HEADER, &here)]), role, BAD, "refuses"),
        (
            &office.sign(text(&office.key, "SecretAccessKey"), &[]),
            role,
            BAD,
            "must be signed",
        ),
        (
            &good.replace("GetCallerIdentity", "GetSessionToken"),
            role,
            BAD,
            "Action",
        ),
        (&elsewhere("http://127.0.0.1:1"), role, BAD, "lead to AWS"),
        (&elsewhere(office.server.base_url()), role, BAD, "lead to AWS"),
    ] {
        let (got, xml) = post(&office.server, url, role);
        assert_eq!(got, status, "{xml}");
        assert!(
            xml.contains(&format!("<Code>{code}</Code>")) && xml.contains(why),
            "{xml}"
        );
    }
}

#[test]
fn without_a_flag_aws_alone_is_asked() {
    let (cloud, key) = cloud();
    let server = Server::start_embedded(&[]);
    let here = server.address().to_string();
    let url = presigned(
        &cloud.url(),
        text(&key, "AccessKeyId"),
        text(&key, "SecretAccessKey"),
        &[(HEADER, &here)],
    );
    let (status, xml) = post(&server, &url, "arn:aws:iam::000000000000:role/any");
    assert_eq!(status, 400, "{xml}");
    assert!(xml.contains("lead to AWS"), "{xml}");
}
