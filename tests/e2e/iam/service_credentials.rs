//! Service-specific credentials: Git user names and passwords.

use packhouse_harness::{Aws, Git, Server};
use serde_json::{Value, json};

use super::{allowing, call, done, make_user, refused};

const SERVICE: &str = "codecommit.amazonaws.com";

/// Whether git gets in with that credential.
fn opens(credential: &Value, url: &str) -> bool {
    let git = Git::newest();
    let text = |name: &str| credential[name].as_str().expect("a text");
    git.store_credentials(
        Server::shared().base_url(),
        text("ServiceUserName"),
        text("ServicePassword"),
    );
    git.run(&format!("ls-remote {url}")).code == Some(0)
}

#[test]
fn git_gets_in_with_the_password_that_was_made_last() {
    make_user("gitter");
    let url = Server::shared().create_repository("of-gitter");
    done(
        "PutUserPolicy",
        &json!({ "UserName": "gitter", "PolicyName": "git", "PolicyDocument": allowing(&["codecommit:GitPull"]) }),
    );
    let of = json!({ "UserName": "gitter", "ServiceName": SERVICE });
    let first = done("CreateServiceSpecificCredential", &of)["ServiceSpecificCredential"].clone();
    assert_eq!(first["ServiceUserName"], "gitter-at-000000000000");
    assert_eq!(first["ServicePassword"].as_str().map(str::len), Some(44));
    let second = done("CreateServiceSpecificCredential", &of)["ServiceSpecificCredential"].clone();
    assert_eq!(second["ServiceUserName"], "gitter+1-at-000000000000");
    refused("CreateServiceSpecificCredential", &of, ("LimitExceeded", 409));
    assert!(opens(&first, &url) && opens(&second, &url));

    let one = |id: &Value| json!({ "UserName": "gitter", "ServiceSpecificCredentialId": id });
    let id = &first["ServiceSpecificCredentialId"];
    let reset = done("ResetServiceSpecificCredential", &one(id))["ServiceSpecificCredential"].clone();
    assert!(opens(&reset, &url) && !opens(&first, &url));
    let mut inactive = one(id);
    inactive["Status"] = json!("Inactive");
    done("UpdateServiceSpecificCredential", &inactive);
    assert!(!opens(&reset, &url) && opens(&second, &url));

    let listed = Aws::of(Server::shared()).service("iam", "list-service-specific-credentials --user-name gitter");
    let listed = listed["ServiceSpecificCredentials"].as_array().expect("a list").clone();
    let listed: Vec<_> = listed
        .iter()
        .map(|one| (&one["ServiceSpecificCredentialId"], &one["Status"]))
        .collect();
    let second_id = &second["ServiceSpecificCredentialId"];
    assert_eq!(listed, [(id, &json!("Inactive")), (second_id, &json!("Active"))]);
    done("DeleteServiceSpecificCredential", &one(second_id));
    assert!(!opens(&second, &url));
    refused(
        "DeleteServiceSpecificCredential",
        &one(second_id),
        ("NoSuchEntity", 404),
    );
}

#[test]
fn there_are_none_for_other_services() {
    make_user("elsewhere");
    let of = json!({ "UserName": "elsewhere", "ServiceName": "cassandra.amazonaws.com" });
    let told = refused("CreateServiceSpecificCredential", &of, ("NotSupportedService", 404));
    assert!(told.contains("cassandra"), "{told}");
    refused("ListServiceSpecificCredentials", &of, ("NotSupportedService", 404));
    assert!(call("ListServiceSpecificCredentials", &json!({ "AllUsers": true })).is_err());
}
