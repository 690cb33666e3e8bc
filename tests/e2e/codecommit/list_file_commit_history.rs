//! `ListFileCommitHistory`.

use serde_json::{Value, json};

use super::{NOWHERE, call, check_names, check_refusals, history, text, with};

/// Commit, path and children of each version.
fn versions(parameters: &Value) -> (Vec<(String, String, Value)>, Option<Value>) {
    let got = call("ListFileCommitHistory", parameters).expect("it has a history");
    let versions = got["revisionDag"].as_array().expect("a list").iter();
    let version = |version: &Value| {
        (
            text(&version["commit"]["commitId"]),
            text(&version["path"]),
            version["revisionChildren"].clone(),
        )
    };
    (versions.map(version).collect(), got.get("nextToken").cloned())
}

#[test]
fn a_file_is_followed_through_renames() {
    let content = "a line that stays\n".repeat(20);
    let changed = format!("{content}and one more\n");
    let commits = history(
        "followed",
        &[
            &[("old.txt", Some(&content)), ("other", Some("1"))],
            &[("other", Some("2"))],
            &[("old.txt", Some(&changed))],
            &[("old.txt", None), ("dir/new.txt", Some(&changed))],
            &[("other", Some("3"))],
        ],
    );
    let asked = json!({ "repositoryName": "followed", "filePath": "dir/new.txt" });
    let all = vec![
        (commits[3].clone(), "dir/new.txt".to_owned(), json!([])),
        (commits[2].clone(), "old.txt".to_owned(), json!([commits[3]])),
        (commits[0].clone(), "old.txt".to_owned(), json!([commits[2]])),
    ];
    assert_eq!(versions(&asked), (all.clone(), None));
    let then = with(&asked, &json!({ "commitSpecifier": commits[2], "filePath": "old.txt" }));
    assert_eq!(versions(&then).0.len(), 2);
    let mut paged = Vec::new();
    let mut token = Value::Null;
    loop {
        let (page, next) = versions(&with(&asked, &json!({ "maxResults": 1, "nextToken": token })));
        assert!(page.len() <= 1);
        paged.extend(page);
        match next {
            Some(next) => token = next,
            None => break,
        }
    }
    assert_eq!(paged, all);
    let absent = with(&asked, &json!({ "filePath": "absent" }));
    assert_eq!(versions(&absent), (Vec::new(), None));
    check_refusals(
        "ListFileCommitHistory",
        &asked,
        &[
            (json!({ "commitSpecifier": "absent" }), "CommitDoesNotExistException"),
            (json!({ "commitSpecifier": NOWHERE }), "CommitDoesNotExistException"),
            (json!({ "commitSpecifier": "main^" }), "InvalidCommitException"),
            (json!({ "maxResults": 0 }), "InvalidMaxResultsException"),
            (json!({ "nextToken": "x" }), "InvalidContinuationTokenException"),
        ],
    );
    check_names("ListFileCommitHistory", "repositoryName", &json!({ "filePath": "a" }));
}
