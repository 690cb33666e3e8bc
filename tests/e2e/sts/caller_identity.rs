//! `GetCallerIdentity`.

use std::process::Command;

use packhouse_harness::http::Connection;
use packhouse_harness::{Aws, Server, python};
use serde_json::{Value, json};

use super::{make_user, refused, service, with_keys};

#[test]
fn everybody_may_ask_who_they_are() {
    let server = Server::shared();
    let who = Aws::of(server).service("sts", "get-caller-identity");
    assert_eq!(who["Arn"], "arn:aws:iam::000000000000:user/admin");
    assert_eq!(who["Account"], "000000000000");
    let iam = service(server, "iam");
    let key = make_user(&iam, "sts-nobody", &Value::Null);
    let who = with_keys(server, "sts", &key)
        .call("GetCallerIdentity", &json!({}))
        .expect("no permission is needed");
    assert_eq!(who["Arn"], "arn:aws:iam::000000000000:user/sts-nobody");
    assert!(who["UserId"].as_str().is_some_and(|id| id.starts_with("AIDA")), "{who}");
    let mut wrong = key;
    wrong["SecretAccessKey"] = json!("wrong");
    refused(
        with_keys(server, "sts", &wrong).call("GetCallerIdentity", &json!({})),
        ("SignatureDoesNotMatch", 403),
    );
}

#[test]
fn a_presigned_url_tells_whose_it_is() {
    let server = Server::shared();
    let credentials = server.credentials();
    let url = presigned(
        server.base_url(),
        credentials.get("AWS_ACCESS_KEY_ID"),
        credentials.get("AWS_SECRET_ACCESS_KEY"),
        &[],
    );
    let fetch = |url: &str| {
        let path = url.strip_prefix(server.base_url()).expect("it is the server's");
        let mut connection = Connection::open(server.address());
        let host = server.address();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        connection.send(request.as_bytes()).expect("the server reads");
        let answer = connection.response().expect("the server answers");
        (answer.status, String::from_utf8(answer.body).expect("XML is UTF-8"))
    };
    let (status, xml) = fetch(&url);
    assert_eq!(status, 200, "{xml}");
    assert!(xml.contains("<Arn>arn:aws:iam::000000000000:user/admin</Arn>"), "{xml}");
    let (status, xml) = fetch(&url.replace("Expires=60", "Expires=61"));
    assert_eq!(status, 403, "{xml}");
    assert!(xml.contains("<Code>SignatureDoesNotMatch</Code>"), "{xml}");
}

/// A presigned `GetCallerIdentity`, made by botocore, with further headers signed.
pub(super) fn presigned(endpoint: &str, key: &str, secret: &str, headers: &[(&str, &str)]) -> String {
    const SCRIPT: &str = "
import json, sys
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
endpoint, key, secret, headers = sys.argv[1:]
url = endpoint + '/?Action=GetCallerIdentity&Version=2011-06-15'
request = AWSRequest(method='GET', url=url, headers=json.loads(headers))
SigV4QueryAuth(Credentials(key, secret), 'sts', 'us-east-1', expires=60).add_auth(request)
print(request.prepare().url, end='')";
    let headers: serde_json::Map<String, Value> = headers
        .iter()
        .map(|&(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let printed = Command::new(python::program("python"))
        .args(["-c", SCRIPT, endpoint, key, secret, &Value::from(headers).to_string()])
        .env_clear()
        .output()
        .expect("the pinned python runs");
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    String::from_utf8(printed.stdout).expect("a URL")
}
