//! The account as a whole, and what policies would decide.

use serde_json::{Value, json};

use super::super::allowing;
use super::{File, iam, members, quiet, text};

#[test]
fn the_account_is_summed_up_and_told_in_detail() {
    iam("create-user --user-name cli-counted --path /cli-counted/");
    let summary = iam("get-account-summary --query SummaryMap.[Users,UsersQuota]");
    assert!(summary[0].as_u64() > Some(1), "{summary}");
    assert_eq!(summary[1], 5000);
    let details = iam("get-account-authorization-details --filter User");
    assert_eq!(
        members(&details),
        ["GroupDetailList", "Policies", "RoleDetailList", "UserDetailList"]
    );
    let users = details["UserDetailList"].as_array().expect("a list");
    let user = users.iter().find(|user| user["UserName"] == "cli-counted");
    let user = user.expect("it is told of");
    assert_eq!(
        (&user["Path"], &user["GroupList"]),
        (&json!("/cli-counted/"), &json!([]))
    );
}

#[test]
fn decisions_are_tried_out() {
    let document = allowing(&["codecommit:Get*"]);
    let decisions = "--query EvaluationResults[].[EvalActionName,EvalDecision]";
    let ask = "--action-names codecommit:GetBranch codecommit:PutFile";
    let custom = iam(&format!(
        "simulate-custom-policy --policy-input-list {document} {ask} {decisions}"
    ));
    let expect = json!([
        ["codecommit:GetBranch", "allowed"],
        ["codecommit:PutFile", "implicitDeny"]
    ]);
    assert_eq!(custom, expect);

    let arn = iam("create-user --user-name cli-simulated --query User.Arn");
    let only_topics = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "codecommit:GitPush", "Resource": "*",
        "Condition": { "StringLike": { "codecommit:References": "refs/heads/topic/*" } } } });
    let only_topics = File::of(&only_topics.to_string());
    quiet(&format!(
        "put-user-policy --user-name cli-simulated --policy-name topics --policy-document {only_topics}"
    ));
    let decision = |reference: &str| -> Value {
        let entry = format!(
            "ContextKeyName=codecommit:References,ContextKeyType=string,ContextKeyValues=refs/heads/{reference}"
        );
        iam(&format!(
            "simulate-principal-policy --policy-source-arn {} --action-names codecommit:GitPush \
             --context-entries {entry} --query EvaluationResults[].EvalDecision",
            text(&arn)
        ))
    };
    assert_eq!(decision("topic/x"), json!(["allowed"]));
    assert_eq!(decision("main"), json!(["implicitDeny"]));
}
