//! Groups, boundaries, and credentials that come and go: what was changed holds from the next request on.

use packhouse_harness::{Boto3, Server};
use serde_json::{Value, json};

use super::{Person, all_of, arn, iam, keys, nothing, policy, repository, service, text};

#[test]
fn a_group_gives_what_its_policies_allow_for_as_long_as_one_is_in_it() {
    let server = Server::start();
    let iam = iam(&server);
    let (url, _work) = repository(&server, "team");
    let person = Person::new(&server, &iam, "greta", &nothing());
    let git = person.git(&server);
    let may = || git.run(&format!("ls-remote {url}")).code == Some(0);
    let call = |operation: &str, parameters: Value| iam.call(operation, &parameters).expect("the administrator may");
    call("CreateGroup", json!({ "GroupName": "devs" }));
    let document = policy(&all_of("team"));
    call(
        "PutGroupPolicy",
        json!({ "GroupName": "devs", "PolicyName": "p", "PolicyDocument": document }),
    );
    assert!(!may());
    call("AddUserToGroup", json!({ "GroupName": "devs", "UserName": "greta" }));
    assert!(may());
    let boundary = policy(&json!([{ "Effect": "Allow", "Action": "codecommit:GetRepository", "Resource": "*" }]));
    let made = call(
        "CreatePolicy",
        json!({ "PolicyName": "bound", "PolicyDocument": boundary }),
    );
    let bound = json!({ "UserName": "greta", "PermissionsBoundary": made["Policy"]["Arn"] });
    call("PutUserPermissionsBoundary", bound);
    assert!(!may(), "the boundary does not allow it");
    assert!(
        person
            .api
            .call("GetRepository", &json!({ "repositoryName": "team" }))
            .is_ok()
    );
    call("DeleteUserPermissionsBoundary", json!({ "UserName": "greta" }));
    assert!(may());
    call(
        "RemoveUserFromGroup",
        json!({ "GroupName": "devs", "UserName": "greta" }),
    );
    assert!(!may());
}

#[test]
fn credentials_are_rotated_without_a_gap() {
    let server = Server::start();
    let iam = iam(&server);
    server.create_repository("kept");
    let person = Person::new(&server, &iam, "rita", &all_of("kept"));
    let works = |api: &Boto3| {
        api.call("GetRepository", &json!({ "repositoryName": "kept" }))
            .map_err(|error| error.code)
    };
    assert!(works(&person.api).is_ok());
    let call = |operation: &str, parameters: Value| iam.call(operation, &parameters).expect("the administrator may");
    let fresh = call("CreateAccessKey", json!({ "UserName": "rita" }));
    let fresh = (
        text(&fresh["AccessKey"]["AccessKeyId"]),
        text(&fresh["AccessKey"]["SecretAccessKey"]),
    );
    let next = Boto3::of("codecommit", keys(&server, &fresh.0, &fresh.1, None));
    assert!(works(&next).is_ok() && works(&person.api).is_ok());
    let old = &person.access_key.0;
    let set = |status: &str| json!({ "UserName": "rita", "AccessKeyId": old, "Status": status });
    call("UpdateAccessKey", set("Inactive"));
    assert_eq!(works(&person.api), Err("UnrecognizedClientException".to_owned()));
    call("UpdateAccessKey", set("Active"));
    assert!(works(&person.api).is_ok());
    call("DeleteAccessKey", json!({ "UserName": "rita", "AccessKeyId": old }));
    assert_eq!(works(&person.api), Err("UnrecognizedClientException".to_owned()));
    assert!(works(&next).is_ok());
    // A Git password that was reset is another one at once.
    let git = person.git(&server);
    let url = server.url("kept");
    git.run(&format!("ls-remote {url}")).ok();
    let listed = call("ListServiceSpecificCredentials", json!({ "UserName": "rita" }));
    let id = &listed["ServiceSpecificCredentials"][0]["ServiceSpecificCredentialId"];
    call(
        "ResetServiceSpecificCredential",
        json!({ "UserName": "rita", "ServiceSpecificCredentialId": id }),
    );
    let refused = git.run(&format!("ls-remote {url}")).refused();
    assert!(
        refused.contains("could not read Username") || refused.contains("Authentication failed"),
        "{refused}"
    );
}

#[test]
fn a_role_is_assumed_and_its_session_ends_with_it() {
    let server = Server::start();
    let iam = iam(&server);
    let (url, _work) = repository(&server, "deployed");
    let call = |operation: &str, parameters: Value| iam.call(operation, &parameters).expect("the administrator may");
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "AWS": "arn:aws:iam::000000000000:user/otto" } }] });
    let person = Person::new(&server, &iam, "otto", &nothing());
    call(
        "CreateRole",
        json!({ "RoleName": "deploy", "AssumeRolePolicyDocument": trust.to_string() }),
    );
    let document = policy(&all_of("deployed"));
    call(
        "PutRolePolicy",
        json!({ "RoleName": "deploy", "PolicyName": "p", "PolicyDocument": document }),
    );
    let sts = Boto3::of("sts", keys(&server, &person.access_key.0, &person.access_key.1, None));
    let role = "arn:aws:iam::000000000000:role/deploy";
    let assumed = sts
        .call("AssumeRole", &json!({ "RoleArn": role, "RoleSessionName": "run-7" }))
        .unwrap();
    let temporary = &assumed["Credentials"];
    let (id, secret, token) = (
        text(&temporary["AccessKeyId"]),
        text(&temporary["SecretAccessKey"]),
        text(&temporary["SessionToken"]),
    );
    let api = Boto3::of("codecommit", keys(&server, &id, &secret, Some(&token)));
    let get = || api.call("GetRepository", &json!({ "repositoryName": "deployed" }));
    assert_eq!(get().unwrap()["repositoryMetadata"]["Arn"], arn("deployed"));
    let listed = api.call("ListRepositories", &json!({})).unwrap_err();
    let caller = "User: arn:aws:sts::000000000000:assumed-role/deploy/run-7 is not authorized";
    assert!(listed.message.starts_with(caller), "{}", listed.message);
    // Not without its token, and not with its owner's.
    for token in [None, Some("AAAA")] {
        let half = Boto3::of("codecommit", keys(&server, &id, &secret, token));
        assert!(
            half.call("GetRepository", &json!({ "repositoryName": "deployed" }))
                .is_err()
        );
    }
    drop(url);
    call("DeleteRolePolicy", json!({ "RoleName": "deploy", "PolicyName": "p" }));
    assert_eq!(get().unwrap_err().code, "AccessDeniedException");
    call("DeleteRole", json!({ "RoleName": "deploy" }));
    call(
        "CreateRole",
        json!({ "RoleName": "deploy", "AssumeRolePolicyDocument": trust.to_string() }),
    );
    call(
        "PutRolePolicy",
        json!({ "RoleName": "deploy", "PolicyName": "p", "PolicyDocument": document }),
    );
    assert_eq!(
        get().unwrap_err().code,
        "UnrecognizedClientException",
        "another role of the same name"
    );
    let who = service(&server, "sts").call("GetCallerIdentity", &json!({})).unwrap();
    assert_eq!(who["Arn"], "arn:aws:iam::000000000000:user/admin");
}
