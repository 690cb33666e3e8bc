//! What users, groups and roles may: inline policies, attached ones, and permissions boundaries.

use serde_json::{Value, json};

use super::super::allowing;
use super::{File, iam, quiet, refused};

const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#;
const POWER: &str = "arn:aws:iam::aws:policy/AWSCodeCommitPowerUser";
const READ: &str = "arn:aws:iam::aws:policy/AWSCodeCommitReadOnly";

/// Puts an inline policy, reads it and takes it away, by the commands for that.
fn goes_through_inline_policies(whom: &str, [put, get, list, delete]: [&str; 4]) {
    let text = allowing(&["codecommit:GitPull"]);
    let of = format!("{whom} --policy-name pull");
    let file = File::of(&text);
    quiet(&format!("{put} {of} --policy-document {file}"));
    let shown = iam(&format!("{get} {of}"));
    let document: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(
        (&shown["PolicyName"], &shown["PolicyDocument"]),
        (&json!("pull"), &document),
        "{get}"
    );
    assert_eq!(iam(&format!("{list} {whom}")), json!({ "PolicyNames": ["pull"] }));
    quiet(&format!("{delete} {of}"));
    refused(&format!("{get} {of}"), "NoSuchEntity");
}

/// Attaches a policy of AWS's, lists it and detaches it.
fn goes_through_attachments(whom: &str, [attach, list, detach]: [&str; 3]) {
    quiet(&format!("{attach} {whom} --policy-arn {POWER}"));
    let listed = iam(&format!("{list} {whom}"));
    let attached = json!([{ "PolicyName": "AWSCodeCommitPowerUser", "PolicyArn": POWER }]);
    assert_eq!(listed, json!({ "AttachedPolicies": attached }));
    quiet(&format!("{detach} {whom} --policy-arn {POWER}"));
    refused(&format!("{detach} {whom} --policy-arn {POWER}"), "NoSuchEntity");
}

/// Sets a boundary, sees it and removes it; `shown` prints its ARN.
fn goes_through_boundaries(whom: &str, [put, delete, shown]: [&str; 3]) {
    quiet(&format!("{put} {whom} --permissions-boundary {READ}"));
    assert_eq!(iam(&format!("{shown} {whom}")), READ);
    quiet(&format!("{delete} {whom}"));
    assert_eq!(iam(&format!("{shown} {whom}")), Value::Null);
}

#[test]
fn a_user_is_given_permissions_and_loses_them() {
    iam("create-user --user-name cli-holder");
    let whom = "--user-name cli-holder";
    goes_through_inline_policies(
        whom,
        [
            "put-user-policy",
            "get-user-policy",
            "list-user-policies",
            "delete-user-policy",
        ],
    );
    goes_through_attachments(
        whom,
        [
            "attach-user-policy",
            "list-attached-user-policies",
            "detach-user-policy",
        ],
    );
    goes_through_boundaries(
        whom,
        [
            "put-user-permissions-boundary",
            "delete-user-permissions-boundary",
            "get-user --query User.PermissionsBoundary.PermissionsBoundaryArn",
        ],
    );
}

#[test]
fn a_group_is_given_permissions_and_loses_them() {
    iam("create-group --group-name cli-holder");
    let whom = "--group-name cli-holder";
    goes_through_inline_policies(
        whom,
        [
            "put-group-policy",
            "get-group-policy",
            "list-group-policies",
            "delete-group-policy",
        ],
    );
    goes_through_attachments(
        whom,
        [
            "attach-group-policy",
            "list-attached-group-policies",
            "detach-group-policy",
        ],
    );
}

#[test]
fn a_role_is_given_permissions_and_loses_them() {
    iam(&format!(
        "create-role --role-name cli-holder --assume-role-policy-document {TRUST}"
    ));
    let whom = "--role-name cli-holder";
    goes_through_inline_policies(
        whom,
        [
            "put-role-policy",
            "get-role-policy",
            "list-role-policies",
            "delete-role-policy",
        ],
    );
    goes_through_attachments(
        whom,
        [
            "attach-role-policy",
            "list-attached-role-policies",
            "detach-role-policy",
        ],
    );
    goes_through_boundaries(
        whom,
        [
            "put-role-permissions-boundary",
            "delete-role-permissions-boundary",
            "get-role --query Role.PermissionsBoundary.PermissionsBoundaryArn",
        ],
    );
}
