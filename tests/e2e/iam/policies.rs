//! Managed policies and their versions.

use serde_json::{Value, json};

use super::{allowing, done, refused};

fn make(name: &str, actions: &[&str]) -> String {
    let made = done(
        "CreatePolicy",
        &json!({ "PolicyName": name, "PolicyDocument": allowing(actions) }),
    );
    made["Policy"]["Arn"].as_str().expect("an ARN").to_owned()
}

fn document(actions: &[&str]) -> Value {
    serde_json::from_str(&allowing(actions)).expect("it is JSON")
}

#[test]
fn the_default_version_is_the_one_that_counts() {
    let arn = &make("versioned", &["a:b"]);
    let of = |version: &str| json!({ "PolicyArn": arn, "VersionId": version });
    let add = |actions: &[&str], default: bool| {
        let parameters = json!({ "PolicyArn": arn, "PolicyDocument": allowing(actions), "SetAsDefault": default });
        done("CreatePolicyVersion", &parameters)["PolicyVersion"].clone()
    };
    let second = add(&["a:c"], false);
    assert_eq!(
        (&second["VersionId"], &second["IsDefaultVersion"]),
        (&json!("v2"), &json!(false))
    );
    let third = add(&["a:d"], true);
    assert_eq!(
        (&third["VersionId"], &third["IsDefaultVersion"]),
        (&json!("v3"), &json!(true))
    );
    assert_eq!(
        done("GetPolicy", &json!({ "PolicyArn": arn }))["Policy"]["DefaultVersionId"],
        "v3"
    );
    let listed = done("ListPolicyVersions", &json!({ "PolicyArn": arn }));
    let ids: Vec<&Value> = listed["Versions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["VersionId"])
        .collect();
    assert_eq!(ids, ["v3", "v2", "v1"]);
    done("SetDefaultPolicyVersion", &of("v2"));
    let shown = done("GetPolicyVersion", &of("v2"))["PolicyVersion"].clone();
    assert_eq!(
        (&shown["IsDefaultVersion"], &shown["Document"]),
        (&json!(true), &document(&["a:c"]))
    );
    refused("DeletePolicyVersion", &of("v2"), ("DeleteConflict", 409));
    refused("DeletePolicy", &json!({ "PolicyArn": arn }), ("DeleteConflict", 409));
    for version in ["v1", "v3"] {
        done("DeletePolicyVersion", &of(version));
        refused("DeletePolicyVersion", &of(version), ("NoSuchEntity", 404));
    }
    refused("GetPolicyVersion", &of("v1"), ("NoSuchEntity", 404));
    refused("GetPolicyVersion", &of("1"), ("InvalidInput", 400));
    for _ in 0..4 {
        add(&["a:e"], false);
    }
    let fifth = json!({ "PolicyArn": arn, "PolicyDocument": allowing(&["a:f"]) });
    refused("CreatePolicyVersion", &fifth, ("LimitExceeded", 409));
}

#[test]
fn what_is_no_policy_is_refused_with_what_is_wrong() {
    let rows = [
        ("{", "MalformedPolicyDocument"),
        ("[]", "MalformedPolicyDocument"),
        (
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}"#,
            "MalformedPolicyDocument",
        ),
    ];
    for (document, code) in rows {
        let parameters = json!({ "PolicyName": "never", "PolicyDocument": document });
        let why = refused("CreatePolicy", &parameters, (code, 400));
        assert!(why.len() > 20, "{why}");
    }
    let long = format!("codecommit:{}", "x".repeat(6144));
    let parameters = json!({ "PolicyName": "never", "PolicyDocument": allowing(&[&long]) });
    refused("CreatePolicy", &parameters, ("LimitExceeded", 409));
    make("only-one", &["a:b"]);
    let again = json!({ "PolicyName": "Only-One", "PolicyDocument": allowing(&["a:b"]), "Path": "/x/" });
    refused("CreatePolicy", &again, ("EntityAlreadyExists", 409));
    refused(
        "GetPolicy",
        &json!({ "PolicyArn": "arn:aws:iam::000000000000:user/x" }),
        ("InvalidInput", 400),
    );
}

#[test]
fn policies_of_aws_are_there_and_cannot_be_changed() {
    let listed = done("ListPolicies", &json!({ "Scope": "AWS" }));
    let names: Vec<&str> = listed["Policies"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|policy| policy["PolicyName"].as_str())
        .collect();
    for name in [
        "AWSCodeCommitFullAccess",
        "AWSCodeCommitPowerUser",
        "AWSCodeCommitReadOnly",
        "AdministratorAccess",
    ] {
        assert!(names.contains(&name), "{name}");
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        let policy = done("GetPolicy", &json!({ "PolicyArn": arn }))["Policy"].clone();
        let version = json!({ "PolicyArn": arn, "VersionId": policy["DefaultVersionId"] });
        let shown = done("GetPolicyVersion", &version);
        assert_eq!(shown["PolicyVersion"]["Document"]["Version"], "2012-10-17");
        let document = json!({ "PolicyArn": arn, "PolicyDocument": allowing(&["a:b"]) });
        refused("CreatePolicyVersion", &document, ("AccessDenied", 403));
        refused("DeletePolicy", &json!({ "PolicyArn": arn }), ("AccessDenied", 403));
    }
}

#[test]
fn a_policy_has_tags() {
    let arn = make("tagged-policy", &["a:b"]);
    let tags = json!([{ "Key": "team", "Value": "red" }]);
    done("TagPolicy", &json!({ "PolicyArn": arn, "Tags": tags }));
    assert_eq!(done("ListPolicyTags", &json!({ "PolicyArn": arn }))["Tags"], tags);
    assert_eq!(done("GetPolicy", &json!({ "PolicyArn": arn }))["Policy"]["Tags"], tags);
    done("UntagPolicy", &json!({ "PolicyArn": arn, "TagKeys": ["TEAM"] }));
    assert_eq!(done("ListPolicyTags", &json!({ "PolicyArn": arn }))["Tags"], json!([]));
}
