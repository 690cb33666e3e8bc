//! Review of pull requests: approval rules, approvals and overrides.

use packhouse_forge::directory::names::{IdentityName, IdentityPath};
use packhouse_forge::iam::{self, Holder};
use packhouse_forge::identity::{Caller, Source, access_keys};
use packhouse_git::hash::{ObjectFormat, parse_hex};
use packhouse_storage::clock;
use packhouse_storage::keys::Identity;
use serde_json::{Value, json};

use super::pushed::{commit, pull_request};
use crate::aws_json::testing::{Got, Key, SCOPE, Server, call, server};

const ADMIN: &str = "arn:aws:iam::000000000000:user/admin";

/// The key of a new user who may do everything with repositories.
async fn user(server: &Server, name: &str) -> Key {
    let forge = &server.app.forge;
    let found = access_keys::find(forge, &server.secrets.access_key_id, None)
        .await
        .unwrap();
    let caller = Caller {
        principal: found.unwrap().principal(forge).await.unwrap().unwrap(),
        request_id: "1".into(),
        source: Source::default(),
    };
    let name = IdentityName::new(Identity::User, name).unwrap();
    let new = iam::users::New {
        name: name.clone(),
        path: IdentityPath::default(),
        boundary: None,
        tags: Vec::new(),
    };
    iam::users::create(forge, &caller, new).await.unwrap();
    let policy = "arn:aws:iam::aws:policy/AWSCodeCommitFullAccess";
    let whom = (Holder::User, &name);
    iam::attachments::attach(forge, &caller, whom, policy).await.unwrap();
    let made = iam::access_keys::create(forge, &caller, &name).await.unwrap();
    Key {
        id: made.key.id,
        secret: made.secret,
        token: None,
    }
}

async fn call_as(server: &Server, key: &Key, operation: &str, input: &Value) -> Got {
    let target = format!("CodeCommit_20150413.{operation}");
    let mut request = call(&target, input.to_string().as_bytes());
    key.sign(&mut request, SCOPE, clock::now_secs());
    server.answer(request).await
}

async fn ask(server: &Server, operation: &str, input: &Value) -> Value {
    let got = server.call(operation, &input.to_string()).await;
    assert_eq!(got.status, 200, "{operation} {input}: {:?}", got.body);
    got.body
}

fn content(needed: u32, member: &str) -> String {
    let member = format!("CodeCommitApprovers:000000000000:{member}");
    let statement = json!({ "Type": "Approvers", "NumberOfApprovalsNeeded": needed, "ApprovalPoolMembers": [member] });
    json!({ "Version": "2018-11-08", "Statements": [statement] }).to_string()
}

/// A repository `w` with pull request 1.
async fn with_pull_request() -> Server {
    let server = server().await;
    ask(&server, "CreateRepository", &json!({ "repositoryName": "w" })).await;
    pull_request(&server, "w").await;
    server
}

async fn shown(server: &Server) -> Value {
    ask(server, "GetPullRequest", &json!({ "pullRequestId": "1" })).await["pullRequest"].clone()
}

async fn evaluation(server: &Server, revision: &Value) -> Value {
    let input = json!({ "pullRequestId": "1", "revisionId": revision });
    ask(server, "EvaluatePullRequestApprovalRules", &input).await["evaluation"].clone()
}

async fn approvals(server: &Server, revision: &Value) -> Value {
    let input = json!({ "pullRequestId": "1", "revisionId": revision });
    ask(server, "GetPullRequestApprovalStates", &input).await["approvals"].clone()
}

fn rule(name: &str, content: &str) -> Value {
    json!({ "pullRequestId": "1", "approvalRuleName": name, "approvalRuleContent": content })
}

