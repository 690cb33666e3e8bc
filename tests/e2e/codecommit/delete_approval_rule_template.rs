//! `DeleteApprovalRuleTemplate`.

use serde_json::json;

use super::rule_templates::{associate, check_template_names, template};
use super::{call, history, refused};

#[test]
fn a_template_goes_once_no_repository_has_it() {
    history("deleted-template", &[&[("a", Some("1"))]]);
    let made = template("deleted");
    associate("deleted", "deleted-template");
    let named = json!({ "approvalRuleTemplateName": "deleted" });
    refused(
        "DeleteApprovalRuleTemplate",
        &named,
        "ApprovalRuleTemplateInUseException",
    );
    let pair = json!({ "approvalRuleTemplateName": "deleted", "repositoryName": "deleted-template" });
    call("DisassociateApprovalRuleTemplateFromRepository", &pair).expect("it has it");
    for answer in [
        json!({ "approvalRuleTemplateId": made["approvalRuleTemplateId"] }),
        json!({}),
    ] {
        let gone = call("DeleteApprovalRuleTemplate", &named).expect("nothing has it");
        assert_eq!(gone, answer);
        refused(
            "GetApprovalRuleTemplate",
            &named,
            "ApprovalRuleTemplateDoesNotExistException",
        );
    }
    let again = template("deleted");
    assert_ne!(again["approvalRuleTemplateId"], made["approvalRuleTemplateId"]);
}

#[test]
fn what_is_no_name_is_refused() {
    let good = json!({ "approvalRuleTemplateName": "x" });
    check_template_names("DeleteApprovalRuleTemplate", "approvalRuleTemplateName", &good, false);
}
