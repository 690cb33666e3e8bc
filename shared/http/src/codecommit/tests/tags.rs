//! Tags of repositories.

use serde_json::{Value, json};

use crate::aws_json::testing::{Server, server};

const ARN: &str = "arn:aws:codecommit:us-east-1:000000000000:w";

async fn with_repository(tags: Value) -> Server {
    let server = server().await;
    let made = json!({ "repositoryName": "w", "tags": tags }).to_string();
    assert_eq!(server.call("CreateRepository", &made).await.status, 200);
    server
}

async fn tags(server: &Server) -> Value {
    let listed = server
        .call("ListTagsForResource", &json!({ "resourceArn": ARN }).to_string())
        .await;
    assert_eq!((listed.status, listed.body.get("nextToken")), (200, None));
    listed.body["tags"].clone()
}

#[tokio::test]
async fn tags_are_given_changed_and_taken_away() {
    let server = with_repository(json!({ "team": "a" })).await;
    let call = async |operation: &str, mut input: Value| {
        input["resourceArn"] = ARN.into();
        let got = server.call(operation, &input.to_string()).await;
        assert_eq!((got.status, got.body), (200, Value::Null), "{operation} {input}");
    };
    assert_eq!(tags(&server).await, json!({ "team": "a" }));
    call(
        "TagResource",
        json!({ "tags": { "team": "b", "Team": "c", "größe": "" } }),
    )
    .await;
    assert_eq!(tags(&server).await, json!({ "team": "b", "Team": "c", "größe": "" }));
    call("UntagResource", json!({ "tagKeys": ["team", "none", "team"] })).await;
    call("UntagResource", json!({ "tagKeys": ["none"] })).await;
    assert_eq!(tags(&server).await, json!({ "Team": "c", "größe": "" }));
}

/// Operation, member besides the ARN, and the exception.
const REFUSALS: &[(&str, &str, &str)] = &[
    ("TagResource", "{}", "TagsMapRequiredException"),
    ("TagResource", r#"{"tags":{}}"#, "TagsMapRequiredException"),
    ("TagResource", r#"{"tags":{"a":1}}"#, "SerializationException"),
    ("TagResource", r#"{"tags":{"a*":""}}"#, "InvalidTagsMapException"),
    (
        "TagResource",
        r#"{"tags":{"aws:a":""}}"#,
        "InvalidSystemTagUsageException",
    ),
    (
        "TagResource",
        r#"{"tags":{"packhouse:other":""}}"#,
        "InvalidTagsMapException",
    ),
    (
        "TagResource",
        r#"{"tags":{"packhouse:object-format":"sha1"}}"#,
        "InvalidTagsMapException",
    ),
    ("UntagResource", "{}", "TagKeysListRequiredException"),
    ("UntagResource", r#"{"tagKeys":[]}"#, "TagKeysListRequiredException"),
    ("UntagResource", r#"{"tagKeys":[""]}"#, "InvalidTagKeysListException"),
    ("UntagResource", r#"{"tagKeys":["a*"]}"#, "InvalidTagKeysListException"),
    (
        "UntagResource",
        r#"{"tagKeys":["aws:a"]}"#,
        "InvalidSystemTagUsageException",
    ),
    (
        "UntagResource",
        r#"{"tagKeys":["packhouse:object-format"]}"#,
        "InvalidTagKeysListException",
    ),
];

#[tokio::test]
async fn what_is_no_tag_is_refused() {
    let server = with_repository(json!({ "packhouse:object-format": "sha256" })).await;
    for &(operation, input, exception) in REFUSALS {
        let mut input: Value = serde_json::from_str(input).unwrap();
        input["resourceArn"] = ARN.into();
        server.check(operation, &input.to_string(), exception).await;
    }
    let same = json!({ "resourceArn": ARN, "tags": { "packhouse:object-format": "sha256" } });
    assert_eq!(server.call("TagResource", &same.to_string()).await.status, 200);
}

#[tokio::test]
async fn a_repository_has_fifty_tags_at_most() {
    let many = |from: usize, count: usize| -> serde_json::Map<_, _> {
        let all = from..from + count;
        all.map(|at| (format!("k{at}"), json!(""))).collect()
    };
    let server = with_repository(many(0, 40).into()).await;
    let tag = |tags: serde_json::Map<_, _>| json!({ "resourceArn": ARN, "tags": tags }).to_string();
    server
        .check("TagResource", &tag(many(40, 11)), "TooManyTagsException")
        .await;
    assert_eq!(server.call("TagResource", &tag(many(30, 20))).await.status, 200);
    server
        .check("TagResource", &tag(many(50, 1)), "TooManyTagsException")
        .await;
    let keys: Vec<String> = (0..51).map(|at| format!("k{at}")).collect();
    let untag = |keys: &[String]| json!({ "resourceArn": ARN, "tagKeys": keys }).to_string();
    server
        .check("UntagResource", &untag(&keys), "TooManyTagsException")
        .await;
    assert_eq!(server.call("UntagResource", &untag(&keys[..50])).await.status, 200);
    assert_eq!(tags(&server).await, json!({}));
}

#[tokio::test]
async fn a_resource_is_the_arn_of_a_repository_of_this_account_and_region() {
    let server = with_repository(json!({})).await;
    for (arn, exception) in [
        (json!(null), "ResourceArnRequiredException"),
        (json!(""), "ResourceArnRequiredException"),
        (json!("w"), "InvalidResourceArnException"),
        (
            json!("arn:aws:codecommit:us-east-1:000000000000:"),
            "InvalidResourceArnException",
        ),
        (
            json!("arn:aws:codecommit:us-east-2:000000000000:w"),
            "InvalidResourceArnException",
        ),
        (
            json!("arn:aws:codecommit:us-east-1:111111111111:w"),
            "InvalidResourceArnException",
        ),
        (
            json!("arn:aws:s3:us-east-1:000000000000:w"),
            "InvalidResourceArnException",
        ),
        (json!(format!("{ARN}:x")), "InvalidRepositoryNameException"),
        (json!(format!("{ARN}x")), "RepositoryDoesNotExistException"),
    ] {
        let input = json!({ "resourceArn": arn, "tags": { "a": "b" }, "tagKeys": ["a"] }).to_string();
        for operation in ["TagResource", "UntagResource", "ListTagsForResource"] {
            server.check(operation, &input, exception).await;
        }
    }
}
