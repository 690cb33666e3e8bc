//! `UpdatePullRequestTitle`.

use serde_json::json;

use super::check_refusals;
use super::pull_request::{Asked, check_ids};

#[test]
fn a_title_is_replaced_and_nothing_else() {
    let asked = Asked::new("pr-title");
    let before = asked.get();
    for title in ["Other", "<b>ü</b> \u{1f389}", &"ü".repeat(150)] {
        let told = asked.call("UpdatePullRequestTitle", &json!({ "title": title }))["pullRequest"].clone();
        assert!(told["lastActivityDate"].as_f64() >= before["lastActivityDate"].as_f64());
        let mut expected = before.clone();
        expected["title"] = title.into();
        expected["lastActivityDate"] = told["lastActivityDate"].clone();
        assert_eq!(told, expected);
        assert_eq!(asked.get(), told);
        // Once more is no activity.
        let again = asked.call("UpdatePullRequestTitle", &json!({ "title": title }));
        assert_eq!(again["pullRequest"], told);
    }
    let events = asked.call("DescribePullRequestEvents", &json!({}));
    assert_eq!(events["pullRequestEvents"].as_array().map(Vec::len), Some(1));
    check_refusals(
        "UpdatePullRequestTitle",
        &asked.input(&json!({})),
        &[
            (json!({}), "TitleRequiredException"),
            (json!({ "title": "" }), "TitleRequiredException"),
            (json!({ "title": "ü".repeat(151) }), "InvalidTitleException"),
        ],
    );
    check_ids("UpdatePullRequestTitle", &json!({ "title": "t" }));
    asked.close();
    check_refusals(
        "UpdatePullRequestTitle",
        &asked.input(&json!({})),
        &[(json!({ "title": "late" }), "PullRequestAlreadyClosedException")],
    );
}
