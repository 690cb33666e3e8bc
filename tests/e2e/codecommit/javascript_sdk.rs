//! A program that uses the SDK for JavaScript.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use packhouse_harness::{Server, javascript};
use serde_json::{Value, json};

use super::many_branches;

/// Fails unless the SDK threw this exception as its own class, with a message that has `part` in it.
#[track_caller]
fn check_refusal(told: &Value, name: &str, part: &str) {
    let message = told["message"].as_str().expect("an exception has a message");
    assert!(message.contains(part), "{told}");
    let expected = json!({ "typed": true, "name": name, "message": message, "fault": "client", "status": 400 });
    assert_eq!(*told, expected);
}

#[test]
fn javascript_goes_from_a_repository_to_a_merged_pull_request() {
    many_branches("javascript-branches", 1200);
    let names = ["javascript", "javascript-branches"];
    let told = javascript::run(Server::shared(), include_str!("javascript_sdk.mjs"), &names);
    assert_eq!(told["tagged"], json!({ "team": "a", "a b": "ü=/" }));
    assert_eq!((&told["dated"], &told["now"]), (&json!(true), &json!(true)));
    assert_eq!(told["bytes"], STANDARD.encode((0..=255).collect::<Vec<u8>>()));
    assert_eq!((&told["text"], &told["added"]), (&json!("ü"), &json!(5)));
    let pages = json!([["A texts/a", "A texts/b"], ["A texts/c", "A texts/d"], ["A texts/ü"]]);
    assert_eq!(told["differences"], pages);
    assert_eq!(told["branches"], json!([1000, 201]));
    check_refusal(&told["outdated"], "ParentCommitIdOutdatedException", "parent commit");
    check_refusal(
        &told["absent"],
        "RepositoryDoesNotExistException",
        "absent does not exist",
    );
    let merged = &told["pullRequest"];
    // The SDK sent the same token again, and got what the first attempt had made.
    assert_eq!((&merged["attempts"], &merged["made"]), (&json!(2), &json!(1)));
    assert_eq!((&merged["dated"], &merged["rule"]), (&json!(true), &json!(true)));
    assert_eq!(merged["said"], "Why? ü");
    check_refusal(
        &merged["unsatisfied"],
        "PullRequestApprovalRulesNotSatisfiedException",
        "approval",
    );
    check_refusal(&merged["moved"], "TipOfSourceReferenceIsDifferentException", "source");
    assert_eq!(
        (&merged["status"], &merged["how"]),
        (&json!("CLOSED"), &json!("SQUASH_MERGE"))
    );
}
