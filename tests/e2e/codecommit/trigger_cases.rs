//! Triggers for tests, and what the operations that take some refuse.

use serde_json::{Value, json};

use super::{check_names, refused, with};

/// A topic that nobody made.
pub(super) const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:pushes";

/// A trigger.
pub(super) fn trigger(name: &str) -> Value {
    json!({ "name": name, "destinationArn": TOPIC, "branches": [], "events": ["all"] })
}

/// So many triggers.
pub(super) fn many(count: usize) -> Value {
    (0..count).map(|at| trigger(&format!("t{at}"))).collect()
}

/// Fails unless the operation refuses what is no trigger. The repository must be there.
#[track_caller]
pub(super) fn check_triggers(operation: &str, repository: &str) {
    check_names(operation, "repositoryName", &json!({ "triggers": [] }));
    let named = json!({ "repositoryName": repository });
    refused(operation, &named, "RepositoryTriggersListRequiredException");
    let given = |triggers: Value| with(&named, &json!({ "triggers": triggers }));
    let code = "MaximumRepositoryTriggersExceededException";
    refused(operation, &given(many(11)), code);
    let twice = given(json!([trigger("a"), trigger("a")]));
    refused(operation, &twice, "InvalidRepositoryTriggerNameException");
    for (member, code) in [
        ("name", "RepositoryTriggerNameRequiredException"),
        ("destinationArn", "RepositoryTriggerDestinationArnRequiredException"),
        ("branches", "RepositoryTriggerBranchNameListRequiredException"),
        ("events", "RepositoryTriggerEventsListRequiredException"),
    ] {
        let mut without = trigger("t");
        without.as_object_mut().expect("an object").remove(member);
        refused(operation, &given(json!([without])), code);
    }
    let branches: Vec<String> = (0..11).map(|at| format!("b{at}")).collect();
    for (more, code) in [
        (json!({ "name": "a b" }), "InvalidRepositoryTriggerNameException"),
        (
            json!({ "name": "n".repeat(101) }),
            "InvalidRepositoryTriggerNameException",
        ),
        (
            json!({ "destinationArn": "pushes" }),
            "InvalidRepositoryTriggerDestinationArnException",
        ),
        (
            json!({ "destinationArn": format!("{TOPIC}.fifo") }),
            "InvalidRepositoryTriggerDestinationArnException",
        ),
        (
            json!({ "destinationArn": TOPIC.replace("east-1", "east-2") }),
            "InvalidRepositoryTriggerRegionException",
        ),
        (
            json!({ "customData": "x".repeat(1001) }),
            "InvalidRepositoryTriggerCustomDataException",
        ),
        (json!({ "branches": branches }), "MaximumBranchesExceededException"),
        (
            json!({ "branches": ["a..b"] }),
            "InvalidRepositoryTriggerBranchNameException",
        ),
        (json!({ "events": [] }), "RepositoryTriggerEventsListRequiredException"),
        (json!({ "events": ["push"] }), "InvalidRepositoryTriggerEventsException"),
        (
            json!({ "events": ["all", "createReference"] }),
            "InvalidRepositoryTriggerEventsException",
        ),
    ] {
        refused(operation, &given(json!([with(&trigger("t"), &more)])), code);
    }
}
