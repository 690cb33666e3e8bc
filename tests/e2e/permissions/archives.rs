//! Who may take archives.

use packhouse_harness::{
    Server, basic,
    http::{self, Connection, Response},
};
use serde_json::{Value, json};

use super::{Person, arn, iam, repository, service};

fn get(server: &Server, person: &Person, repository: &str) -> Response {
    let authorization = basic(&person.git.0, &person.git.1);
    let path = format!("/v1/repos/{repository}/archive/main.zip");
    let mut connection = Connection::open(server.address());
    connection
        .send(&http::request("GET", &path, &[("Authorization", &authorization)], b""))
        .expect("the server reads");
    connection.response().expect("the server answers")
}

#[test]
fn archives_need_a_permission_of_their_own_and_what_is_denied_is_recorded() {
    let server = Server::start();
    let iam = iam(&server);
    repository(&server, "packed");
    let allow = |action: &str| json!([{ "Effect": "Allow", "Action": action, "Resource": arn("packed") }]);
    let puller = Person::new(&server, &iam, "puller", &allow("codecommit:GitPull"));
    let archiver = Person::new(&server, &iam, "archiver", &allow("codecommit:UploadArchive"));
    let denied = get(&server, &puller, "packed");
    assert_eq!(denied.status, 403);
    let why = "user/puller is not authorized to perform: codecommit:UploadArchive on resource: ";
    assert!(denied.text().contains(why), "{}", denied.text());
    let allowed = get(&server, &archiver, "packed");
    assert_eq!(allowed.status, 200, "{}", allowed.text());
    assert!(allowed.body.starts_with(b"PK"));
    let cloudtrail = service(&server, "cloudtrail");
    let asked = json!({ "LookupAttributes": [{ "AttributeKey": "Username", "AttributeValue": "puller" }] });
    let found = cloudtrail.call("LookupEvents", &asked).expect("the administrator may");
    let record = found["Events"][0]["CloudTrailEvent"].as_str().expect("it is recorded");
    let record: Value = serde_json::from_str(record).expect("a record");
    assert_eq!(
        (&record["eventName"], &record["errorCode"]),
        (&json!("UploadArchive"), &json!("AccessDenied"))
    );
    let log = server.log();
    let taken = |line: &&str| line.contains("UploadArchive") && line.contains("user/archiver");
    assert_eq!(log.lines().filter(taken).count(), 1, "{log}");
}