#[tokio::test]
async fn a_rule_lives_from_creation_to_deletion() {
    let server = with_pull_request().await;
    assert_eq!(shown(&server).await["approvalRules"], json!([]));
    let (one, two) = (content(1, "bob"), content(2, "*"));
    let made = ask(&server, "CreatePullRequestApprovalRule", &rule("two eyes", &one)).await["approvalRule"].clone();
    assert_eq!(made["approvalRuleName"], "two eyes");
    assert_eq!(made["approvalRuleContent"], one);
    assert_eq!(made["lastModifiedUser"], ADMIN);
    assert_eq!(made["creationDate"], made["lastModifiedDate"]);
    assert!(made["creationDate"].is_f64());
    assert_eq!(made.get("originApprovalRuleTemplate"), None);
    assert_eq!(shown(&server).await["approvalRules"], json!([made]));
    let change = |existing: &Value| {
        json!({ "pullRequestId": "1", "approvalRuleName": "two eyes", "newRuleContent": two,
            "existingRuleContentSha256": existing })
    };
    let operation = "UpdatePullRequestApprovalRuleContent";
    let changed = ask(&server, operation, &change(&made["ruleContentSha256"])).await["approvalRule"].clone();
    assert_eq!(
        (&changed["approvalRuleId"], &changed["approvalRuleContent"]),
        (&made["approvalRuleId"], &json!(two))
    );
    assert_eq!(changed["creationDate"], made["creationDate"]);
    let stale = change(&made["ruleContentSha256"]).to_string();
    server
        .check(operation, &stale, "InvalidRuleContentSha256Exception")
        .await;
    ask(&server, operation, &change(&Value::Null)).await;
    let named = json!({ "pullRequestId": "1", "approvalRuleName": "two eyes" });
    for answer in [json!({ "approvalRuleId": made["approvalRuleId"] }), json!({})] {
        assert_eq!(ask(&server, "DeletePullRequestApprovalRule", &named).await, answer);
    }
    assert_eq!(shown(&server).await["approvalRules"], json!([]));
    let events = ask(&server, "DescribePullRequestEvents", &json!({ "pullRequestId": "1" })).await;
    let told = |at: usize| events["pullRequestEvents"][at]["approvalRuleEventMetadata"].clone();
    let expect = |content: &str| json!({ "approvalRuleName": "two eyes", "approvalRuleId": made["approvalRuleId"], "approvalRuleContent": content });
    assert_eq!((told(1), told(2), told(4)), (expect(&one), expect(&two), expect(&two)));
}

#[tokio::test]
async fn approvals_count_for_their_revision() {
    let server = with_pull_request().await;
    let (bob, eve) = (user(&server, "bob").await, user(&server, "eve").await);
    ask(
        &server,
        "CreatePullRequestApprovalRule",
        &rule("bob", &content(1, "bob")),
    )
    .await;
    ask(&server, "CreatePullRequestApprovalRule", &rule("two", &content(2, "*"))).await;
    let revision = shown(&server).await["revisionId"].clone();
    let expect = |satisfied: &[&str], not_satisfied: &[&str]| {
        json!({ "approved": not_satisfied.is_empty(), "overridden": false,
            "approvalRulesSatisfied": satisfied, "approvalRulesNotSatisfied": not_satisfied })
    };
    assert_eq!(evaluation(&server, &revision).await, expect(&[], &["bob", "two"]));
    let state = |state: &str| json!({ "pullRequestId": "1", "revisionId": revision, "approvalState": state });
    let operation = "UpdatePullRequestApprovalState";
    let own = state("APPROVE").to_string();
    server
        .check(operation, &own, "PullRequestCannotBeApprovedByAuthorException")
        .await;
    for (key, to, after) in [
        (&bob, "APPROVE", expect(&["bob"], &["two"])),
        (&bob, "APPROVE", expect(&["bob"], &["two"])),
        (&eve, "APPROVE", expect(&["bob", "two"], &[])),
        (&bob, "REVOKE", expect(&[], &["bob", "two"])),
        (&bob, "REVOKE", expect(&[], &["bob", "two"])),
        (&bob, "APPROVE", expect(&["bob", "two"], &[])),
    ] {
        let got = call_as(&server, key, operation, &state(to)).await;
        assert_eq!((got.status, got.body), (200, Value::Null));
        assert_eq!(evaluation(&server, &revision).await, after);
    }
    let arn = |name: &str| format!("arn:aws:iam::000000000000:user/{name}");
    let given = |name: &str| json!({ "userArn": arn(name), "approvalState": "APPROVE" });
    let both = json!([given("bob"), given("eve")]);
    assert_eq!(approvals(&server, &revision).await, both);

    let tip = shown(&server).await["pullRequestTargets"][0]["sourceCommit"].clone();
    let tip = parse_hex(ObjectFormat::Sha1, tip.as_str().unwrap().as_bytes()).unwrap();
    commit(&server, "w", "topic", (&[tip], "more")).await;
    let next = shown(&server).await["revisionId"].clone();
    assert_eq!(evaluation(&server, &next).await, expect(&[], &["bob", "two"]));
    assert_eq!(approvals(&server, &next).await, json!([]));
    assert_eq!(approvals(&server, &revision).await, both);
    for (operation, input) in [
        (operation, state("APPROVE")),
        (
            "EvaluatePullRequestApprovalRules",
            json!({ "pullRequestId": "1", "revisionId": revision }),
        ),
        (
            "OverridePullRequestApprovalRules",
            json!({ "pullRequestId": "1", "revisionId": revision, "overrideStatus": "OVERRIDE" }),
        ),
    ] {
        let got = call_as(&server, &bob, operation, &input).await;
        assert_eq!(
            got.exception.as_deref(),
            Some("RevisionNotCurrentException"),
            "{operation}"
        );
    }
    let merge = r#"{"pullRequestId":"1","repositoryName":"w"}"#;
    let refused = "PullRequestApprovalRulesNotSatisfiedException";
    server.check("MergePullRequestByFastForward", merge, refused).await;
}

