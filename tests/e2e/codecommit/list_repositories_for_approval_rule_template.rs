//! `ListRepositoriesForApprovalRuleTemplate`.

use serde_json::json;

use super::rule_templates::{associate, check_pages, check_template_names, names, pages, template};
use super::{call, history};

const OPERATION: &str = "ListRepositoriesForApprovalRuleTemplate";

#[test]
fn each_repository_of_a_template_is_listed_once() {
    for name in ["for-repositories", "for-others"] {
        template(name);
    }
    let all: Vec<String> = (0..5).map(|at| format!("of-template-{at}")).collect();
    for name in &all {
        history(name, &[&[("a", Some("1"))]]);
        associate("for-repositories", name);
    }
    associate("for-others", &all[0]);
    let asked = json!({ "approvalRuleTemplateName": "for-repositories", "maxResults": 2 });
    let (found, token) = pages(OPERATION, &asked, "repositoryNames");
    let sizes: Vec<_> = found.iter().map(Vec::len).collect();
    assert_eq!(sizes, [2, 2, 1]);
    let mut found = found.concat();
    found.sort();
    assert_eq!(found, all);

    // A repository that was renamed is told by its new name, one that was deleted not at all.
    let renamed = json!({ "oldName": all[1], "newName": "of-template-renamed" });
    call("UpdateRepositoryName", &renamed).expect("the name is free");
    call("DeleteRepository", &json!({ "repositoryName": all[2] })).expect("it is there");
    let asked = json!({ "approvalRuleTemplateName": "for-repositories" });
    let mut left = names(&call(OPERATION, &asked).expect("a page")["repositoryNames"]);
    left.sort();
    assert_eq!(
        left,
        ["of-template-0", "of-template-3", "of-template-4", "of-template-renamed"]
    );

    let other = json!({ "approvalRuleTemplateName": "for-others" });
    check_pages(OPERATION, &other, &token);
    check_template_names(OPERATION, "approvalRuleTemplateName", &other, true);
}
