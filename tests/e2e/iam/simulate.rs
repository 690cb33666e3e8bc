//! What policies would decide.

use serde_json::{Value, json};

use super::{allowing, done, make_user, refused};

const USER: &str = "arn:aws:iam::000000000000:user/simulated";

fn evaluations(answer: &Value) -> Vec<(String, String)> {
    let results = answer["EvaluationResults"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    results
        .map(|one| (text(&one["EvalActionName"]), text(&one["EvalDecision"])))
        .collect()
}

#[test]
fn the_policies_of_a_user_are_tried_out() {
    make_user("simulated");
    let document = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "codecommit:*", "Resource": "arn:aws:codecommit:*:*:demo" },
        { "Sid": "NotMain", "Effect": "Deny", "Action": "codecommit:GitPush", "Resource": "*", "Condition": {
            "StringEqualsIfExists": { "codecommit:References": ["refs/heads/main"] },
            "Null": { "codecommit:References": "false" } } } ] });
    let put = json!({ "UserName": "simulated", "PolicyName": "work", "PolicyDocument": document.to_string() });
    done("PutUserPolicy", &put);
    let ask = |reference: &str| {
        let parameters = json!({
            "PolicySourceArn": USER,
            "ActionNames": ["codecommit:GitPush", "codecommit:GitPull"],
            "ResourceArns": ["arn:aws:codecommit:us-east-1:000000000000:demo"],
            "ContextEntries": [{
                "ContextKeyName": "codecommit:References", "ContextKeyType": "string", "ContextKeyValues": [reference],
            }],
        });
        done("SimulatePrincipalPolicy", &parameters)
    };
    let main = ask("refs/heads/main");
    let told = |push: &str| {
        let rows = [("codecommit:GitPush", push), ("codecommit:GitPull", "allowed")];
        rows.map(|(action, decision)| (action.to_owned(), decision.to_owned()))
            .to_vec()
    };
    assert_eq!(evaluations(&main), told("explicitDeny"));
    assert_eq!(evaluations(&ask("refs/heads/topic")), told("allowed"));
    let push = &main["EvaluationResults"][0];
    let matched = json!([{ "SourcePolicyId": "user_simulated_work", "SourcePolicyType": "user" }]);
    assert_eq!(push["MatchedStatements"], matched);
    let why = push["EvalDecisionDetails"]["explanation"].as_str().expect("a sentence");
    assert!(why.contains("NotMain") && why.contains("work"), "{why}");
}

#[test]
fn what_would_change_the_decision_is_not_passed_over() {
    let with = |name: &str, value: Value| {
        let document = allowing(&["a:b"]);
        let mut parameters = json!({ "PolicyInputList": [document], "ActionNames": ["a:b"] });
        parameters[name] = value;
        parameters
    };
    let refuse = |parameters: &Value, code: &str| refused("SimulateCustomPolicy", parameters, (code, 400));
    refuse(&with("ResourcePolicy", "{}".into()), "ValidationError");
    refuse(&with("ActionNames", json!([])), "ValidationError");
    refuse(&with("ActionNames", json!(["ab"])), "InvalidInput");
    refuse(&with("PolicyInputList", json!(["{}"])), "InvalidInput");
    refuse(&with("PolicyInputList", json!([])), "ValidationError");
    let nobody = json!({ "PolicySourceArn": "arn:aws:iam::000000000000:user/nobody", "ActionNames": ["a:b"] });
    refused("SimulatePrincipalPolicy", &nobody, ("NoSuchEntity", 404));
}
