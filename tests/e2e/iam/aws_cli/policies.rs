//! Managed policies, their versions and their tags.

use serde_json::{Value, json};

use super::super::allowing;
use super::{File, iam, members, quiet, refused, text};

#[test]
fn a_policy_goes_from_version_to_version() {
    let pull = allowing(&["codecommit:GitPull"]);
    let document = File::of(&pull);
    let made = iam(&format!(
        "create-policy --policy-name cli-policy --path /cli/x/ --description pull --policy-document {document}"
    ));
    let arn = "arn:aws:iam::000000000000:policy/cli/x/cli-policy";
    let policy = &made["Policy"];
    assert_eq!(
        (&policy["Arn"], &policy["DefaultVersionId"]),
        (&json!(arn), &json!("v1"))
    );
    assert_eq!(
        (&policy["AttachmentCount"], &policy["IsAttachable"]),
        (&json!(0), &json!(true))
    );
    quiet(&format!("wait policy-exists --policy-arn {arn}"));
    let shown = iam(&format!("get-policy --policy-arn {arn}"));
    assert_eq!(shown["Policy"]["Description"], "pull");

    let push = allowing(&["codecommit:GitPull", "codecommit:GitPush"]);
    let document = File::of(&push);
    let second = iam(&format!(
        "create-policy-version --policy-arn {arn} --set-as-default --policy-document {document}"
    ));
    let second = &second["PolicyVersion"];
    assert_eq!(members(second), ["CreateDate", "IsDefaultVersion", "VersionId"]);
    assert_eq!(
        (&second["VersionId"], &second["IsDefaultVersion"]),
        (&json!("v2"), &json!(true))
    );
    let versions = iam(&format!(
        "list-policy-versions --policy-arn {arn} --query Versions[].VersionId"
    ));
    assert_eq!(versions, json!(["v2", "v1"]));
    let version = iam(&format!("get-policy-version --policy-arn {arn} --version-id v2"));
    let document: Value = serde_json::from_str(&push).expect("it is JSON");
    assert_eq!(
        version["PolicyVersion"]["Document"], document,
        "the CLI decodes documents"
    );
    quiet(&format!(
        "set-default-policy-version --policy-arn {arn} --version-id v1"
    ));
    refused(&format!("delete-policy --policy-arn {arn}"), "DeleteConflict");
    quiet(&format!("delete-policy-version --policy-arn {arn} --version-id v2"));

    quiet(&format!(
        "tag-policy --policy-arn {arn} --tags Key=a,Value=1 Key=b,Value=2"
    ));
    quiet(&format!("untag-policy --policy-arn {arn} --tag-keys a"));
    let tags = iam(&format!("list-policy-tags --policy-arn {arn}"));
    assert_eq!(tags, json!({ "Tags": [{ "Key": "b", "Value": "2" }] }));
    let listed = iam("list-policies --scope Local --path-prefix /cli/");
    assert_eq!(
        (&listed["Policies"][0]["PolicyName"], listed["Policies"][0].get("Tags")),
        (&json!("cli-policy"), None)
    );
    quiet(&format!("delete-policy --policy-arn {arn}"));
    refused(&format!("get-policy --policy-arn {arn}"), "NoSuchEntity");
}

#[test]
fn a_policy_tells_who_has_it() {
    let document = allowing(&["codecommit:ListRepositories"]);
    let arn = iam(&format!(
        "create-policy --policy-name cli-shared --policy-document {document} --query Policy.Arn"
    ));
    let arn = text(&arn);
    let user = iam("create-user --user-name cli-entity");
    quiet(&format!("attach-user-policy --user-name cli-entity --policy-arn {arn}"));
    let entities = iam(&format!("list-entities-for-policy --policy-arn {arn}"));
    let id = &user["User"]["UserId"];
    let users = json!([{ "UserName": "cli-entity", "UserId": id }]);
    assert_eq!(
        entities,
        json!({ "PolicyGroups": [], "PolicyUsers": users, "PolicyRoles": [] })
    );
}
