//! `GetRepositoryTriggers`.

use packhouse_harness::{Aws, Server};
use serde_json::json;

use super::trigger_cases::trigger;
use super::{call, check_names, history};

#[test]
fn triggers_are_told_as_they_were_put() {
    history("get-triggers", &[&[("a", Some("1"))]]);
    let named = json!({ "repositoryName": "get-triggers" });
    let none = call("GetRepositoryTriggers", &named).expect("it is there");
    assert_eq!(none, json!({ "triggers": [] }));
    let input = json!({ "repositoryName": "get-triggers", "triggers": [trigger("one"), trigger("two")] });
    let put = call("PutRepositoryTriggers", &input).expect("they are triggers");
    let told = Aws::of(Server::shared()).codecommit("get-repository-triggers --repository-name get-triggers");
    assert_eq!(told["configurationId"], put["configurationId"]);
    assert_eq!(told["triggers"], input["triggers"]);
    // They belong to the repository, whatever its name.
    let renamed = json!({ "oldName": "get-triggers", "newName": "got-triggers" });
    call("UpdateRepositoryName", &renamed).expect("the name is free");
    let after = call("GetRepositoryTriggers", &json!({ "repositoryName": "got-triggers" })).expect("it is there");
    assert_eq!(after, told);
}

#[test]
fn what_is_no_repository_is_refused() {
    check_names("GetRepositoryTriggers", "repositoryName", &json!({}));
}
