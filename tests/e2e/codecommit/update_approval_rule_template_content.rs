//! `UpdateApprovalRuleTemplateContent`.

use serde_json::json;

use super::rule_templates::{check_template_names, rule, shown, template};
use super::{call, check_refusals, refused, with};

#[test]
fn the_content_changes_if_it_is_what_the_caller_knows() {
    let made = template("changed-content");
    let input = json!({
        "approvalRuleTemplateName": "changed-content", "newRuleContent": rule(2),
        "existingRuleContentSha256": made["ruleContentSha256"],
    });
    let got =
        call("UpdateApprovalRuleTemplateContent", &input).expect("nobody changed it")["approvalRuleTemplate"].clone();
    let expect = json!({
        "approvalRuleTemplateContent": rule(2), "ruleContentSha256": got["ruleContentSha256"],
        "lastModifiedDate": got["lastModifiedDate"],
    });
    assert_eq!(got, with(&made, &expect));
    assert_ne!(got["ruleContentSha256"], made["ruleContentSha256"]);
    assert!(got["lastModifiedDate"].as_f64() >= made["lastModifiedDate"].as_f64());
    assert_eq!(shown("changed-content"), got);

    let code = "InvalidRuleContentSha256Exception";
    refused("UpdateApprovalRuleTemplateContent", &input, code);
    let other = with(&input, &json!({ "existingRuleContentSha256": "x" }));
    refused("UpdateApprovalRuleTemplateContent", &other, code);
    assert_eq!(shown("changed-content"), got);
    let unconditional = json!({ "approvalRuleTemplateName": "changed-content", "newRuleContent": rule(1) });
    let back = call("UpdateApprovalRuleTemplateContent", &unconditional).expect("there is no condition");
    assert_eq!(
        back["approvalRuleTemplate"]["ruleContentSha256"],
        made["ruleContentSha256"]
    );
}

#[test]
fn what_is_no_content_is_refused() {
    template("refused-content");
    let good = json!({ "approvalRuleTemplateName": "refused-content", "newRuleContent": rule(1) });
    check_template_names(
        "UpdateApprovalRuleTemplateContent",
        "approvalRuleTemplateName",
        &good,
        true,
    );
    check_refusals(
        "UpdateApprovalRuleTemplateContent",
        &good,
        &[
            (
                json!({ "newRuleContent": "" }),
                "ApprovalRuleTemplateContentRequiredException",
            ),
            (
                json!({ "newRuleContent": null }),
                "ApprovalRuleTemplateContentRequiredException",
            ),
            (
                json!({ "newRuleContent": "{}" }),
                "InvalidApprovalRuleTemplateContentException",
            ),
            (
                json!({ "newRuleContent": rule(1) + &" ".repeat(3000) }),
                "InvalidApprovalRuleTemplateContentException",
            ),
        ],
    );
}
