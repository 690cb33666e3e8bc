//! Approval rule templates and the repositories that they are associated with.

use serde_json::{Value, json};

use super::story::{LI, MARY, Story};

const ALL: &str = "1-approver-rule-for-all-pull-requests";
/// The template whose rules the pull requests of the examples have.
pub(super) const MAIN: &str = "2-approver-rule-for-main";

pub(super) fn begin(story: &mut Story) {
    story.run(MARY, "create-approval-rule-template", &[]);
    story.call("CreateApprovalRuleTemplate", &described("1-approver-rule"));
    story.run(LI, "update-approval-rule-template-name", &[]);
    story.run(LI, "update-approval-rule-template-description", &[]);
    story.run(LI, "update-approval-rule-template-content", &[("1-approver-rule", ALL)]);
    story.run(LI, "get-approval-rule-template", &[]);
    story.run(LI, "list-approval-rule-templates", &[]);
    story.run(MARY, "associate-approval-rule-template-with-repository", &[]);
    story.run(MARY, "list-associated-approval-rule-templates-for-repository", &[]);
    story.run(MARY, "list-repositories-for-approval-rule-template", &[]);
}

pub(super) fn end(story: &mut Story) {
    story.run(MARY, "batch-associate-approval-rule-template-with-repositories", &[]);
    associate(story, ALL);
    story.run(MARY, "batch-disassociate-approval-rule-template-from-repositories", &[]);
    associate(story, ALL);
    story.run(MARY, "disassociate-approval-rule-template-from-repository", &[]);
    story.call(
        "CreateApprovalRuleTemplate",
        &described("1-approver-for-all-pull-requests"),
    );
    story.run(MARY, "delete-approval-rule-template", &[]);
}

pub(super) fn associate(story: &Story, template: &str) {
    let named = json!({ "approvalRuleTemplateName": template });
    story.here("AssociateApprovalRuleTemplateWithRepository", named);
}

pub(super) fn disassociate(story: &Story, template: &str) {
    let named = json!({ "approvalRuleTemplateName": template });
    story.here("DisassociateApprovalRuleTemplateFromRepository", named);
}

fn described(name: &str) -> Value {
    json!({
        "approvalRuleTemplateName": name, "approvalRuleTemplateDescription": "One developer approves.",
        "approvalRuleTemplateContent": rule(1),
    })
}

/// A rule that asks for approvals by the role of the examples.
pub(super) fn rule(needed: u32) -> String {
    let pool = json!(["arn:aws:sts::000000000000:assumed-role/CodeCommitReview/*"]);
    let statement = json!({ "Type": "Approvers", "NumberOfApprovalsNeeded": needed, "ApprovalPoolMembers": pool });
    json!({ "Version": "2018-11-08", "Statements": [statement] }).to_string()
}
