//! `GetPullRequestOverrideState`.

use serde_json::json;

use super::pull_request::{ADMIN, Asked, check_ids, check_revisions};

#[test]
fn each_revision_tells_who_overrode_its_rules() {
    let asked = Asked::new("override-state");
    let state = |revision: &str| asked.call("GetPullRequestOverrideState", &json!({ "revisionId": revision }));
    let set = |status: &str| {
        let input = json!({ "revisionId": asked.revision(), "overrideStatus": status });
        asked.call("OverridePullRequestApprovalRules", &input)
    };
    let (nobody, admin) = (
        json!({ "overridden": false }),
        json!({ "overridden": true, "overrider": ADMIN }),
    );
    let first = asked.revision();
    assert_eq!(state(&first), nobody);
    set("OVERRIDE");
    assert_eq!(state(&first), admin);
    asked.push(("c", "c"));
    let second = asked.revision();
    assert_eq!((state(&first), state(&second)), (admin.clone(), nobody.clone()));
    set("OVERRIDE");
    set("REVOKE");
    assert_eq!((state(&first), state(&second)), (admin.clone(), nobody.clone()));
    assert_eq!(state(&"a".repeat(64)), nobody);
    check_revisions("GetPullRequestOverrideState", &asked.input(&json!({})));
    check_ids("GetPullRequestOverrideState", &json!({ "revisionId": first }));
    asked.close();
    assert_eq!(state(&first), admin);
}
