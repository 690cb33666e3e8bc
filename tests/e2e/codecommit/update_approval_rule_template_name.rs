//! `UpdateApprovalRuleTemplateName`.

use serde_json::json;

use super::rule_templates::{associate, check_template_names, of_repository, shown, template};
use super::{call, check_refusals, history, refused, with};

#[test]
fn a_template_stays_what_it_is_under_another_name() {
    history("renamed-template", &[&[("a", Some("1"))]]);
    let made = template("renamed-before");
    associate("renamed-before", "renamed-template");
    let names = json!({
        "oldApprovalRuleTemplateName": "renamed-before", "newApprovalRuleTemplateName": "renamed-after",
    });
    let got = call("UpdateApprovalRuleTemplateName", &names).expect("the name is free")["approvalRuleTemplate"].clone();
    let expect = json!({ "approvalRuleTemplateName": "renamed-after", "lastModifiedDate": got["lastModifiedDate"] });
    assert_eq!(got, with(&made, &expect));
    assert_eq!(shown("renamed-after"), got);
    assert_eq!(of_repository("renamed-template"), ["renamed-after"]);
    let old = json!({ "approvalRuleTemplateName": "renamed-before" });
    refused(
        "GetApprovalRuleTemplate",
        &old,
        "ApprovalRuleTemplateDoesNotExistException",
    );
    // The old name is free.
    template("renamed-before");
}

#[test]
fn what_cannot_be_renamed_is_refused() {
    template("not-renamed");
    template("taken-name");
    let good = json!({
        "oldApprovalRuleTemplateName": "not-renamed", "newApprovalRuleTemplateName": "never",
    });
    let operation = "UpdateApprovalRuleTemplateName";
    check_template_names(operation, "oldApprovalRuleTemplateName", &good, true);
    check_template_names(operation, "newApprovalRuleTemplateName", &good, false);
    let code = "ApprovalRuleTemplateNameAlreadyExistsException";
    check_refusals(
        operation,
        &good,
        &[
            (json!({ "newApprovalRuleTemplateName": "taken-name" }), code),
            (json!({ "newApprovalRuleTemplateName": "not-renamed" }), code),
        ],
    );
}
