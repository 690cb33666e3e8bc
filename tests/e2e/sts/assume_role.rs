//! `AssumeRole`.

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::{account, make_role, make_user, policy, refused, service, with_keys};

#[test]
fn a_role_is_assumed_by_who_may() {
    let server = Server::shared();
    let iam = service(server, "iam");
    let arn = make_role(&iam, "sts-deploy", &account());
    let may = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn });
    let key = make_user(&iam, "sts-deployer", &may);
    let other = make_user(&iam, "sts-other", &Value::Null);
    let request = json!({ "RoleArn": arn, "RoleSessionName": "ci" });
    let session = with_keys(server, "sts", &key)
        .call("AssumeRole", &request)
        .expect("the user may");
    assert_eq!(
        session["AssumedRoleUser"]["Arn"],
        "arn:aws:sts::000000000000:assumed-role/sts-deploy/ci"
    );
    let keys = &session["Credentials"];
    let who = with_keys(server, "sts", keys)
        .call("GetCallerIdentity", &json!({}))
        .expect("the keys are good");
    assert_eq!(who["Arn"], session["AssumedRoleUser"]["Arn"]);
    assert_eq!(who["UserId"], session["AssumedRoleUser"]["AssumedRoleId"]);
    let codecommit = with_keys(server, "codecommit", keys);
    codecommit
        .call("CreateRepository", &json!({ "repositoryName": "of-sts-deploy" }))
        .expect("the role may");
    let more = with_keys(server, "iam", keys).call("CreateUser", &json!({ "UserName": "too-much" }));
    refused(more, ("AccessDenied", 403));
    let told = refused(
        with_keys(server, "sts", &other).call("AssumeRole", &request),
        ("AccessDenied", 403),
    );
    assert!(
        told.contains("user/sts-other is not authorized to perform: sts:AssumeRole"),
        "{told}"
    );
    let absent = json!({ "RoleArn": "arn:aws:iam::000000000000:role/absent", "RoleSessionName": "ci" });
    let absent = refused(
        with_keys(server, "sts", &key).call("AssumeRole", &absent),
        ("AccessDenied", 403),
    );
    let same = |told: &str| {
        told.split(" on resource: ")
            .nth(1)
            .map(|rest| rest.split_once(' ').map(|at| at.1.to_owned()))
    };
    assert_eq!(same(&absent), same(&told), "who may not learns nothing");

    let mut forged = keys.clone();
    for (field, value) in [
        (
            "SessionToken",
            format!("{}A", keys["SessionToken"].as_str().expect("a text")),
        ),
        ("SessionToken", String::new()),
        ("SecretAccessKey", "wrong".to_owned()),
    ] {
        forged[field] = value.into();
        assert!(
            with_keys(server, "sts", &forged)
                .call("GetCallerIdentity", &json!({}))
                .is_err(),
            "{field}"
        );
        forged = keys.clone();
    }
}

#[test]
fn the_cli_assumes_a_role_for_a_time_and_within_a_policy() {
    let server = Server::shared();
    let iam = service(server, "iam");
    let arn = make_role(&iam, "sts-narrow", &account());
    let read = policy(&json!({ "Effect": "Allow", "Action": "codecommit:ListRepositories", "Resource": "*" }));
    let read = read.replace(' ', "");
    let session = Aws::of(server).service(
        "sts",
        &format!("assume-role --role-arn {arn} --role-session-name cli --duration-seconds 900 --policy {read}"),
    );
    let codecommit = with_keys(server, "codecommit", &session["Credentials"]);
    codecommit
        .call("ListRepositories", &json!({}))
        .expect("both policies allow it");
    let create = codecommit.call("CreateRepository", &json!({ "repositoryName": "too-much" }));
    refused(create, ("AccessDeniedException", 400));
}

#[test]
fn what_is_wrong_is_told() {
    let server = Server::shared();
    let iam = service(server, "iam");
    let arn = make_role(&iam, "sts-strict", &account());
    let sts = service(server, "sts");
    let assume = |more: Value| {
        let mut request = json!({ "RoleArn": arn, "RoleSessionName": "ci" });
        for (name, value) in more.as_object().expect("an object") {
            request[name] = value.clone();
        }
        sts.call("AssumeRole", &request)
    };
    for (more, error) in [
        (json!({ "DurationSeconds": 3601 }), ("ValidationError", 400)),
        (json!({ "DurationSeconds": 1 }), ("ValidationError", 400)),
        (json!({ "RoleSessionName": "a b" }), ("ValidationError", 400)),
        (json!({ "Policy": "{}" }), ("MalformedPolicyDocument", 400)),
        (
            json!({ "PolicyArns": [{ "arn": "arn:aws:iam::aws:policy/Absent" }] }),
            ("ValidationError", 400),
        ),
        (json!({ "SourceIdentity": "ana" }), ("ValidationError", 400)),
        (
            json!({ "Tags": [{ "Key": "team", "Value": "a" }] }),
            ("AccessDenied", 403),
        ),
        (
            json!({ "SerialNumber": "arn:aws:iam::000000000000:mfa/absent", "TokenCode": "123456" }),
            ("AccessDenied", 403),
        ),
    ] {
        refused(assume(more), error);
    }
    assume(json!({})).expect("nothing is wrong");
}
