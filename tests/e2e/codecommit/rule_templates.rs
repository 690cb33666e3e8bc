//! Approval rule templates for tests, and what all operations on them refuse.

use serde_json::{Value, json};

use super::{call, check_refusals, refused, text, with};

/// What a rule says that wants so many approvals.
pub(super) fn rule(needed: u32) -> String {
    let statement = json!({ "Type": "Approvers", "NumberOfApprovalsNeeded": needed });
    json!({ "Version": "2018-11-08", "Statements": [statement] }).to_string()
}

/// Makes a template.
#[track_caller]
pub(super) fn template(name: &str) -> Value {
    let input = json!({ "approvalRuleTemplateName": name, "approvalRuleTemplateContent": rule(1) });
    let made = call("CreateApprovalRuleTemplate", &input).expect("the name is free");
    made["approvalRuleTemplate"].clone()
}

/// All that is told of a template.
#[track_caller]
pub(super) fn shown(name: &str) -> Value {
    let asked = json!({ "approvalRuleTemplateName": name });
    let got = call("GetApprovalRuleTemplate", &asked).expect("there is a template of that name");
    got["approvalRuleTemplate"].clone()
}

/// Associates a template with a repository.
#[track_caller]
pub(super) fn associate(template: &str, repository: &str) {
    let pair = json!({ "approvalRuleTemplateName": template, "repositoryName": repository });
    call("AssociateApprovalRuleTemplateWithRepository", &pair).expect("both are there");
}

/// The names of the templates of a repository.
#[track_caller]
pub(super) fn of_repository(repository: &str) -> Vec<String> {
    let asked = json!({ "repositoryName": repository });
    let got = call("ListAssociatedApprovalRuleTemplatesForRepository", &asked).expect("the repository is there");
    names(&got["approvalRuleTemplateNames"])
}

/// A list of names.
#[track_caller]
pub(super) fn names(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(text).collect()
}

/// Fails unless the operation refuses every name of a template that is none and, where it is `needed`, one that names nothing.
#[track_caller]
pub(super) fn check_template_names(operation: &str, member: &str, good: &Value, needed: bool) {
    let mut without = good.clone();
    without.as_object_mut().expect("an object").remove(member);
    refused(operation, &without, "ApprovalRuleTemplateNameRequiredException");
    for name in ["", "a\nb", &"n".repeat(101)] {
        let code = "InvalidApprovalRuleTemplateNameException";
        refused(operation, &with(good, &json!({ member: name })), code);
    }
    if needed {
        let absent = with(good, &json!({ member: "absent" }));
        refused(operation, &absent, "ApprovalRuleTemplateDoesNotExistException");
    }
}

/// Fails unless the operation refuses pages without entries, and tokens that are not of this listing.
#[track_caller]
pub(super) fn check_pages(operation: &str, good: &Value, foreign: &Value) {
    let code = "InvalidContinuationTokenException";
    let refusals = [
        (json!({ "maxResults": 0 }), "InvalidMaxResultsException"),
        (json!({ "maxResults": -1 }), "InvalidMaxResultsException"),
        (json!({ "nextToken": "x" }), code),
        (json!({ "nextToken": foreign }), code),
    ];
    check_refusals(operation, good, &refusals);
}

/// Goes through all pages of a listing; the names of each page, and the first token.
#[track_caller]
pub(super) fn pages(operation: &str, asked: &Value, member: &str) -> (Vec<Vec<String>>, Value) {
    let mut found = Vec::new();
    let mut page = call(operation, asked).expect("a page");
    let first = page["nextToken"].clone();
    loop {
        found.push(names(&page[member]));
        let Some(next) = page.get("nextToken").cloned() else {
            return (found, first);
        };
        page = call(operation, &with(asked, &json!({ "nextToken": next }))).expect("a page");
    }
}
