//! `ListTagsForResource`.

use serde_json::json;

use super::call;
use super::tagged::{arn, check_resources, numbered, tags};

#[test]
fn tags_are_listed_on_one_page() {
    let made = json!({ "repositoryName": "listed-tags", "tags": numbered(0..50) });
    call("CreateRepository", &made).expect("the name is free");
    assert_eq!(tags("listed-tags"), numbered(0..50));
    let asked = json!({ "resourceArn": arn("listed-tags"), "nextToken": "x" });
    let got = call("ListTagsForResource", &asked).expect("it is there");
    assert_eq!(got, json!({ "tags": numbered(0..50) }));
    // They go with the repository, whose ARN changes with its name.
    let renamed = json!({ "oldName": "listed-tags", "newName": "listed-tags-too" });
    call("UpdateRepositoryName", &renamed).expect("the name is free");
    assert_eq!(tags("listed-tags-too"), numbered(0..50));
}

#[test]
fn what_is_no_resource_is_refused() {
    check_resources("ListTagsForResource", &json!({}));
}
