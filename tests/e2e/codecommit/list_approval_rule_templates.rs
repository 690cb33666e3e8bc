//! `ListApprovalRuleTemplates`.

use packhouse_harness::Server;
use serde_json::{Value, json};

use super::rule_templates::{check_pages, names, rule};
use super::{call, with};

#[test]
fn templates_are_listed_by_name_in_pages() {
    // Others make templates of the shared server meanwhile.
    let server = Server::start();
    let on = |operation: &str, input: &Value| server.boto3().call(operation, input).expect("it is valid");
    let make = |name: &str| {
        let input = json!({ "approvalRuleTemplateName": name, "approvalRuleTemplateContent": rule(1) });
        on("CreateApprovalRuleTemplate", &input);
    };
    let list = |input: Value| on("ListApprovalRuleTemplates", &input);
    assert_eq!(list(json!({})), json!({ "approvalRuleTemplateNames": [] }));
    for name in ["ä", "b", "Z", "a", "d"] {
        make(name);
    }
    assert_eq!(
        list(json!({})),
        json!({ "approvalRuleTemplateNames": ["Z", "a", "b", "d", "ä"] })
    );
    let first = list(json!({ "maxResults": 2 }));
    assert_eq!(names(&first["approvalRuleTemplateNames"]), ["Z", "a"]);
    // What comes and goes meanwhile neither repeats nor hides the others.
    make("A");
    make("c");
    on(
        "DeleteApprovalRuleTemplate",
        &json!({ "approvalRuleTemplateName": "a" }),
    );
    let second = list(json!({ "maxResults": 3, "nextToken": first["nextToken"] }));
    assert_eq!(names(&second["approvalRuleTemplateNames"]), ["b", "c", "d"]);
    let third = list(json!({ "maxResults": 3, "nextToken": second["nextToken"] }));
    assert_eq!(third, json!({ "approvalRuleTemplateNames": ["ä"] }));
    // The empty token of a last page begins anew.
    assert_eq!(
        names(&list(json!({ "nextToken": "" }))["approvalRuleTemplateNames"]).len(),
        6
    );

    for at in 0..100 {
        make(&format!("m{at}"));
    }
    for asked in [
        json!({}),
        json!({ "maxResults": 100 }),
        json!({ "maxResults": 1_000_000 }),
    ] {
        let page = list(asked);
        assert_eq!(names(&page["approvalRuleTemplateNames"]).len(), 100);
        let rest = list(json!({ "nextToken": page["nextToken"] }));
        assert_eq!(
            (names(&rest["approvalRuleTemplateNames"]).len(), rest.get("nextToken")),
            (6, None)
        );
    }
}

#[test]
fn what_is_no_page_is_refused() {
    for name in ["listed-1", "listed-2"] {
        super::rule_templates::template(name);
    }
    let page = call("ListApprovalRuleTemplates", &json!({ "maxResults": 1 })).expect("a page");
    let cut = page["nextToken"].as_str().expect("there is another")[1..].to_owned();
    check_pages("ListApprovalRuleTemplates", &json!({}), &json!(cut));
    let resumed = with(&json!({ "maxResults": 1 }), &json!({ "nextToken": page["nextToken"] }));
    let next = call("ListApprovalRuleTemplates", &resumed).expect("a page");
    assert_ne!(next["approvalRuleTemplateNames"], page["approvalRuleTemplateNames"]);
}
