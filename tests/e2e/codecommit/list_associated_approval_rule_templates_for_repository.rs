//! `ListAssociatedApprovalRuleTemplatesForRepository`.

use serde_json::json;

use super::rule_templates::{associate, check_pages, of_repository, pages, template};
use super::{check_names, history};

const OPERATION: &str = "ListAssociatedApprovalRuleTemplatesForRepository";

#[test]
fn the_templates_of_a_repository_are_listed_by_name() {
    for name in ["listed-templates", "listed-templates-too"] {
        history(name, &[&[("a", Some("1"))]]);
    }
    assert_eq!(of_repository("listed-templates"), [""; 0]);
    let all: Vec<String> = (0..5).map(|at| format!("of-repository-{at}")).collect();
    for name in all.iter().rev() {
        template(name);
        associate(name, "listed-templates");
    }
    for name in &all[..2] {
        associate(name, "listed-templates-too");
    }
    assert_eq!(of_repository("listed-templates"), all);
    assert_eq!(of_repository("listed-templates-too"), all[..2]);
    let asked = json!({ "repositoryName": "listed-templates", "maxResults": 2 });
    let (found, token) = pages(OPERATION, &asked, "approvalRuleTemplateNames");
    assert_eq!(found, [&all[..2], &all[2..4], &all[4..]]);
    // A token is good for its own listing only.
    let other = json!({ "repositoryName": "listed-templates-too" });
    check_pages(OPERATION, &other, &token);
    check_names(OPERATION, "repositoryName", &json!({}));
}