#[tokio::test]
async fn an_override_is_told_and_taken_back() {
    let server = with_pull_request().await;
    let bob = user(&server, "bob").await;
    ask(
        &server,
        "CreatePullRequestApprovalRule",
        &rule("r", &content(1, "nobody")),
    )
    .await;
    let revision = shown(&server).await["revisionId"].clone();
    let asked = json!({ "pullRequestId": "1", "revisionId": revision });
    let status = |status: &str| json!({ "pullRequestId": "1", "revisionId": revision, "overrideStatus": status });
    let operation = "OverridePullRequestApprovalRules";
    let none = json!({ "overridden": false });
    assert_eq!(ask(&server, "GetPullRequestOverrideState", &asked).await, none);
    assert_eq!(ask(&server, operation, &status("REVOKE")).await, Value::Null);
    assert_eq!(ask(&server, operation, &status("OVERRIDE")).await, Value::Null);
    let again = call_as(&server, &bob, operation, &status("OVERRIDE")).await;
    assert_eq!(again.exception.as_deref(), Some("OverrideAlreadySetException"));
    let overridden = json!({ "overridden": true, "overrider": ADMIN });
    assert_eq!(ask(&server, "GetPullRequestOverrideState", &asked).await, overridden);
    let evaluated = json!({ "approved": true, "overridden": true,
        "approvalRulesSatisfied": [], "approvalRulesNotSatisfied": ["r"] });
    assert_eq!(evaluation(&server, &revision).await, evaluated);
    assert_eq!(call_as(&server, &bob, operation, &status("REVOKE")).await.status, 200);
    assert_eq!(ask(&server, "GetPullRequestOverrideState", &asked).await, none);
    ask(&server, operation, &status("OVERRIDE")).await;
    let merged = ask(
        &server,
        "MergePullRequestByFastForward",
        &json!({ "pullRequestId": "1", "repositoryName": "w" }),
    )
    .await;
    assert_eq!(merged["pullRequest"]["pullRequestStatus"], "CLOSED");
    assert_eq!(ask(&server, "GetPullRequestOverrideState", &asked).await, overridden);
    let late = status("REVOKE").to_string();
    server
        .check(operation, &late, "PullRequestAlreadyClosedException")
        .await;
}

