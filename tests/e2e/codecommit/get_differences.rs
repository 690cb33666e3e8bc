//! `GetDifferences`.

use serde_json::{Value, json};

use super::{NOWHERE, call, check_names, check_refusals, history, refused, with};

/// Change, path before, path after.
fn told(parameters: &Value) -> Vec<(String, Option<String>, Option<String>)> {
    let got = call("GetDifferences", parameters).expect("they can be compared");
    let differences = got["differences"].as_array().expect("a list").iter();
    let path = |blob: &Value| blob["path"].as_str().map(str::to_owned);
    differences
        .map(|one| {
            (
                super::text(&one["changeType"]),
                path(&one["beforeBlob"]),
                path(&one["afterBlob"]),
            )
        })
        .collect()
}

fn row(change: &str, before: &str, after: &str) -> (String, Option<String>, Option<String>) {
    let path = |path: &str| (!path.is_empty()).then(|| path.to_owned());
    (change.to_owned(), path(before), path(after))
}

#[test]
fn files_are_added_modified_and_deleted_and_never_renamed() {
    let commits = history(
        "compared",
        &[
            &[("a", Some("1")), ("dir/b", Some("1")), ("dir/sub/c", Some("1"))],
            &[
                ("a", Some("2")),
                ("dir/b", None),
                ("dir/moved", Some("1")),
                ("new", Some("x")),
            ],
        ],
    );
    let both = json!({
        "repositoryName": "compared",
        "beforeCommitSpecifier": commits[0],
        "afterCommitSpecifier": "main",
    });
    assert_eq!(
        told(&both),
        [
            row("M", "a", "a"),
            row("D", "dir/b", ""),
            row("A", "", "dir/moved"),
            row("A", "", "new"),
        ]
    );
    let all = json!({ "repositoryName": "compared", "afterCommitSpecifier": commits[0] });
    assert_eq!(
        told(&all),
        [row("A", "", "a"), row("A", "", "dir/b"), row("A", "", "dir/sub/c")]
    );
    let below = with(&both, &json!({ "beforePath": "dir", "afterPath": "/dir/" }));
    assert_eq!(told(&below), [row("D", "b", ""), row("A", "", "moved")]);
    assert_eq!(told(&with(&both, &json!({ "afterPath": "dir" }))), told(&below));
    assert_eq!(
        told(&with(&both, &json!({ "beforePath": "a", "afterPath": "a" }))),
        [row("M", "a", "a")]
    );
    assert_eq!(told(&with(&both, &json!({ "beforeCommitSpecifier": "main" }))), []);
    let one = call("GetDifferences", &both).expect("they can be compared")["differences"][0].clone();
    assert_eq!(
        (&one["beforeBlob"]["mode"], &one["afterBlob"]["mode"]),
        (&json!("100644"), &json!("100644"))
    );
}

#[test]
fn pages_compare_the_same_commits_whatever_becomes_of_the_branch() {
    let files: Vec<String> = (0..30).map(|at| format!("f{at:02}")).collect();
    let first: Vec<_> = files.iter().map(|path| (path.as_str(), Some("1"))).collect();
    let commits = history("paged", &[&first, &[("f00", None)]]);
    let asked = json!({ "repositoryName": "paged", "afterCommitSpecifier": "main", "MaxResults": 10 });
    let mut page = call("GetDifferences", &asked).expect("a page");
    let mut paths = Vec::new();
    let change = json!({
        "repositoryName": "paged", "branchName": "main", "parentCommitId": commits[1], "filePath": "f15", "commitMessage": "x",
    });
    call("DeleteFile", &change).expect("the branch moves");
    loop {
        let some = page["differences"].as_array().expect("a list").iter();
        paths.extend(some.map(|one| super::text(&one["afterBlob"]["path"])));
        let Some(token) = page.get("NextToken").cloned() else {
            break;
        };
        page = call("GetDifferences", &with(&asked, &json!({ "NextToken": token }))).expect("a page");
    }
    assert_eq!(paths, files[1..]);
    check_refusals(
        "GetDifferences",
        &asked,
        &[
            (json!({ "NextToken": "x" }), "InvalidContinuationTokenException"),
            (json!({ "MaxResults": 0 }), "InvalidMaxResultsException"),
            (json!({ "MaxResults": -1 }), "InvalidMaxResultsException"),
            (json!({ "afterCommitSpecifier": null }), "CommitRequiredException"),
            (json!({ "afterCommitSpecifier": "main~1" }), "InvalidCommitException"),
            (json!({ "beforeCommitSpecifier": "a..b" }), "InvalidCommitException"),
            (
                json!({ "afterCommitSpecifier": NOWHERE }),
                "CommitDoesNotExistException",
            ),
            (
                json!({ "beforeCommitSpecifier": "absent" }),
                "CommitDoesNotExistException",
            ),
            (json!({ "afterPath": "absent" }), "PathDoesNotExistException"),
            (json!({ "afterPath": "a//b" }), "InvalidPathException"),
        ],
    );
    refused(
        "GetDifferences",
        &json!({ "repositoryName": "paged" }),
        "CommitRequiredException",
    );
    check_names(
        "GetDifferences",
        "repositoryName",
        &json!({ "afterCommitSpecifier": "main" }),
    );
}
