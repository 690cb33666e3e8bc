//! `UpdateRepositoryDescription`.

use serde_json::json;

use super::{call, check_names, metadata, refused};

#[test]
fn a_description_is_set_replaced_and_removed() {
    call("CreateRepository", &json!({ "repositoryName": "described" })).expect("the name is free");
    assert!(metadata("described").get("repositoryDescription").is_none());
    for description in ["first", "<b>second</b> ☃", &"d".repeat(1000)] {
        let parameters = json!({ "repositoryName": "described", "repositoryDescription": description });
        assert_eq!(
            call("UpdateRepositoryDescription", &parameters).expect("valid"),
            json!({})
        );
        assert_eq!(metadata("described")["repositoryDescription"], description);
    }
    call("UpdateRepositoryDescription", &json!({ "repositoryName": "described" })).expect("no description is fine");
    assert!(
        metadata("described")
            .get("repositoryDescription")
            .is_none_or(|text| text == "")
    );
    let dates = metadata("described");
    assert!(dates["lastModifiedDate"].as_f64() >= dates["creationDate"].as_f64());
}

#[test]
fn names_and_lengths_are_checked() {
    check_names(
        "UpdateRepositoryDescription",
        "repositoryName",
        &json!({ "repositoryDescription": "x" }),
    );
    call("CreateRepository", &json!({ "repositoryName": "too-long" })).expect("the name is free");
    let parameters = json!({ "repositoryName": "too-long", "repositoryDescription": "d".repeat(1001) });
    refused(
        "UpdateRepositoryDescription",
        &parameters,
        "InvalidRepositoryDescriptionException",
    );
}
