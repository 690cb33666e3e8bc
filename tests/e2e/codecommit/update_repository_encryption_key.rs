//! `UpdateRepositoryEncryptionKey`.

use packhouse_harness::{Server, ServiceError};
use serde_json::{Value, json};

use super::{call, check_names, check_refusals, history, refused};

const OPERATION: &str = "UpdateRepositoryEncryptionKey";
const DEFAULT: &str = "alias/aws/codecommit";

#[test]
fn the_key_before_and_the_one_from_now_on_are_told() {
    // On AWS a key has to be there.
    let server = Server::start_embedded(&[]);
    let on = |operation: &str, input: Value| -> Result<Value, ServiceError> { server.boto3().call(operation, &input) };
    on("CreateRepository", json!({ "repositoryName": "w" })).expect("the name is free");
    let metadata = || {
        let got = on("GetRepository", json!({ "repositoryName": "w" })).expect("it is there");
        got["repositoryMetadata"].clone()
    };
    let id = metadata()["repositoryId"].clone();
    let arn = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555";
    let longest = "k".repeat(2048);
    let default_arn = format!("arn:aws:kms:us-east-1:000000000000:{DEFAULT}");
    let mut before = DEFAULT;
    for (key, told) in [
        (arn, arn),
        (arn, arn),
        ("alias/mine", "alias/mine"),
        (&longest, &longest),
        (&default_arn, DEFAULT),
        (DEFAULT, DEFAULT),
    ] {
        let got = on(OPERATION, json!({ "repositoryName": "w", "kmsKeyId": key })).expect("it has the form of a key");
        assert_eq!(
            got,
            json!({ "repositoryId": id, "kmsKeyId": told, "originalKmsKeyId": before })
        );
        assert_eq!(metadata()["kmsKeyId"].as_str().unwrap_or(DEFAULT), told);
        before = told;
    }
}

#[test]
fn what_is_no_key_is_refused() {
    history("no-key", &[&[("a", Some("1"))]]);
    let good = json!({ "repositoryName": "no-key", "kmsKeyId": DEFAULT });
    check_names(OPERATION, "repositoryName", &json!({ "kmsKeyId": DEFAULT }));
    refused(
        OPERATION,
        &json!({ "repositoryName": "no-key" }),
        "EncryptionKeyRequiredException",
    );
    check_refusals(
        OPERATION,
        &good,
        &[
            (json!({ "kmsKeyId": "" }), "EncryptionKeyRequiredException"),
            (json!({ "kmsKeyId": "a b" }), "EncryptionKeyInvalidIdException"),
            (
                json!({ "kmsKeyId": "k".repeat(2049) }),
                "EncryptionKeyInvalidIdException",
            ),
        ],
    );
    let got = call("GetRepository", &json!({ "repositoryName": "no-key" })).expect("it is there");
    assert_eq!(got["repositoryMetadata"].get("kmsKeyId"), None);
}