#[tokio::test]
async fn new_pull_requests_get_the_rules_of_templates() {
    let server = with_pull_request().await;
    let mut named = serde_json::from_str::<Value>(&content(1, "bob")).unwrap();
    for (name, branches) in [
        ("all", json!([])),
        ("main", json!(["refs/heads/m*"])),
        ("other", json!(["refs/heads/o"])),
    ] {
        named["DestinationReferences"] = branches;
        let template = json!({ "approvalRuleTemplateName": name, "approvalRuleTemplateContent": named.to_string() });
        ask(&server, "CreateApprovalRuleTemplate", &template).await;
        let association = json!({ "approvalRuleTemplateName": name, "repositoryName": "w" });
        ask(&server, "AssociateApprovalRuleTemplateWithRepository", &association).await;
    }
    assert_eq!(
        shown(&server).await["approvalRules"],
        json!([]),
        "earlier ones get none"
    );
    let target = json!({ "repositoryName": "w", "sourceReference": "topic" });
    let made = ask(
        &server,
        "CreatePullRequest",
        &json!({ "title": "t", "targets": [target] }),
    )
    .await;
    let rules = made["pullRequest"]["approvalRules"].as_array().unwrap().clone();
    let names: Vec<&Value> = rules.iter().map(|rule| &rule["approvalRuleName"]).collect();
    assert_eq!(names, ["all", "main"]);
    let template = ask(
        &server,
        "GetApprovalRuleTemplate",
        &json!({ "approvalRuleTemplateName": "main" }),
    )
    .await;
    let template = &template["approvalRuleTemplate"];
    let origin =
        json!({ "approvalRuleTemplateId": template["approvalRuleTemplateId"], "approvalRuleTemplateName": "main" });
    assert_eq!(rules[1]["originApprovalRuleTemplate"], origin);
    assert_eq!(rules[1]["approvalRuleContent"], template["approvalRuleTemplateContent"]);
    assert_eq!(rules[1]["ruleContentSha256"], template["ruleContentSha256"]);
    assert_ne!(rules[1]["approvalRuleId"], template["approvalRuleTemplateId"]);

    // What becomes of the template is nothing to the rule.
    let of_template = json!({ "approvalRuleTemplateName": "main", "repositoryName": "w" });
    ask(&server, "DisassociateApprovalRuleTemplateFromRepository", &of_template).await;
    ask(&server, "DeleteApprovalRuleTemplate", &of_template).await;
    let got = ask(&server, "GetPullRequest", &json!({ "pullRequestId": "2" })).await;
    assert_eq!(got["pullRequest"]["approvalRules"], json!(rules));
    let change = json!({ "pullRequestId": "2", "approvalRuleName": "main", "newRuleContent": content(1, "eve") });
    let fixed = "CannotModifyApprovalRuleFromTemplateException";
    server
        .check("UpdatePullRequestApprovalRuleContent", &change.to_string(), fixed)
        .await;
    let fixed = "CannotDeleteApprovalRuleFromTemplateException";
    server
        .check("DeletePullRequestApprovalRule", &change.to_string(), fixed)
        .await;
    let merge = r#"{"pullRequestId":"2","repositoryName":"w"}"#;
    let refused = "PullRequestApprovalRulesNotSatisfiedException";
    server.check("MergePullRequestByFastForward", merge, refused).await;
}

