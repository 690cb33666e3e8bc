//! `TagResource`.

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::tagged::{arn, check_resources, numbered, tags};
use super::{call, check_refusals, history, refused, with};

#[test]
fn tags_are_added_and_changed() {
    history("tagged", &[&[("a", Some("1"))]]);
    assert_eq!(tags("tagged"), json!({}));
    let tag = |given: Value| call("TagResource", &json!({ "resourceArn": arn("tagged"), "tags": given }));
    let (key, value) = ("k".repeat(128), "v".repeat(256));
    assert_eq!(
        tag(json!({ "team": "a", "größe": "", &key: value })).expect("they are tags"),
        json!({})
    );
    tag(json!({ "team": "b", "Team": "c d+e-f=g.h_i:j/k@l" })).expect("they are tags");
    assert_eq!(
        tags("tagged"),
        json!({ "team": "b", "Team": "c d+e-f=g.h_i:j/k@l", "größe": "", &key: value })
    );
    let told = Aws::of(Server::shared()).codecommit(&format!(
        "tag-resource --resource-arn {} --tags team=c,Status=Secret",
        arn("tagged")
    ));
    assert_eq!(told, Value::Null);
    assert_eq!(
        (&tags("tagged")["team"], &tags("tagged")["Status"]),
        (&json!("c"), &json!("Secret"))
    );
}

#[test]
fn a_repository_has_fifty_tags_at_most() {
    history("fifty-tags", &[&[("a", Some("1"))]]);
    let of = |range| json!({ "resourceArn": arn("fifty-tags"), "tags": numbered(range) });
    refused("TagResource", &of(0..51), "TooManyTagsException");
    call("TagResource", &of(0..40)).expect("there is room");
    refused("TagResource", &of(40..51), "TooManyTagsException");
    call("TagResource", &of(30..50)).expect("some are there already");
    refused("TagResource", &of(50..51), "TooManyTagsException");
    assert_eq!(tags("fifty-tags"), numbered(0..50));
}

#[test]
fn what_is_no_tag_is_refused() {
    history("untagged", &[&[("a", Some("1"))]]);
    let good = json!({ "resourceArn": arn("untagged"), "tags": { "a": "b" } });
    check_resources("TagResource", &json!({ "tags": { "a": "b" } }));
    refused(
        "TagResource",
        &json!({ "resourceArn": arn("untagged") }),
        "TagsMapRequiredException",
    );
    let mut refusals = vec![(json!({ "tags": {} }), "TagsMapRequiredException")];
    for tag in [
        json!({ "": "x" }),
        json!({ "a*": "" }),
        json!({ "a": "b\n" }),
        json!({ "k".repeat(129): "" }),
        json!({ "k": "v".repeat(257) }),
        json!({ "packhouse:other": "" }),
        json!({ "packhouse:object-format": "sha256" }),
    ] {
        refusals.push((json!({ "tags": tag }), "InvalidTagsMapException"));
    }
    for key in ["aws:a", "AWS:a"] {
        refusals.push((json!({ "tags": { key: "" } }), "InvalidSystemTagUsageException"));
    }
    check_refusals("TagResource", &good, &refusals);
    assert_eq!(tags("untagged"), json!({}));
    call("TagResource", &with(&good, &json!({ "tags": { "a": "" } }))).expect("it is a tag");
}
