//! `CreatePullRequestApprovalRule`.

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::pull_request::{ADMIN, Asked, RULE, RULE_SHA256, check_ids, succeed};
use super::{check_refusals, refused, text, with};

/// Contents that are none.
pub(super) fn invalid_contents() -> Vec<String> {
    let rule = |statement: &str| format!(r#"{{"Version":"2018-11-08","Statements":[{statement}]}}"#);
    let pool = |pool: &str| {
        rule(&format!(
            r#"{{"Type":"Approvers","NumberOfApprovalsNeeded":1,"ApprovalPoolMembers":{pool}}}"#
        ))
    };
    let member = r#""CodeCommitApprovers:000000000000:bob""#;
    vec![
        "one of us".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        RULE.replace("2018", "2019"),
        RULE.replace("Approvers", "Readers"),
        RULE.replace(":1}", ":0}"),
        RULE.replace(":1}", ":201}"),
        RULE.replace(":1}", ":-1}"),
        RULE.replace(":1}", ":\"1\"}"),
        RULE.replace("Version", "version"),
        RULE.replace(
            r#""Statements""#,
            r#""DestinationReferences":["refs/heads/main"],"Statements""#,
        ),
        rule(""),
        rule(r#"{"Type":"Approvers"}"#),
        pool("[]"),
        pool(r#"["bob"]"#),
        pool(&format!("[{}]", [member; 51].join(","))),
        format!("{RULE}{}", " ".repeat(3001 - RULE.len())),
    ]
}

#[test]
fn a_rule_is_told_with_its_hash_and_belongs_to_its_pull_request() {
    let asked = Asked::new("rule-made");
    let input = json!({ "approvalRuleName": "two eyes", "approvalRuleContent": RULE });
    let rule = asked.call("CreatePullRequestApprovalRule", &input)["approvalRule"].clone();
    let date = rule["creationDate"].as_f64().expect("a time");
    let expected = json!({
        "approvalRuleId": text(&rule["approvalRuleId"]),
        "approvalRuleName": "two eyes",
        "approvalRuleContent": RULE,
        "ruleContentSha256": RULE_SHA256,
        "creationDate": date,
        "lastModifiedDate": date,
        "lastModifiedUser": ADMIN,
    });
    assert_eq!(rule, expected);
    assert_eq!(asked.get()["approvalRules"], json!([rule]));
    let good = asked.input(&json!({ "approvalRuleName": "other", "approvalRuleContent": RULE }));
    check_refusals(
        "CreatePullRequestApprovalRule",
        &good,
        &[
            (
                json!({ "approvalRuleName": "two eyes" }),
                "ApprovalRuleNameAlreadyExistsException",
            ),
            (json!({ "approvalRuleName": null }), "ApprovalRuleNameRequiredException"),
            (json!({ "approvalRuleName": "" }), "InvalidApprovalRuleNameException"),
            (
                json!({ "approvalRuleName": "a\nb" }),
                "InvalidApprovalRuleNameException",
            ),
            (
                json!({ "approvalRuleName": "ü".repeat(101) }),
                "InvalidApprovalRuleNameException",
            ),
            (
                json!({ "approvalRuleContent": null }),
                "ApprovalRuleContentRequiredException",
            ),
            (
                json!({ "approvalRuleContent": "" }),
                "ApprovalRuleContentRequiredException",
            ),
        ],
    );
    for content in invalid_contents() {
        let input = with(&good, &json!({ "approvalRuleContent": content }));
        refused(
            "CreatePullRequestApprovalRule",
            &input,
            "InvalidApprovalRuleContentException",
        );
    }
    let rest = json!({ "approvalRuleName": "r", "approvalRuleContent": RULE });
    check_ids("CreatePullRequestApprovalRule", &rest);
    assert_eq!(asked.get()["approvalRules"], json!([rule]));
    asked.close();
    refused(
        "CreatePullRequestApprovalRule",
        &good,
        "PullRequestAlreadyClosedException",
    );
}

#[test]
fn names_contents_and_their_number_have_limits() {
    let asked = Asked::new("rule-limits");
    let longest = json!({
        "approvalRuleName": "ü".repeat(100),
        "approvalRuleContent": format!("{RULE}{}", " ".repeat(3000 - RULE.len())),
    });
    let made = asked.call("CreatePullRequestApprovalRule", &longest)["approvalRule"].clone();
    assert_eq!(made["approvalRuleContent"], longest["approvalRuleContent"]);
    for at in 1..30 {
        asked.rule(&format!("r{at:02}"));
    }
    let one_more = asked.input(&json!({ "approvalRuleName": "more", "approvalRuleContent": RULE }));
    refused(
        "CreatePullRequestApprovalRule",
        &one_more,
        "NumberOfRulesExceededException",
    );
    let rules = asked.get()["approvalRules"].clone();
    let names = rules.as_array().expect("a list").iter();
    let names: Vec<String> = names.map(|rule| text(&rule["approvalRuleName"])).collect();
    assert_eq!((names.len(), names.is_sorted()), (30, true));
}

#[test]
fn a_template_makes_rules_that_stay_as_they_were_made() {
    let before = Asked::new("rule-template");
    let template = json!({
        "approvalRuleTemplateName": "rule-template", "approvalRuleTemplateContent": RULE,
    });
    let template = succeed("CreateApprovalRuleTemplate", &template)["approvalRuleTemplate"].clone();
    let named = json!({ "approvalRuleTemplateName": "rule-template", "repositoryName": "rule-template" });
    succeed("AssociateApprovalRuleTemplateWithRepository", &named);
    assert_eq!(before.get()["approvalRules"], json!([]));
    let made = super::pull_request::ask("rule-template", "topic");
    let rule = made["approvalRules"][0].clone();
    assert_eq!(
        (
            &rule["approvalRuleName"],
            &rule["approvalRuleContent"],
            &rule["ruleContentSha256"]
        ),
        (&json!("rule-template"), &json!(RULE), &json!(RULE_SHA256))
    );
    assert_eq!(
        rule["originApprovalRuleTemplate"],
        json!({
            "approvalRuleTemplateId": template["approvalRuleTemplateId"], "approvalRuleTemplateName": "rule-template",
        })
    );
    succeed("DisassociateApprovalRuleTemplateFromRepository", &named);
    succeed(
        "DeleteApprovalRuleTemplate",
        &json!({ "approvalRuleTemplateName": "rule-template" }),
    );
    let of = json!({ "pullRequestId": made["pullRequestId"], "approvalRuleName": "rule-template" });
    refused(
        "DeletePullRequestApprovalRule",
        &of,
        "CannotDeleteApprovalRuleFromTemplateException",
    );
    refused(
        "UpdatePullRequestApprovalRuleContent",
        &with(&of, &json!({ "newRuleContent": RULE })),
        "CannotModifyApprovalRuleFromTemplateException",
    );
    let now = succeed("GetPullRequest", &json!({ "pullRequestId": made["pullRequestId"] }));
    assert_eq!(now["pullRequest"]["approvalRules"], json!([rule]));
}

#[test]
fn the_cli_reviews_a_pull_request() {
    let asked = Asked::new("rule-cli");
    let aws = Aws::of(Server::shared());
    let run = |command: &str| -> Value {
        let (command, rest) = command.split_once(' ').unwrap_or((command, ""));
        aws.codecommit(&format!("{command} --pull-request-id {} {rest}", asked.id))
    };
    let made = run(&format!(
        "create-pull-request-approval-rule --approval-rule-name r --approval-rule-content {RULE}"
    ));
    assert_eq!(made["approvalRule"]["ruleContentSha256"], RULE_SHA256);
    let two = RULE.replace(":1}", ":2}");
    let changed = run(&format!(
        "update-pull-request-approval-rule-content --approval-rule-name r --new-rule-content {two} \
         --existing-rule-content-sha256 {RULE_SHA256}"
    ));
    assert_eq!(changed["approvalRule"]["approvalRuleContent"], two);
    let revision = asked.revision();
    let evaluated = format!("evaluate-pull-request-approval-rules --revision-id {revision}");
    assert_eq!(run(&evaluated)["evaluation"]["approved"], false);
    let overriding =
        format!("override-pull-request-approval-rules --revision-id {revision} --override-status OVERRIDE");
    assert_eq!(run(&overriding), Value::Null);
    assert_eq!(run(&evaluated)["evaluation"]["overridden"], true);
    let state = run(&format!("get-pull-request-override-state --revision-id {revision}"));
    assert_eq!(state, json!({ "overridden": true, "overrider": ADMIN }));
    let states = run(&format!("get-pull-request-approval-states --revision-id {revision}"));
    assert_eq!(states, json!({ "approvals": [] }));
    let deleted = run("delete-pull-request-approval-rule --approval-rule-name r");
    assert_eq!(deleted["approvalRuleId"], made["approvalRule"]["approvalRuleId"]);
}
