//! `CreateApprovalRuleTemplate`.

use packhouse_harness::Server;
use serde_json::{Value, json};

use super::rule_templates::{check_template_names, rule, shown, template};
use super::{call, check_refusals, refused, text, with};

#[test]
fn a_template_is_what_was_asked_for() {
    let content = json!({
        "Version": "2018-11-08", "DestinationReferences": ["refs/heads/main", "refs/heads/rel/*"],
        "Statements": [{
            "Type": "Approvers", "NumberOfApprovalsNeeded": 2,
            "ApprovalPoolMembers": ["CodeCommitApprovers:210987654321:ana", "arn:aws:sts::210987654321:assumed-role/Review/*"],
        }],
    })
    .to_string();
    let (name, description) = ("ü".repeat(100), "d".repeat(1000));
    let input = json!({
        "approvalRuleTemplateName": name, "approvalRuleTemplateContent": content,
        "approvalRuleTemplateDescription": description,
    });
    let made = call("CreateApprovalRuleTemplate", &input).expect("the name is free")["approvalRuleTemplate"].clone();
    let expect = json!({
        "approvalRuleTemplateId": made["approvalRuleTemplateId"], "approvalRuleTemplateName": name,
        "approvalRuleTemplateDescription": description, "approvalRuleTemplateContent": content,
        "ruleContentSha256": made["ruleContentSha256"], "lastModifiedDate": made["creationDate"],
        "creationDate": made["creationDate"], "lastModifiedUser": "arn:aws:iam::000000000000:user/admin",
    });
    assert_eq!(made, expect);
    assert_eq!(text(&made["approvalRuleTemplateId"]).len(), 36);
    assert_eq!(text(&made["ruleContentSha256"]).len(), 64);
    assert_eq!(shown(&name), made);
}

#[test]
fn what_is_no_template_is_refused() {
    template("made-before");
    let good = json!({ "approvalRuleTemplateName": "not-made", "approvalRuleTemplateContent": rule(1) });
    check_template_names("CreateApprovalRuleTemplate", "approvalRuleTemplateName", &good, false);
    let taken = json!({ "approvalRuleTemplateName": "made-before" });
    let described = |length: usize| json!({ "approvalRuleTemplateDescription": "d".repeat(length) });
    let mut refusals = vec![
        (taken, "ApprovalRuleTemplateNameAlreadyExistsException"),
        (described(1001), "InvalidApprovalRuleTemplateDescriptionException"),
        (
            json!({ "approvalRuleTemplateContent": "" }),
            "ApprovalRuleTemplateContentRequiredException",
        ),
    ];
    let statement = json!({ "Type": "Approvers", "NumberOfApprovalsNeeded": 1 });
    let of = |more: Value| with(&json!({ "Version": "2018-11-08", "Statements": [statement] }), &more).to_string();
    let wants = |count: i64| of(json!({ "Statements": [{ "Type": "Approvers", "NumberOfApprovalsNeeded": count }] }));
    let long = rule(1) + &" ".repeat(3001 - rule(1).len());
    for content in [
        "x",
        "{}",
        "[]",
        &of(json!({ "Version": "2012-10-17" })),
        &of(json!({ "Statements": [] })),
        &of(json!({ "Other": 1 })),
        &of(json!({ "DestinationReferences": ["main"] })),
        &of(json!({ "DestinationReferences": ["refs/heads/*main"] })),
        &wants(0),
        &wants(201),
        &long,
    ] {
        let content = json!({ "approvalRuleTemplateContent": content });
        refusals.push((content, "InvalidApprovalRuleTemplateContentException"));
    }
    check_refusals("CreateApprovalRuleTemplate", &good, &refusals);
    let mut without = good.clone();
    without
        .as_object_mut()
        .expect("an object")
        .remove("approvalRuleTemplateContent");
    refused(
        "CreateApprovalRuleTemplate",
        &without,
        "ApprovalRuleTemplateContentRequiredException",
    );
    let longest = json!({ "approvalRuleTemplateContent": &long[..3000] });
    call("CreateApprovalRuleTemplate", &with(&good, &longest)).expect("it is as long as content may be");
}

#[test]
fn there_are_a_thousand_templates_at_most() {
    let server = Server::start_embedded(&[]);
    let make = |at: usize| {
        let input = json!({ "approvalRuleTemplateName": format!("t{at}"), "approvalRuleTemplateContent": rule(1) });
        server.boto3().call("CreateApprovalRuleTemplate", &input)
    };
    for at in 0..1000 {
        make(at).expect("there is room");
    }
    let refused = make(1000).expect_err("there are too many");
    assert_eq!(refused.code, "NumberOfRuleTemplatesExceededException");
    let gone = json!({ "approvalRuleTemplateName": "t7" });
    server
        .boto3()
        .call("DeleteApprovalRuleTemplate", &gone)
        .expect("it is there");
    make(1000).expect("there is room again");
}
