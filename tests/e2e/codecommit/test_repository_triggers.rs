//! `TestRepositoryTriggers`.

use serde_json::json;

use super::trigger_cases::{TOPIC, check_triggers, trigger};
use super::{call, history, with};

#[test]
fn targets_that_are_not_reached_are_told_and_nothing_changes() {
    history("tested-triggers", &[&[("a", Some("1"))]]);
    let function = TOPIC
        .replace(":sns:", ":lambda:")
        .replace(":pushes", ":function:pushes");
    let second = with(&trigger("second"), &json!({ "destinationArn": function }));
    let input = json!({ "repositoryName": "tested-triggers", "triggers": [trigger("first"), second] });
    let tested = call("TestRepositoryTriggers", &input).expect("they are triggers");
    assert_eq!(tested["successfulExecutions"], json!([]));
    let failed = tested["failedExecutions"].as_array().expect("a list");
    let names: Vec<_> = failed.iter().map(|one| one["trigger"].clone()).collect();
    assert_eq!(names, [json!("first"), json!("second")]);
    for one in failed {
        assert!(
            one["failureMessage"].as_str().is_some_and(|text| !text.is_empty()),
            "{one}"
        );
    }
    let named = json!({ "repositoryName": "tested-triggers" });
    let got = call("GetRepositoryTriggers", &named).expect("it is there");
    assert_eq!(got, json!({ "triggers": [] }));
    let none = with(&named, &json!({ "triggers": [] }));
    let tested = call("TestRepositoryTriggers", &none).expect("there is nothing to test");
    assert_eq!(tested, json!({ "successfulExecutions": [], "failedExecutions": [] }));
}

#[test]
fn what_is_no_trigger_is_refused() {
    history("untested-triggers", &[&[("a", Some("1"))]]);
    check_triggers("TestRepositoryTriggers", "untested-triggers");
}
