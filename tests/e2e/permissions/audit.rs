//! The audit log, as the AWS SDK reads it.

use packhouse_harness::{Boto3, Server};
use serde_json::{Value, json};

use super::{Person, all_of, iam, repository, service};

fn events(cloudtrail: &Boto3, attribute: &str, value: &str) -> Vec<Value> {
    let asked = json!({ "LookupAttributes": [{ "AttributeKey": attribute, "AttributeValue": value }] });
    let found = cloudtrail.call("LookupEvents", &asked).expect("the administrator may");
    let events = found["Events"].as_array().expect("a list").clone();
    events
        .iter()
        .map(|event| serde_json::from_str(event["CloudTrailEvent"].as_str().expect("a text")).expect("a record"))
        .collect()
}

#[test]
fn what_was_changed_and_what_was_denied_is_found_again() {
    let server = Server::start();
    let iam = iam(&server);
    let (url, work) = repository(&server, "watched");
    let tip = work.rev("HEAD");
    let person = Person::new(&server, &iam, "eve", &all_of("nothing"));
    person.git(&server).run(&format!("ls-remote {url}")).refused();
    let cloudtrail = service(&server, "cloudtrail");

    let pushes = events(&cloudtrail, "EventName", "GitPush");
    assert_eq!(pushes.len(), 1, "the listing of refs before it is in the log only");
    assert_eq!(
        pushes[0]["requestParameters"]["references"],
        json!([{ "ref": "refs/heads/main", "commit": tip }])
    );
    assert_eq!(pushes[0]["userIdentity"]["userName"], "admin");
    assert!(pushes[0]["userAgent"].as_str().unwrap().starts_with("git/"));
    assert_eq!(pushes[0]["sourceIPAddress"], "127.0.0.1");

    let denied = events(&cloudtrail, "Username", "eve");
    assert_eq!((denied.len(), &denied[0]["errorCode"]), (1, &json!("AccessDenied")));
    assert_eq!(denied[0]["eventName"], "GitPull");

    let created = events(&cloudtrail, "EventName", "CreateRepository");
    assert_eq!(
        created[0]["responseElements"]["repositoryMetadata"]["repositoryName"],
        "watched"
    );
    let of_repository: Vec<Value> = events(&cloudtrail, "ResourceName", "watched");
    let mut names: Vec<&str> = of_repository
        .iter()
        .filter_map(|event| event["eventName"].as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["CreateRepository", "GitPull", "GitPush"]);

    // Changes of permissions are there, and no secret is, in the log as in the records.
    let permissions = events(&cloudtrail, "EventSource", "iam.amazonaws.com");
    let mut names: Vec<&str> = permissions
        .iter()
        .filter_map(|event| event["eventName"].as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "CreateAccessKey",
            "CreateServiceSpecificCredential",
            "CreateUser",
            "PutUserPolicy"
        ]
    );
    let everything = format!("{permissions:?}{}", server.log());
    assert!(!everything.contains(&person.access_key.1) && !everything.contains(&person.git.1));
    // Reads are lines of the log.
    let line = server
        .log()
        .lines()
        .any(|line| line.contains("\"eventName\":\"GitPull\"") || line.contains("GitPull"));
    assert!(line, "the log has a line of each request");

    let refused = Boto3::of(
        "cloudtrail",
        super::keys(&server, &person.access_key.0, &person.access_key.1, None),
    );
    assert_eq!(
        refused.call("LookupEvents", &json!({})).unwrap_err().code,
        "AccessDeniedException"
    );
}
