//! `ListBranches`.

use serde_json::json;

use super::{branch, call, check_names, history, many_branches, refused};

#[test]
fn branches_are_listed_by_name_in_byte_order() {
    call("CreateRepository", &json!({ "repositoryName": "branchless" })).expect("the name is free");
    let none = call("ListBranches", &json!({ "repositoryName": "branchless" })).expect("empty is fine");
    assert_eq!(none, json!({ "branches": [] }));
    let commits = history("branches", &[&[("a", Some("1"))]]);
    for name in ["z", "MyNewBranch", "a/b"] {
        branch("branches", name, &commits[0]);
    }
    let parameters = json!({ "repositoryName": "branches" });
    let all = call("ListBranches", &parameters).expect("there are some");
    assert_eq!(all, json!({ "branches": ["MyNewBranch", "a/b", "main", "z"] }));
    let forged = json!({ "repositoryName": "branches", "nextToken": "x" });
    refused("ListBranches", &forged, "InvalidContinuationTokenException");
    check_names("ListBranches", "repositoryName", &json!({}));
}

#[test]
fn pages_go_on_behind_each_other_while_branches_come_and_go() {
    many_branches("many-branches", 1500);
    let first = call("ListBranches", &json!({ "repositoryName": "many-branches" })).expect("a page");
    let names = first["branches"].as_array().expect("a list");
    assert_eq!((names.len(), &names[999]), (1000, &json!("b0999")));
    call(
        "DeleteBranch",
        &json!({ "repositoryName": "many-branches", "branchName": "b0999" }),
    )
    .expect("it is there");
    let parameters = json!({ "repositoryName": "many-branches", "nextToken": first["nextToken"] });
    let second = call("ListBranches", &parameters).expect("a page");
    let names = second["branches"].as_array().expect("a list");
    assert_eq!(
        (names.len(), &names[0], &names[500]),
        (501, &json!("b1000"), &json!("main"))
    );
    assert!(second.get("nextToken").is_none());
}
