//! `DisassociateApprovalRuleTemplateFromRepository`.

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::rule_templates::{associate, check_template_names, of_repository, template};
use super::{call, check_names, history};

const OPERATION: &str = "DisassociateApprovalRuleTemplateFromRepository";

#[test]
fn a_template_is_taken_from_one_repository() {
    for name in ["disassociated-1", "disassociated-2"] {
        history(name, &[&[("a", Some("1"))]]);
    }
    for name in ["taken", "left"] {
        template(name);
        associate(name, "disassociated-1");
        associate(name, "disassociated-2");
    }
    let pair = json!({ "approvalRuleTemplateName": "taken", "repositoryName": "disassociated-1" });
    // Once more changes nothing.
    for _ in 0..2 {
        assert_eq!(call(OPERATION, &pair).expect("both are there"), json!({}));
        assert_eq!(of_repository("disassociated-1"), ["left"]);
        assert_eq!(of_repository("disassociated-2"), ["left", "taken"]);
    }
    let told = Aws::of(Server::shared()).codecommit(
        "disassociate-approval-rule-template-from-repository --approval-rule-template-name left \
         --repository-name disassociated-1",
    );
    assert_eq!(told, Value::Null);
    assert_eq!(of_repository("disassociated-1"), [""; 0]);
}

#[test]
fn what_is_not_there_is_refused() {
    history("disassociated-none", &[&[("a", Some("1"))]]);
    template("disassociated-none");
    let good = json!({ "approvalRuleTemplateName": "disassociated-none", "repositoryName": "disassociated-none" });
    check_template_names(OPERATION, "approvalRuleTemplateName", &good, true);
    check_names(
        OPERATION,
        "repositoryName",
        &json!({ "approvalRuleTemplateName": "disassociated-none" }),
    );
}
