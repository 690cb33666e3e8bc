//! Policies of users, groups and roles: inline ones, attached ones, and permissions boundaries.

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::{allowing, done, make_user, refused, with_key};

const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#;

/// Makes one of each kind; the rows are kind and name.
fn holders(name: &str) -> [(&'static str, String); 3] {
    make_user(name);
    done("CreateGroup", &json!({ "GroupName": name }));
    done(
        "CreateRole",
        &json!({ "RoleName": name, "AssumeRolePolicyDocument": TRUST }),
    );
    ["User", "Group", "Role"].map(|kind| (kind, name.to_owned()))
}

/// The parameters that name somebody, and others.
fn of(kind: &str, name: &str, others: &Value) -> Value {
    let mut parameters = others.clone();
    parameters[format!("{kind}Name")] = name.into();
    parameters
}

#[test]
fn inline_policies_are_put_shown_listed_and_deleted() {
    for (kind, name) in holders("inliner") {
        let text = allowing(&["codecommit:GitPull"]);
        let named = |policy: &str| of(kind, &name, &json!({ "PolicyName": policy }));
        for policy in ["b", "a"] {
            let put = of(kind, &name, &json!({ "PolicyName": policy, "PolicyDocument": text }));
            done(&format!("Put{kind}Policy"), &put);
        }
        let list = format!("List{kind}Policies");
        let listed = done(&list, &of(kind, &name, &json!({})));
        assert_eq!(
            (&listed["PolicyNames"], &listed["IsTruncated"]),
            (&json!(["a", "b"]), &json!(false))
        );
        let page = done(&list, &of(kind, &name, &json!({ "MaxItems": 1 })));
        let page = done(
            &list,
            &of(kind, &name, &json!({ "MaxItems": 1, "Marker": page["Marker"] })),
        );
        assert_eq!(page["PolicyNames"], json!(["b"]));
        let shown = done(&format!("Get{kind}Policy"), &named("a"));
        let document: Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(
            (&shown[format!("{kind}Name")], &shown["PolicyDocument"]),
            (&json!(name), &document)
        );
        done(&format!("Delete{kind}Policy"), &named("a"));
        refused(&format!("Get{kind}Policy"), &named("a"), ("NoSuchEntity", 404));
        refused(&format!("Delete{kind}Policy"), &named("a"), ("NoSuchEntity", 404));
        let bad = of(kind, &name, &json!({ "PolicyName": "c", "PolicyDocument": TRUST }));
        refused(&format!("Put{kind}Policy"), &bad, ("MalformedPolicyDocument", 400));
        let long = allowing(&[&format!("a:{}", "x".repeat(10_240))]);
        let long = of(kind, &name, &json!({ "PolicyName": "c", "PolicyDocument": long }));
        refused(&format!("Put{kind}Policy"), &long, ("LimitExceeded", 409));
        let nobody = of(kind, "nobody", &json!({ "PolicyName": "c", "PolicyDocument": text }));
        refused(&format!("Put{kind}Policy"), &nobody, ("NoSuchEntity", 404));
    }
}

#[test]
fn managed_policies_are_attached_listed_and_detached() {
    let made = done(
        "CreatePolicy",
        &json!({ "PolicyName": "attachable", "PolicyDocument": allowing(&["a:b"]), "Path": "/at/" }),
    );
    let own = &made["Policy"]["Arn"];
    let aws = "arn:aws:iam::aws:policy/IAMSelfManageServiceSpecificCredentials";
    for (kind, name) in holders("attacher") {
        let with = |arn: &Value| of(kind, &name, &json!({ "PolicyArn": arn }));
        for arn in [own, own, &json!(aws)] {
            done(&format!("Attach{kind}Policy"), &with(arn));
        }
        let list = format!("ListAttached{kind}Policies");
        let listed = done(&list, &of(kind, &name, &json!({})));
        let expect = json!([
            { "PolicyName": "attachable", "PolicyArn": own },
            { "PolicyName": "IAMSelfManageServiceSpecificCredentials", "PolicyArn": aws },
        ]);
        assert_eq!(listed["AttachedPolicies"], expect);
        let listed = done(&list, &of(kind, &name, &json!({ "PathPrefix": "/at/" })));
        assert_eq!(listed["AttachedPolicies"], json!([expect[0]]));
        let entities = done(
            "ListEntitiesForPolicy",
            &json!({ "PolicyArn": own, "EntityFilter": kind }),
        );
        assert_eq!(
            entities[format!("Policy{kind}s")][0][format!("{kind}Name")],
            name.as_str()
        );
        for arn in ["arn:aws:iam::000000000000:policy/none", "arn:aws:iam::aws:policy/None"] {
            refused(
                &format!("Attach{kind}Policy"),
                &with(&json!(arn)),
                ("NoSuchEntity", 404),
            );
        }
        refused(
            &format!("Attach{kind}Policy"),
            &with(&json!("attachable")),
            ("InvalidInput", 400),
        );
    }
    assert_eq!(
        done("GetPolicy", &json!({ "PolicyArn": own }))["Policy"]["AttachmentCount"],
        3
    );
    refused("DeletePolicy", &json!({ "PolicyArn": own }), ("DeleteConflict", 409));
    for kind in ["User", "Group", "Role"] {
        let with = of(kind, "attacher", &json!({ "PolicyArn": own }));
        done(&format!("Detach{kind}Policy"), &with);
        refused(&format!("Detach{kind}Policy"), &with, ("NoSuchEntity", 404));
    }
    done("DeletePolicy", &json!({ "PolicyArn": own }));
}

#[test]
fn a_boundary_bounds_what_policies_allow() {
    make_user("bounded");
    let key = &done("CreateAccessKey", &json!({ "UserName": "bounded" }))["AccessKey"];
    let codecommit = with_key("codecommit", key);
    let may = |operation: &str, parameters: Value| match codecommit.call(operation, &parameters) {
        Ok(_) => true,
        Err(error) if error.code == "AccessDeniedException" => false,
        Err(error) => panic!("{operation}: {error:?}"),
    };
    let both = || {
        let create = may("CreateRepository", json!({ "repositoryName": "of-bounded" }));
        if create {
            done_by(
                &codecommit,
                "DeleteRepository",
                &json!({ "repositoryName": "of-bounded" }),
            );
        }
        (may("ListRepositories", json!({})), create)
    };
    let aws = Aws::of(Server::shared());
    aws.service(
        "iam",
        "attach-user-policy --user-name bounded --policy-arn arn:aws:iam::aws:policy/AWSCodeCommitFullAccess",
    );
    assert_eq!(both(), (true, true));
    let boundary = "arn:aws:iam::aws:policy/AWSCodeCommitReadOnly";
    aws.service(
        "iam",
        &format!("put-user-permissions-boundary --user-name bounded --permissions-boundary {boundary}"),
    );
    assert_eq!(both(), (true, false));
    let shown = done("GetUser", &json!({ "UserName": "bounded" }));
    assert_eq!(shown["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"], boundary);
    let used = json!({ "PolicyArn": boundary, "PolicyUsageFilter": "PermissionsBoundary", "EntityFilter": "User" });
    let users = done("ListEntitiesForPolicy", &used)["PolicyUsers"].clone();
    assert!(
        users
            .as_array()
            .is_some_and(|users| users.iter().any(|user| user["UserName"] == "bounded"))
    );
    aws.service("iam", "delete-user-permissions-boundary --user-name bounded");
    assert_eq!(both(), (true, true));
    refused(
        "DeleteUserPermissionsBoundary",
        &json!({ "UserName": "bounded" }),
        ("NoSuchEntity", 404),
    );
}

fn done_by(service: &packhouse_harness::Boto3, operation: &str, parameters: &Value) {
    service.call(operation, parameters).expect("it is allowed");
}

#[test]
fn the_account_shows_all_that_it_has() {
    let server = Server::start();
    let aws = Aws::of(&server);
    let summary = aws.service("iam", "get-account-summary");
    let count = |name: &str| summary["SummaryMap"][name].as_u64();
    assert_eq!(
        (count("Users"), count("UsersQuota"), count("Groups")),
        (Some(1), Some(5000), Some(0))
    );
    aws.service("iam", "create-group --group-name devs");
    aws.service("iam", "add-user-to-group --group-name devs --user-name admin");
    let details = aws.service("iam", "get-account-authorization-details");
    let admin = &details["UserDetailList"][0];
    assert_eq!(
        (&admin["UserName"], &admin["GroupList"]),
        (&json!("admin"), &json!(["devs"]))
    );
    assert_eq!(admin["AttachedManagedPolicies"][0]["PolicyName"], "AdministratorAccess");
    assert_eq!(details["GroupDetailList"][0]["GroupName"], "devs");
    let version = &details["Policies"][0]["PolicyVersionList"][0];
    assert_eq!(version["Document"]["Statement"][0]["Effect"], "Allow");
    let filtered = aws.service("iam", "get-account-authorization-details --filter Group");
    assert_eq!(filtered["UserDetailList"], json!([]));
}
