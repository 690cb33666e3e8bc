//! Encryption keys of repositories.

use std::sync::Arc;

use async_trait::async_trait;
use packhouse_forge::encryption_keys::{EncryptionKeys, UselessKey};
use packhouse_git::hash::{ObjectFormat, ObjectId, object_id};
use packhouse_git::object::Kind;
use packhouse_git::ref_name::RefName;
use packhouse_storage::blobs::KeyFault;
use packhouse_storage::log::Actor;
use packhouse_storage::push::{Command, Request, pack_of, push};
use packhouse_storage::repository_id::RepositoryId;
use packhouse_storage::snapshot::Snapshot;
use serde_json::json;

use crate::aws_json::testing::{Server, server, server_with};

/// Keys that are named after what is wrong with them.
#[derive(Debug)]
struct Named;

const FAULTS: &[(&str, KeyFault, &str)] = &[
    ("denied", KeyFault::AccessDenied, "EncryptionKeyAccessDeniedException"),
    ("disabled", KeyFault::Disabled, "EncryptionKeyDisabledException"),
    ("no-id", KeyFault::InvalidId, "EncryptionKeyInvalidIdException"),
    ("to-sign", KeyFault::InvalidUsage, "EncryptionKeyInvalidUsageException"),
    ("gone", KeyFault::NotFound, "EncryptionKeyNotFoundException"),
    ("away", KeyFault::Unavailable, "EncryptionKeyUnavailableException"),
];

#[async_trait]
impl EncryptionKeys for Named {
    async fn check(&self, key: &str) -> Result<(), UselessKey> {
        match FAULTS.iter().find(|(name, ..)| *name == key) {
            Some(&(_, fault, _)) => Err(UselessKey {
                fault,
                why: "by name".into(),
            }),
            None => Ok(()),
        }
    }
}

fn input(key: &str) -> String {
    json!({ "repositoryName": "w", "kmsKeyId": key }).to_string()
}

#[tokio::test]
async fn a_key_can_be_changed_and_given_up() {
    let server = server().await;
    let made = server.call("CreateRepository", &input("alias/first")).await;
    let id = &made.body["repositoryMetadata"]["repositoryId"];
    assert_eq!(made.body["repositoryMetadata"]["kmsKeyId"], "alias/first");
    let key = "arn:aws:kms:us-east-1:000000000000:key/mrk-1_2";
    let default = "arn:aws:kms:us-east-1:000000000000:alias/aws/codecommit";
    let told = "alias/aws/codecommit";
    for (chosen, now, before) in [
        (key, key, "alias/first"),
        (key, key, key),
        (default, told, key),
        (told, told, told),
        (key, key, told),
    ] {
        let got = server.call("UpdateRepositoryEncryptionKey", &input(chosen)).await;
        assert_eq!(
            got.body,
            json!({ "repositoryId": id, "kmsKeyId": now, "originalKmsKeyId": before })
        );
        let found = server.call("GetRepository", r#"{"repositoryName":"w"}"#).await;
        let known = found.body["repositoryMetadata"]["kmsKeyId"].as_str();
        assert_eq!(known.unwrap_or(told), now);
    }
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let server = server().await;
    server.call("CreateRepository", r#"{"repositoryName":"w"}"#).await;
    let long = input(&"k".repeat(2049));
    for (input, exception) in [
        (r#"{"kmsKeyId":"k"}"#, "RepositoryNameRequiredException"),
        (
            r#"{"repositoryName":"a/b","kmsKeyId":"k"}"#,
            "InvalidRepositoryNameException",
        ),
        (
            r#"{"repositoryName":"v","kmsKeyId":"k"}"#,
            "RepositoryDoesNotExistException",
        ),
        (r#"{"repositoryName":"w"}"#, "EncryptionKeyRequiredException"),
        (
            r#"{"repositoryName":"w","kmsKeyId":""}"#,
            "EncryptionKeyRequiredException",
        ),
        (
            r#"{"repositoryName":"w","kmsKeyId":"a b"}"#,
            "EncryptionKeyInvalidIdException",
        ),
        (&long, "EncryptionKeyInvalidIdException"),
    ] {
        server.check("UpdateRepositoryEncryptionKey", input, exception).await;
    }
}

#[tokio::test]
async fn a_key_that_is_of_no_use_cannot_be_chosen() {
    let server = server_with(|forge| forge.with_encryption_keys(Arc::new(Named))).await;
    for &(key, _, exception) in FAULTS {
        server.check("CreateRepository", &input(key), exception).await;
    }
    assert_eq!(server.call("CreateRepository", &input("good")).await.status, 200);
    for &(key, _, exception) in FAULTS {
        server
            .check("UpdateRepositoryEncryptionKey", &input(key), exception)
            .await;
    }
    let found = server.call("GetRepository", r#"{"repositoryName":"w"}"#).await;
    assert_eq!(found.body["repositoryMetadata"]["kmsKeyId"], "good");
}

/// Puts a commit onto `main` of the repository with that id.
async fn commit(server: &Server, id: &str) -> ObjectId {
    let store = server.app.forge.store();
    let snapshot = Snapshot::open(store, &RepositoryId::parse(id).unwrap()).await.unwrap();
    let odb = snapshot.odb().await.unwrap();
    let tree = object_id(ObjectFormat::Sha1, Kind::Tree, b"").unwrap();
    let text = format!("tree {tree}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nc\n").into_bytes();
    let commit = object_id(ObjectFormat::Sha1, Kind::Commit, &text).unwrap();
    let objects = vec![(Kind::Tree, Vec::new()), (Kind::Commit, text)];
    let pack = pack_of(&snapshot, &odb, objects).await.unwrap();
    let request = Request {
        commands: vec![Command {
            name: RefName::branch("main").unwrap(),
            old: None,
            new: Some(commit),
        }],
        actor: Actor::default(),
        ..Request::default()
    };
    push(snapshot, pack, &request).await.unwrap();
    commit
}

#[tokio::test]
async fn what_lies_under_a_key_that_became_useless_is_told_to_be_so() {
    for (fault, exception) in [
        (KeyFault::AccessDenied, "EncryptionKeyAccessDeniedException"),
        (KeyFault::Disabled, "EncryptionKeyDisabledException"),
        (KeyFault::NotFound, "EncryptionKeyNotFoundException"),
        (KeyFault::Unavailable, "EncryptionKeyUnavailableException"),
        (KeyFault::InvalidUsage, "EncryptionKeyUnavailableException"),
    ] {
        let server = server().await;
        let made = server.call("CreateRepository", &input("alias/mine")).await;
        let id = made.body["repositoryMetadata"]["repositoryId"].as_str().unwrap();
        let commit = commit(&server, id).await;
        server.blobs.set_fault("alias/mine", Some(fault));
        let get = json!({ "repositoryName": "w", "commitId": commit.to_string() }).to_string();
        server.check("GetCommit", &get, exception).await;
        server.blobs.set_fault("alias/mine", None);
        assert_eq!(server.call("GetCommit", &get).await.status, 200);
    }
}
