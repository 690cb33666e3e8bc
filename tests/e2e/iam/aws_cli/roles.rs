//! Roles.

use serde_json::{Value, json};

use super::{File, iam, members, quiet, refused, text};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"sts:AssumeRole"}]}"#;

#[test]
fn a_role_comes_is_changed_and_goes() {
    let boundary = "arn:aws:iam::aws:policy/AWSCodeCommitReadOnly";
    let trust = File::of(TRUST);
    let made = iam(&format!(
        "create-role --role-name cli-role --path /cli/ --assume-role-policy-document {trust} --description text \
         --max-session-duration 7200 --permissions-boundary {boundary} --tags Key=a,Value=b"
    ));
    let role = &made["Role"];
    assert_eq!(role["Arn"], "arn:aws:iam::000000000000:role/cli/cli-role");
    assert!(text(&role["RoleId"]).starts_with("AROA"));
    let trust: Value = serde_json::from_str(TRUST).expect("it is JSON");
    assert_eq!(role["AssumeRolePolicyDocument"], trust, "the CLI decodes documents");
    assert_eq!(
        (&role["Description"], &role["MaxSessionDuration"]),
        (&json!("text"), &json!(7200))
    );
    let bound = json!({ "PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": boundary });
    assert_eq!(role["PermissionsBoundary"], bound);
    quiet("wait role-exists --role-name cli-role");
    assert_eq!(iam("get-role --role-name cli-role")["Role"], *role);
    let listed = iam("list-roles --path-prefix /cli/");
    assert_eq!(listed["Roles"][0]["RoleName"], "cli-role");
    let not_shown = ["PermissionsBoundary", "Tags"];
    assert!(
        members(&listed["Roles"][0])
            .iter()
            .all(|name| !not_shown.contains(name))
    );

    quiet("update-role --role-name cli-role --max-session-duration 3600");
    let described = iam("update-role-description --role-name cli-role --description builds");
    assert_eq!(
        (
            &described["Role"]["Description"],
            &described["Role"]["MaxSessionDuration"]
        ),
        (&json!("builds"), &json!(3600))
    );
    let user = iam("create-user --user-name cli-trusted --query User.Arn");
    let trust = File::of(&TRUST.replace("arn:aws:iam::000000000000:root", text(&user)));
    quiet(&format!(
        "update-assume-role-policy --role-name cli-role --policy-document {trust}"
    ));
    let statement = "Role.AssumeRolePolicyDocument.Statement[0].Principal.AWS";
    let principal = iam(&format!("get-role --role-name cli-role --query {statement}"));
    assert_eq!(principal, user);

    quiet("tag-role --role-name cli-role --tags Key=team,Value=red");
    quiet("untag-role --role-name cli-role --tag-keys a");
    let tags = iam("list-role-tags --role-name cli-role");
    assert_eq!(tags, json!({ "Tags": [{ "Key": "team", "Value": "red" }] }));
    quiet("delete-role --role-name cli-role");
    refused("get-role --role-name cli-role", "NoSuchEntity");
}
