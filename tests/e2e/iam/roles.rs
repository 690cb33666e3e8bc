//! Roles.

use serde_json::{Value, json};

use super::{allowing, done, make_user, refused};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"sts:AssumeRole"}]}"#;

fn make(name: &str) -> Value {
    let made = done(
        "CreateRole",
        &json!({ "RoleName": name, "AssumeRolePolicyDocument": TRUST }),
    );
    made["Role"].clone()
}

#[test]
fn a_role_is_changed() {
    let made = make("changing");
    assert_eq!(
        (&made["MaxSessionDuration"], made.get("Description")),
        (&json!(3600), None)
    );
    let name = json!({ "RoleName": "changing" });
    let role = || done("GetRole", &name)["Role"].clone();
    done(
        "UpdateRole",
        &json!({ "RoleName": "changing", "Description": "one", "MaxSessionDuration": 43200 }),
    );
    assert_eq!(
        (&role()["Description"], &role()["MaxSessionDuration"]),
        (&json!("one"), &json!(43200))
    );
    done("UpdateRole", &name);
    assert_eq!(
        (&role()["Description"], &role()["MaxSessionDuration"]),
        (&json!("one"), &json!(3600))
    );
    let described = done(
        "UpdateRoleDescription",
        &json!({ "RoleName": "changing", "Description": "two" }),
    );
    assert_eq!(described["Role"]["Description"], "two");
    let trust = TRUST.replace("root", "user/trusted-by-role");
    let parameters = json!({ "RoleName": "changing", "PolicyDocument": trust });
    let told = refused("UpdateAssumeRolePolicy", &parameters, ("MalformedPolicyDocument", 400));
    assert_eq!(
        told,
        r#"Invalid principal in policy: "AWS":"arn:aws:iam::000000000000:user/trusted-by-role""#
    );
    make_user("trusted-by-role");
    done("UpdateAssumeRolePolicy", &parameters);
    let principal = &role()["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"];
    assert_eq!(principal, "arn:aws:iam::000000000000:user/trusted-by-role");
    for document in ["", "{", &allowing(&["sts:AssumeRole"])] {
        let parameters = json!({ "RoleName": "changing", "PolicyDocument": document });
        let code = if document.is_empty() {
            "ValidationError"
        } else {
            "MalformedPolicyDocument"
        };
        refused("UpdateAssumeRolePolicy", &parameters, (code, 400));
    }
    for seconds in [3599, 43201] {
        let parameters = json!({ "RoleName": "changing", "MaxSessionDuration": seconds });
        refused("UpdateRole", &parameters, ("InvalidInput", 400));
    }
}

#[test]
fn a_role_with_policies_is_not_deleted() {
    make("busy-role");
    let name = json!({ "RoleName": "busy-role" });
    let arn = json!({ "RoleName": "busy-role", "PolicyArn": "arn:aws:iam::aws:policy/AWSCodeCommitReadOnly" });
    done("AttachRolePolicy", &arn);
    refused("DeleteRole", &name, ("DeleteConflict", 409));
    done("DetachRolePolicy", &arn);
    let inline = json!({ "RoleName": "busy-role", "PolicyName": "p", "PolicyDocument": allowing(&["codecommit:*"]) });
    done("PutRolePolicy", &inline);
    refused("DeleteRole", &name, ("DeleteConflict", 409));
    done(
        "DeleteRolePolicy",
        &json!({ "RoleName": "busy-role", "PolicyName": "p" }),
    );
    let bound =
        json!({ "RoleName": "busy-role", "PermissionsBoundary": "arn:aws:iam::aws:policy/AWSCodeCommitReadOnly" });
    done("PutRolePermissionsBoundary", &bound);
    done("DeleteRole", &name);
    refused("DeleteRole", &name, ("NoSuchEntity", 404));
}

#[test]
fn a_role_has_tags() {
    make("tagged-role");
    let tags = json!([{ "Key": "team", "Value": "red" }]);
    done("TagRole", &json!({ "RoleName": "tagged-role", "Tags": tags }));
    assert_eq!(
        done("ListRoleTags", &json!({ "RoleName": "tagged-role" }))["Tags"],
        tags
    );
    assert_eq!(
        done("GetRole", &json!({ "RoleName": "tagged-role" }))["Role"]["Tags"],
        tags
    );
    done("UntagRole", &json!({ "RoleName": "tagged-role", "TagKeys": ["team"] }));
    assert_eq!(
        done("ListRoleTags", &json!({ "RoleName": "tagged-role" }))["Tags"],
        json!([])
    );
}
