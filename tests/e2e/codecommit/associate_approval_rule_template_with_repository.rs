//! `AssociateApprovalRuleTemplateWithRepository`.

use serde_json::{Value, json};

use super::rule_templates::{check_template_names, of_repository, template};
use super::{call, check_names, history, refused};

const OPERATION: &str = "AssociateApprovalRuleTemplateWithRepository";

#[test]
fn pull_requests_that_are_made_from_then_on_get_a_rule() {
    let tip = history("associated", &[&[("a", Some("1"))]]).remove(0);
    template("associated");
    let ask = |branch: &str| {
        super::branch("associated", branch, &tip);
        super::forked::commit(
            "associated",
            branch,
            &tip,
            &super::forked::changes(&[(branch, Some("x"))]),
        );
        let target = json!({ "repositoryName": "associated", "sourceReference": branch });
        let asked = json!({ "title": "t", "targets": [target] });
        call("CreatePullRequest", &asked).expect("the branches are there")["pullRequest"]["approvalRules"].clone()
    };
    assert_eq!(ask("before"), json!([]));
    let pair = json!({ "approvalRuleTemplateName": "associated", "repositoryName": "associated" });
    // Once more changes nothing.
    for _ in 0..2 {
        assert_eq!(call(OPERATION, &pair).expect("both are there"), json!({}));
        assert_eq!(of_repository("associated"), ["associated"]);
    }
    let rules = ask("after");
    assert_eq!(rules.as_array().map(Vec::len), Some(1));
    assert_eq!(rules[0]["approvalRuleName"], "associated");
    assert_eq!(
        rules[0]["originApprovalRuleTemplate"]["approvalRuleTemplateName"],
        "associated"
    );
}

#[test]
fn a_repository_has_25_templates_at_most() {
    history("full-of-templates", &[&[("a", Some("1"))]]);
    let pair =
        |at: usize| json!({ "approvalRuleTemplateName": format!("full-{at}"), "repositoryName": "full-of-templates" });
    for at in 0..26 {
        template(&format!("full-{at}"));
    }
    for at in 0..25 {
        call(OPERATION, &pair(at)).expect("there is room");
    }
    let code = "MaximumRuleTemplatesAssociatedWithRepositoryException";
    refused(OPERATION, &pair(25), code);
    call(OPERATION, &pair(24)).expect("it has that one");
    let batch = json!({ "approvalRuleTemplateName": "full-25", "repositoryNames": ["full-of-templates"] });
    let got = call("BatchAssociateApprovalRuleTemplateWithRepositories", &batch).expect("errors are told apart");
    assert_eq!(got["associatedRepositoryNames"], json!([]));
    assert_eq!(got["errors"][0]["errorCode"], code);
    call("DisassociateApprovalRuleTemplateFromRepository", &pair(3)).expect("it has that one");
    call(OPERATION, &pair(25)).expect("there is room again");
}

#[test]
fn what_is_not_there_is_refused() {
    history("not-associated", &[&[("a", Some("1"))]]);
    template("not-associated");
    let good = json!({ "approvalRuleTemplateName": "not-associated", "repositoryName": "not-associated" });
    check_template_names(OPERATION, "approvalRuleTemplateName", &good, true);
    let template: Value = json!({ "approvalRuleTemplateName": "not-associated" });
    check_names(OPERATION, "repositoryName", &template);
    assert_eq!(of_repository("not-associated"), [""; 0]);
}
