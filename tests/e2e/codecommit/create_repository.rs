//! `CreateRepository`.

use packhouse_harness::{Aws, Server};
use serde_json::json;

use super::{call, check_names, metadata, refused};

#[test]
fn a_new_repository_has_all_fields_but_a_default_branch() {
    let server = Server::shared();
    let created = Aws::of(server).codecommit(
        "create-repository --repository-name new.repository_1 --repository-description Häuser --tags team=a,stage=b",
    );
    let made = &created["repositoryMetadata"];
    assert_eq!(made["repositoryName"], "new.repository_1");
    assert_eq!(made["repositoryDescription"], "Häuser");
    assert_eq!(made["accountId"], "000000000000");
    assert_eq!(
        made["Arn"],
        "arn:aws:codecommit:us-east-1:000000000000:new.repository_1"
    );
    assert_eq!(made["cloneUrlHttp"], server.url("new.repository_1"));
    assert_eq!(made["repositoryId"].as_str().expect("an id").len(), 36);
    assert_eq!(made["creationDate"], made["lastModifiedDate"]);
    assert!(made.get("defaultBranch").is_none(), "{made}");
    assert!(made.get("cloneUrlSsh").is_some(), "{made}");
}

#[test]
fn a_name_is_used_once_and_case_matters() {
    call("CreateRepository", &json!({ "repositoryName": "Once" })).expect("the name is free");
    let told = refused(
        "CreateRepository",
        &json!({ "repositoryName": "Once" }),
        "RepositoryNameExistsException",
    );
    assert_eq!(told, "Repository named Once already exists");
    call("CreateRepository", &json!({ "repositoryName": "once" })).expect("another name");
    let told = Aws::of(Server::shared()).codecommit_refused("create-repository --repository-name Once");
    assert!(
        told.contains("(RepositoryNameExistsException) when calling the CreateRepository operation"),
        "{told}"
    );
}

#[test]
fn names_descriptions_and_tags_are_checked() {
    check_names("CreateRepository", "repositoryName", &json!({}));
    let with = |key: &str, value: serde_json::Value| {
        let mut parameters = json!({ "repositoryName": "checked" });
        parameters[key] = value;
        parameters
    };
    let long = "d".repeat(1001);
    refused(
        "CreateRepository",
        &with("repositoryDescription", long.into()),
        "InvalidRepositoryDescriptionException",
    );
    let system = json!({ "aws:x": "y" });
    refused(
        "CreateRepository",
        &with("tags", system),
        "InvalidSystemTagUsageException",
    );
    let many: serde_json::Map<_, _> = (0..51).map(|at| (format!("k{at}"), json!("v"))).collect();
    refused("CreateRepository", &with("tags", many.into()), "TooManyTagsException");
    refused(
        "CreateRepository",
        &with("tags", json!({ "a*": "" })),
        "InvalidTagsMapException",
    );
    refused(
        "CreateRepository",
        &with("kmsKeyId", json!("a b")),
        "EncryptionKeyInvalidIdException",
    );
    refused(
        "GetRepository",
        &json!({ "repositoryName": "checked" }),
        "RepositoryDoesNotExistException",
    );
}

#[test]
fn of_many_who_create_one_name_at_once_one_succeeds() {
    let server = Server::shared();
    let clients: Vec<_> = (0..4)
        .map(|_| packhouse_harness::Boto3::start(server.credentials()))
        .collect();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let parameters = json!({ "repositoryName": "contested" });
        let calls: Vec<_> = clients
            .iter()
            .map(|client| {
                let parameters = parameters.clone();
                scope.spawn(move || client.call("CreateRepository", &parameters))
            })
            .collect();
        calls
            .into_iter()
            .map(|call| call.join().expect("boto3 answers"))
            .collect()
    });
    assert_eq!(
        outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
        1,
        "{outcomes:?}"
    );
    let errors = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(
        errors
            .clone()
            .all(|error| error.code == "RepositoryNameExistsException"),
        "{outcomes:?}"
    );
    assert_eq!(metadata("contested")["repositoryName"], "contested");
}
