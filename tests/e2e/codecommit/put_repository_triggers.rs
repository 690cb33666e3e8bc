//! `PutRepositoryTriggers`.

use serde_json::json;

use super::trigger_cases::{check_triggers, many, trigger};
use super::{call, history, text};

#[test]
fn all_triggers_are_replaced_by_those_that_are_put() {
    history("put-triggers", &[&[("a", Some("1"))]]);
    let at_the_limits = json!([{
        "name": "n".repeat(100), "destinationArn": "arn:aws:lambda:us-east-1:111111111111:function:f:$LATEST",
        "customData": "ä".repeat(1000), "branches": (0..10).map(|at| format!("b/{at}")).collect::<Vec<_>>(),
        "events": ["updateReference", "createReference", "deleteReference"],
    }]);
    let mut ids = Vec::new();
    for triggers in [json!([trigger("b"), trigger("a")]), many(10), at_the_limits, json!([])] {
        let input = json!({ "repositoryName": "put-triggers", "triggers": triggers });
        let put = call("PutRepositoryTriggers", &input).expect("they are triggers");
        let id = text(&put["configurationId"]);
        assert_eq!((put, id.len()), (json!({ "configurationId": id }), 36));
        let got = call("GetRepositoryTriggers", &json!({ "repositoryName": "put-triggers" })).expect("it is there");
        assert_eq!(got, json!({ "configurationId": id, "triggers": triggers }));
        assert!(!ids.contains(&id));
        ids.push(id);
    }
}

#[test]
fn what_is_no_trigger_is_refused_and_leaves_those_that_are_there() {
    history("no-triggers", &[&[("a", Some("1"))]]);
    let input = json!({ "repositoryName": "no-triggers", "triggers": [trigger("there")] });
    call("PutRepositoryTriggers", &input).expect("it is a trigger");
    check_triggers("PutRepositoryTriggers", "no-triggers");
    let got = call("GetRepositoryTriggers", &json!({ "repositoryName": "no-triggers" })).expect("it is there");
    assert_eq!(got["triggers"], input["triggers"]);
}
