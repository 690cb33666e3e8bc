//! Resources for tests of tags, and what all operations on them refuse.

use serde_json::{Value, json};

use super::{call, refused, with};

/// The ARN of a repository.
pub(super) fn arn(repository: &str) -> String {
    format!("arn:aws:codecommit:us-east-1:000000000000:{repository}")
}

/// The tags of a repository.
#[track_caller]
pub(super) fn tags(repository: &str) -> Value {
    let asked = json!({ "resourceArn": arn(repository) });
    let got = call("ListTagsForResource", &asked).expect("the repository is there");
    assert_eq!(got, json!({ "tags": got["tags"] }));
    got["tags"].clone()
}

/// Tags with keys of these numbers.
pub(super) fn numbered(range: std::ops::Range<usize>) -> Value {
    let all: serde_json::Map<_, _> = range.map(|at| (format!("k{at}"), json!(""))).collect();
    all.into()
}

/// Fails unless the operation refuses what is no ARN of a repository of this account and region.
#[track_caller]
pub(super) fn check_resources(operation: &str, rest: &Value) {
    refused(operation, rest, "ResourceArnRequiredException");
    for (arn, code) in [
        (String::new(), "ResourceArnRequiredException"),
        ("tagged".to_owned(), "InvalidResourceArnException"),
        (arn(""), "InvalidResourceArnException"),
        (arn("a").replace("east-1", "east-2"), "InvalidResourceArnException"),
        (
            arn("a").replace(":000000000000:", ":111111111111:"),
            "InvalidResourceArnException",
        ),
        (arn("a").replace(":codecommit:", ":s3:"), "InvalidResourceArnException"),
        (arn("a b"), "InvalidRepositoryNameException"),
        (arn("absent"), "RepositoryDoesNotExistException"),
    ] {
        refused(operation, &with(rest, &json!({ "resourceArn": arn })), code);
    }
}
