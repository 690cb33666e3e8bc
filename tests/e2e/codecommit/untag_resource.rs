//! `UntagResource`.

use serde_json::json;

use super::tagged::{arn, check_resources, numbered, tags};
use super::{call, check_refusals, history, refused};

#[test]
fn tags_are_taken_away_by_their_keys() {
    history("untag", &[&[("a", Some("1"))]]);
    let tag = json!({ "resourceArn": arn("untag"), "tags": { "a": "1", "A": "2", "b": "3" } });
    call("TagResource", &tag).expect("they are tags");
    let untag = json!({ "resourceArn": arn("untag"), "tagKeys": ["a", "none", "a"] });
    // Once more changes nothing.
    for _ in 0..2 {
        assert_eq!(call("UntagResource", &untag).expect("they are keys"), json!({}));
        assert_eq!(tags("untag"), json!({ "A": "2", "b": "3" }));
    }
}

#[test]
fn what_is_no_key_is_refused() {
    history("untag-refused", &[&[("a", Some("1"))]]);
    let all = json!({ "resourceArn": arn("untag-refused"), "tags": numbered(0..50) });
    call("TagResource", &all).expect("they are tags");
    check_resources("UntagResource", &json!({ "tagKeys": ["a"] }));
    let good = json!({ "resourceArn": arn("untag-refused"), "tagKeys": ["a"] });
    refused(
        "UntagResource",
        &json!({ "resourceArn": arn("untag-refused") }),
        "TagKeysListRequiredException",
    );
    let keys = |count: usize| json!({ "tagKeys": (0..count).map(|at| format!("k{at}")).collect::<Vec<_>>() });
    check_refusals(
        "UntagResource",
        &good,
        &[
            (keys(0), "TagKeysListRequiredException"),
            (keys(51), "TooManyTagsException"),
            (json!({ "tagKeys": [""] }), "InvalidTagKeysListException"),
            (json!({ "tagKeys": ["a*"] }), "InvalidTagKeysListException"),
            (json!({ "tagKeys": ["k".repeat(129)] }), "InvalidTagKeysListException"),
            (json!({ "tagKeys": ["aws:a"] }), "InvalidSystemTagUsageException"),
        ],
    );
    assert_eq!(tags("untag-refused"), numbered(0..50));
    call("UntagResource", &super::with(&good, &keys(50))).expect("as many as there can be");
    assert_eq!(tags("untag-refused"), json!({}));
}

#[test]
fn what_a_repository_is_made_of_cannot_be_taken_away() {
    let made = json!({ "repositoryName": "untag-format", "tags": { "packhouse:object-format": "sha1", "a": "" } });
    call("CreateRepository", &made).expect("the name is free");
    let both = json!({ "resourceArn": arn("untag-format"), "tagKeys": ["a", "packhouse:object-format"] });
    refused("UntagResource", &both, "InvalidTagKeysListException");
    assert_eq!(tags("untag-format"), made["tags"]);
}