/// Operation, input, and the exception that it gets where pull request 1 with the rule `r` is all there is.
const REFUSALS: &[(&str, &str, &str)] = &[
    ("CreatePullRequestApprovalRule", "{}", "PullRequestIdRequiredException"),
    (
        "CreatePullRequestApprovalRule",
        r#"{"pullRequestId":"x"}"#,
        "InvalidPullRequestIdException",
    ),
    (
        "CreatePullRequestApprovalRule",
        r#"{"pullRequestId":"1"}"#,
        "ApprovalRuleNameRequiredException",
    ),
    (
        "CreatePullRequestApprovalRule",
        r#"{"pullRequestId":"1","approvalRuleName":""}"#,
        "InvalidApprovalRuleNameException",
    ),
    (
        "CreatePullRequestApprovalRule",
        r#"{"pullRequestId":"1","approvalRuleName":"r"}"#,
        "ApprovalRuleContentRequiredException",
    ),
    (
        "CreatePullRequestApprovalRule",
        r#"{"pullRequestId":"1","approvalRuleName":"r","approvalRuleContent":"x"}"#,
        "InvalidApprovalRuleContentException",
    ),
    (
        "UpdatePullRequestApprovalRuleContent",
        r#"{"pullRequestId":"1","approvalRuleName":"r"}"#,
        "ApprovalRuleContentRequiredException",
    ),
    (
        "UpdatePullRequestApprovalRuleContent",
        r#"{"pullRequestId":"1","approvalRuleName":"r","newRuleContent":"{}"}"#,
        "InvalidApprovalRuleContentException",
    ),
    (
        "DeletePullRequestApprovalRule",
        r#"{"pullRequestId":"1"}"#,
        "ApprovalRuleNameRequiredException",
    ),
    (
        "DeletePullRequestApprovalRule",
        r#"{"pullRequestId":"9","approvalRuleName":"r"}"#,
        "PullRequestDoesNotExistException",
    ),
    (
        "UpdatePullRequestApprovalState",
        r#"{"pullRequestId":"1"}"#,
        "RevisionIdRequiredException",
    ),
    (
        "UpdatePullRequestApprovalState",
        r#"{"pullRequestId":"1","revisionId":"x"}"#,
        "InvalidRevisionIdException",
    ),
    (
        "GetPullRequestApprovalStates",
        r#"{"pullRequestId":"1"}"#,
        "RevisionIdRequiredException",
    ),
    (
        "GetPullRequestApprovalStates",
        r#"{"revisionId":"1"}"#,
        "PullRequestIdRequiredException",
    ),
    (
        "GetPullRequestOverrideState",
        r#"{"pullRequestId":"1"}"#,
        "RevisionIdRequiredException",
    ),
    (
        "GetPullRequestOverrideState",
        r#"{"pullRequestId":"1","revisionId":""}"#,
        "InvalidRevisionIdException",
    ),
    (
        "EvaluatePullRequestApprovalRules",
        r#"{"pullRequestId":"1"}"#,
        "RevisionIdRequiredException",
    ),
    (
        "OverridePullRequestApprovalRules",
        r#"{"pullRequestId":"1"}"#,
        "RevisionIdRequiredException",
    ),
];

#[tokio::test]
async fn approval_operations_refuse_with_the_exceptions_of_the_model() {
    let server = with_pull_request().await;
    ask(&server, "CreatePullRequestApprovalRule", &rule("r", &content(1, "*"))).await;
    for &(operation, input, exception) in REFUSALS {
        server.check(operation, input, exception).await;
    }
    let some = "0".repeat(64);
    let create = "CreatePullRequestApprovalRule";
    let missing = json!({ "pullRequestId": "1", "approvalRuleName": "x", "newRuleContent": content(1, "*") });
    for (operation, input, exception) in [
        (
            create,
            rule("r", &content(1, "*")),
            "ApprovalRuleNameAlreadyExistsException",
        ),
        (
            "UpdatePullRequestApprovalRuleContent",
            missing,
            "ApprovalRuleDoesNotExistException",
        ),
        (
            "UpdatePullRequestApprovalState",
            json!({ "pullRequestId": "1", "revisionId": some }),
            "ApprovalStateRequiredException",
        ),
        (
            "UpdatePullRequestApprovalState",
            json!({ "pullRequestId": "1", "revisionId": some, "approvalState": "approve" }),
            "InvalidApprovalStateException",
        ),
        (
            "UpdatePullRequestApprovalState",
            json!({ "pullRequestId": "1", "revisionId": some, "approvalState": "APPROVE" }),
            "RevisionNotCurrentException",
        ),
        (
            "OverridePullRequestApprovalRules",
            json!({ "pullRequestId": "1", "revisionId": some }),
            "OverrideStatusRequiredException",
        ),
        (
            "OverridePullRequestApprovalRules",
            json!({ "pullRequestId": "1", "revisionId": some, "overrideStatus": "x" }),
            "InvalidOverrideStatusException",
        ),
        (
            "EvaluatePullRequestApprovalRules",
            json!({ "pullRequestId": "9", "revisionId": some }),
            "PullRequestDoesNotExistException",
        ),
    ] {
        server.check(operation, &input.to_string(), exception).await;
    }
    assert_eq!(approvals(&server, &json!(some)).await, json!([]), "of no revision");
}
