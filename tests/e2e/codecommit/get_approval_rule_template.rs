//! `GetApprovalRuleTemplate`.

use packhouse_harness::{Aws, Server};
use serde_json::json;

use super::rule_templates::{check_template_names, shown, template};

#[test]
fn all_of_a_template_is_told() {
    let made = template("shown");
    assert_eq!(shown("shown"), made);
    assert_eq!(made.get("approvalRuleTemplateDescription"), None);
    let told = Aws::of(Server::shared())
        .codecommit("get-approval-rule-template --approval-rule-template-name shown")["approvalRuleTemplate"]
        .clone();
    for member in [
        "approvalRuleTemplateId",
        "approvalRuleTemplateContent",
        "ruleContentSha256",
        "lastModifiedUser",
    ] {
        assert_eq!(told[member], made[member], "{member}");
    }
}

#[test]
fn what_is_no_template_is_refused() {
    let good = json!({ "approvalRuleTemplateName": "absent" });
    check_template_names("GetApprovalRuleTemplate", "approvalRuleTemplateName", &good, true);
}
