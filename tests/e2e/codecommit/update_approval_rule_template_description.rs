//! `UpdateApprovalRuleTemplateDescription`.

use serde_json::json;

use super::rule_templates::{check_template_names, shown, template};
use super::{call, refused, with};

#[test]
fn a_template_gets_another_description() {
    let made = template("described");
    for description in ["ü".repeat(1000), "short".to_owned(), String::new()] {
        let input = json!({
            "approvalRuleTemplateName": "described", "approvalRuleTemplateDescription": description,
        });
        let got =
            call("UpdateApprovalRuleTemplateDescription", &input).expect("it is there")["approvalRuleTemplate"].clone();
        let expect = json!({
            "approvalRuleTemplateDescription": description, "lastModifiedDate": got["lastModifiedDate"],
        });
        assert_eq!(got, with(&made, &expect));
        assert_eq!(shown("described"), got);
    }
}

#[test]
fn what_is_no_description_is_refused() {
    template("refused-description");
    let good = json!({ "approvalRuleTemplateName": "refused-description", "approvalRuleTemplateDescription": "d" });
    check_template_names(
        "UpdateApprovalRuleTemplateDescription",
        "approvalRuleTemplateName",
        &good,
        true,
    );
    let long = with(&good, &json!({ "approvalRuleTemplateDescription": "d".repeat(1001) }));
    refused(
        "UpdateApprovalRuleTemplateDescription",
        &long,
        "InvalidApprovalRuleTemplateDescriptionException",
    );
}
