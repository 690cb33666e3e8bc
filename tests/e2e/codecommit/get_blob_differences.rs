//! `GetBlobDifferences`.

use serde_json::{Value, json};

use super::{NOWHERE, call, check_names, check_refusals, history, with};

/// The ids of two blobs with these contents.
fn blobs(repository: &str, before: &str, after: &str) -> (Value, Value) {
    history(repository, &[&[("before", Some(before)), ("after", Some(after))]]);
    let id = |path| {
        call("GetFile", &json!({ "repositoryName": repository, "filePath": path })).expect("it is there")["blobId"]
            .clone()
    };
    (id("before"), id("after"))
}

fn line(kind: &str, before: Option<u64>, after: Option<u64>, content: &str) -> Value {
    let mut line = json!({ "type": kind, "content": content });
    if let Some(number) = before {
        line["beforeLineNumber"] = number.into();
    }
    if let Some(number) = after {
        line["afterLineNumber"] = number.into();
    }
    line
}

#[test]
fn lines_that_differ_are_told_with_those_around_them() {
    let (before, after) = blobs("lines", "1\n2\n3\n4\n5\n6\n", "1\n2\n3\nfour\n5\n6");
    let asked = json!({ "repositoryName": "lines", "beforeBlobId": before, "afterBlobId": after, "contextLines": 1 });
    let got = call("GetBlobDifferences", &asked).expect("they can be compared");
    assert_eq!(
        (&got["isBinary"], &got["beforeBlobSize"], &got["afterBlobSize"]),
        (&json!(false), &json!(12), &json!(14))
    );
    assert_eq!(
        got["hunks"],
        json!([{
            "beforeStartLine": 3, "beforeLineCount": 4, "afterStartLine": 3, "afterLineCount": 4,
            "changes": [
                line("CONTEXT", Some(3), Some(3), "3"),
                line("DELETE", Some(4), None, "4"),
                line("ADD", None, Some(4), "four"),
                line("CONTEXT", Some(5), Some(5), "5"),
                line("DELETE", Some(6), None, "6"),
                line("ADD", None, Some(6), "6"),
            ],
        }])
    );
    let new = json!({ "repositoryName": "lines", "afterBlobId": after });
    let new = call("GetBlobDifferences", &new).expect("they can be compared");
    assert_eq!(
        (&new["beforeBlobSize"], &new["hunks"][0]["afterLineCount"]),
        (&json!(0), &json!(6))
    );
    let same = with(&asked, &json!({ "beforeBlobId": after }));
    assert_eq!(
        call("GetBlobDifferences", &same).expect("they can be compared")["hunks"],
        json!([])
    );
}

#[test]
fn blanks_can_be_ignored_and_binary_files_have_no_lines() {
    let (before, after) = blobs("blanks", "a b\nc\n", "a  b\nd\n");
    let asked = json!({ "repositoryName": "blanks", "beforeBlobId": before, "afterBlobId": after });
    let count = |parameters| {
        let got = call("GetBlobDifferences", &parameters).expect("they can be compared");
        got["hunks"][0]["changes"].as_array().map(Vec::len)
    };
    assert_eq!(count(asked.clone()), Some(4));
    assert_eq!(count(with(&asked, &json!({ "ignoreWhitespace": true }))), Some(3));
    let (before, after) = blobs("binaries", "a\0b", "a\0c");
    let asked = json!({ "repositoryName": "binaries", "beforeBlobId": before, "afterBlobId": after });
    let got = call("GetBlobDifferences", &asked).expect("they can be compared");
    assert_eq!((&got["isBinary"], &got["hunks"]), (&json!(true), &json!([])));
}

#[test]
fn pages_are_of_hunks() {
    let text = |mark: &str| -> String {
        let line = |at| {
            if at % 10 == 0 {
                format!("{mark}{at}\n")
            } else {
                format!("{at}\n")
            }
        };
        (0..100).map(line).collect()
    };
    let (before, after) = blobs("hunks", &text("a"), &text("b"));
    let asked = json!({
        "repositoryName": "hunks", "beforeBlobId": before, "afterBlobId": after, "contextLines": 0, "MaxResults": 4,
    });
    let mut starts = Vec::new();
    let mut token = Value::Null;
    loop {
        let page = call("GetBlobDifferences", &with(&asked, &json!({ "NextToken": token }))).expect("a page");
        let hunks = page["hunks"].as_array().expect("a list");
        assert!(hunks.len() <= 4);
        starts.extend(hunks.iter().filter_map(|hunk| hunk["beforeStartLine"].as_u64()));
        match page.get("NextToken") {
            Some(next) => token = next.clone(),
            None => break,
        }
    }
    assert_eq!(starts, (0..10).map(|at| at * 10 + 1).collect::<Vec<u64>>());
    check_refusals(
        "GetBlobDifferences",
        &asked,
        &[
            (json!({ "afterBlobId": null }), "BlobIdRequiredException"),
            (json!({ "afterBlobId": "x" }), "InvalidBlobIdException"),
            (json!({ "beforeBlobId": NOWHERE }), "BlobIdDoesNotExistException"),
            (json!({ "contextLines": 21 }), "ValidationException"),
            (json!({ "contextLines": -1 }), "ValidationException"),
            (json!({ "MaxResults": 0 }), "InvalidMaxResultsException"),
            (json!({ "MaxResults": 1001 }), "InvalidMaxResultsException"),
            (json!({ "NextToken": "x" }), "InvalidContinuationTokenException"),
        ],
    );
    check_names(
        "GetBlobDifferences",
        "repositoryName",
        &json!({ "afterBlobId": NOWHERE }),
    );
}
