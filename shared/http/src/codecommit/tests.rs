//! The operations through the router, over the stores in memory.

mod approval_rule_templates;
mod encryption_keys;
mod merges;
mod permissions;
mod pull_requests;
mod pushed;
mod review;
mod tags;
mod triggers;
mod writing;

use axum::body::Body;
use axum::http::{HeaderValue, Request};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::aws_json::testing::server;

#[tokio::test]
async fn a_repository_lives_from_creation_to_deletion() {
    let server = server().await;
    let made = server
        .call(
            "CreateRepository",
            r#"{"repositoryName":"w","repositoryDescription":"d"}"#,
        )
        .await;
    assert_eq!(made.status, 200);
    let metadata = &made.body["repositoryMetadata"];
    assert_eq!(metadata["Arn"], "arn:aws:codecommit:us-east-1:000000000000:w");
    assert_eq!(metadata["cloneUrlHttp"], "http://localhost:8080/v1/repos/w");
    assert_eq!(metadata["creationDate"], metadata["lastModifiedDate"]);
    assert!(metadata["creationDate"].is_f64());
    assert_eq!(metadata.get("defaultBranch"), None);
    let got = server.call("GetRepository", r#"{"repositoryName":"w"}"#).await;
    assert_eq!(got.body, made.body);
    let id = metadata["repositoryId"].as_str().unwrap();

    let renamed = server
        .call("UpdateRepositoryName", r#"{"oldName":"w","newName":"x"}"#)
        .await;
    assert_eq!((renamed.status, renamed.body), (200, Value::Null));
    let described = server
        .call("UpdateRepositoryDescription", r#"{"repositoryName":"x"}"#)
        .await;
    assert_eq!((described.status, described.body), (200, Value::Null));
    let listed = server.call("ListRepositories", "").await;
    assert_eq!(
        listed.body,
        json!({ "repositories": [{ "repositoryName": "x", "repositoryId": id }] })
    );
    let batch = server
        .call("BatchGetRepositories", r#"{"repositoryNames":["x","y"]}"#)
        .await;
    assert_eq!(batch.body["repositories"][0].get("repositoryDescription"), None);
    assert_eq!(batch.body["repositoriesNotFound"], json!(["y"]));
    assert_eq!(batch.body["errors"][0]["errorCode"], "RepositoryDoesNotExistException");
    for answer in [json!({ "repositoryId": id }), json!({})] {
        assert_eq!(
            server.call("DeleteRepository", r#"{"repositoryName":"x"}"#).await.body,
            answer
        );
    }
}

/// Operation, input, and the exception that it gets where a repository `w` is all there is.
const REFUSALS: &[(&str, &str, &str)] = &[
    ("CreateRepository", r#"{}"#, "RepositoryNameRequiredException"),
    (
        "CreateRepository",
        r#"{"repositoryName":null}"#,
        "RepositoryNameRequiredException",
    ),
    (
        "CreateRepository",
        r#"{"repositoryName":"a/b"}"#,
        "InvalidRepositoryNameException",
    ),
    (
        "CreateRepository",
        r#"{"repositoryName":"w"}"#,
        "RepositoryNameExistsException",
    ),
    ("CreateRepository", r#"{"repositoryName":1}"#, "SerializationException"),
    (
        "CreateRepository",
        r#"{"repositoryName":"v","tags":{"aws:x":""}}"#,
        "InvalidSystemTagUsageException",
    ),
    (
        "CreateRepository",
        r#"{"repositoryName":"v","tags":{"a*":""}}"#,
        "InvalidTagsMapException",
    ),
    (
        "CreateRepository",
        r#"{"repositoryName":"v","tags":{"packhouse:object-format":"x"}}"#,
        "InvalidTagsMapException",
    ),
    (
        "CreateRepository",
        r#"{"repositoryName":"v","kmsKeyId":"a b"}"#,
        "EncryptionKeyInvalidIdException",
    ),
    (
        "GetRepository",
        r#"{"repositoryName":"v"}"#,
        "RepositoryDoesNotExistException",
    ),
    ("BatchGetRepositories", r#"{}"#, "RepositoryNamesRequiredException"),
    (
        "BatchGetRepositories",
        r#"{"repositoryNames":[]}"#,
        "RepositoryNamesRequiredException",
    ),
    (
        "BatchGetRepositories",
        r#"{"repositoryNames":["w","a b"]}"#,
        "InvalidRepositoryNameException",
    ),
    ("ListRepositories", r#"{"sortBy":"x"}"#, "InvalidSortByException"),
    ("ListRepositories", r#"{"order":"x"}"#, "InvalidOrderException"),
    (
        "ListRepositories",
        r#"{"nextToken":"x"}"#,
        "InvalidContinuationTokenException",
    ),
    (
        "DeleteRepository",
        r#"{"repositoryName":".."}"#,
        "InvalidRepositoryNameException",
    ),
    (
        "UpdateRepositoryName",
        r#"{"oldName":"w"}"#,
        "RepositoryNameRequiredException",
    ),
    (
        "UpdateRepositoryName",
        r#"{"oldName":"w","newName":"w"}"#,
        "RepositoryNameExistsException",
    ),
    (
        "UpdateRepositoryName",
        r#"{"oldName":"v","newName":"u"}"#,
        "RepositoryDoesNotExistException",
    ),
    (
        "UpdateRepositoryDescription",
        r#"{"repositoryName":"v"}"#,
        "RepositoryDoesNotExistException",
    ),
    (
        "UpdateDefaultBranch",
        r#"{"repositoryName":"w"}"#,
        "BranchNameRequiredException",
    ),
    (
        "UpdateDefaultBranch",
        r#"{"repositoryName":"w","defaultBranchName":"a b"}"#,
        "InvalidBranchNameException",
    ),
    (
        "UpdateDefaultBranch",
        r#"{"repositoryName":"w","defaultBranchName":"m"}"#,
        "BranchDoesNotExistException",
    ),
    ("Nonsense", r#"{}"#, "UnknownOperationException"),
    ("GetRepository", "{", "SerializationException"),
    ("GetRepository", "[]", "SerializationException"),
    ("GetRepository", "null", "SerializationException"),
    ("GetRepository", "\u{0}", "SerializationException"),
    ("GetRepository", r#"{"repositoryName":"w"}}"#, "SerializationException"),
];

#[tokio::test]
async fn operations_refuse_with_the_exceptions_of_the_model() {
    let server = server().await;
    assert_eq!(
        server
            .call("CreateRepository", r#"{"repositoryName":"w"}"#)
            .await
            .status,
        200
    );
    for &(operation, input, exception) in REFUSALS {
        server.check(operation, input, exception).await;
    }
}

#[tokio::test]
async fn operations_refuse_what_is_over_their_limits() {
    let server = server().await;
    let long = json!({ "repositoryName": "v", "repositoryDescription": "d".repeat(1001) }).to_string();
    server
        .check("CreateRepository", &long, "InvalidRepositoryDescriptionException")
        .await;
    let tags: Value = (0..51)
        .map(|at| (format!("k{at}"), json!("")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let tagged = json!({ "repositoryName": "v", "tags": tags }).to_string();
    server.check("CreateRepository", &tagged, "TooManyTagsException").await;
    let names: Vec<_> = (0..101).map(|at| format!("r{at}")).collect();
    let named = json!({ "repositoryNames": names }).to_string();
    server
        .check(
            "BatchGetRepositories",
            &named,
            "MaximumRepositoryNamesExceededException",
        )
        .await;
}

#[tokio::test]
async fn only_signed_requests_are_heard() {
    let server = server().await;
    let target = "CodeCommit_20150413.ListRepositories";
    let right = server.headers(target, b"{}", &server.secrets.secret_access_key);
    assert_eq!(server.send(right.clone(), b"{}".to_vec()).await.status, 200);

    let mut unsigned = right.clone();
    unsigned.remove("authorization");
    let mut other_key = right.clone();
    let theirs = right["authorization"]
        .to_str()
        .unwrap()
        .replace(&server.secrets.access_key_id, "AKIAIOSFODNN7EXAMPLE");
    other_key.insert("authorization", HeaderValue::from_str(&theirs).unwrap());
    let mut other_operation = right.clone();
    other_operation.insert(
        "x-amz-target",
        HeaderValue::from_static("CodeCommit_20150413.DeleteRepository"),
    );
    let mut with_token = right.clone();
    with_token.insert("x-amz-security-token", HeaderValue::from_static("token"));
    let wrong_secret = server.headers(target, b"{}", "wrong");
    for (headers, body, exception) in [
        (unsigned, "{}", "MissingAuthenticationTokenException"),
        (other_key, "{}", "UnrecognizedClientException"),
        (with_token, "{}", "IncompleteSignatureException"),
        (other_operation, "{}", "InvalidSignatureException"),
        (wrong_secret, "{}", "InvalidSignatureException"),
        (right, "{} ", "InvalidSignatureException"),
    ] {
        let got = server.send(headers, body.as_bytes().to_vec()).await;
        assert_eq!(
            (got.status, got.exception.as_deref()),
            (400, Some(exception)),
            "{:?}",
            got.body
        );
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let server = server().await;
    let body = vec![b' '; (12 << 20) + 1];
    let headers = server.headers(
        "CodeCommit_20150413.ListRepositories",
        &body,
        &server.secrets.secret_access_key,
    );
    assert_eq!(server.send(headers, body).await.status, 413);
}

#[tokio::test]
async fn a_deleted_repository_is_brought_back_by_the_administrator() {
    let server = server().await;
    server.call("CreateRepository", r#"{"repositoryName":"w"}"#).await;
    let id = server.call("DeleteRepository", r#"{"repositoryName":"w"}"#).await.body["repositoryId"].clone();
    let admin = async |operation: &str, body: Value| {
        let (target, body) = (format!("Packhouse_20260101.{operation}"), body.to_string().into_bytes());
        let headers = server.headers(&target, &body, &server.secrets.secret_access_key);
        server.send(headers, body).await
    };
    let listed = admin("ListDeletedRepositories", json!({})).await;
    assert_eq!(listed.body["repositories"][0]["repositoryId"], id);
    let back = admin("UndeleteRepository", json!({ "repository": "w", "newName": "x" })).await;
    assert_eq!(back.body, json!({ "repositoryId": id, "repositoryName": "x" }));
    let gone = admin("UndeleteRepository", json!({ "repository": "w" })).await;
    assert_eq!(gone.exception.as_deref(), Some("RepositoryDoesNotExistException"));
}

#[tokio::test]
async fn health_needs_no_signature() {
    let server = server().await;
    for path in ["/healthz", "/readyz"] {
        let response = server
            .router
            .clone()
            .oneshot(Request::get(path).body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), 200, "{path}");
    }
}
