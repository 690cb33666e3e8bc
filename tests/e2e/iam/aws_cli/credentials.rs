//! Access keys, Git credentials and SSH public keys.

use packhouse_harness::{Aws, Server};
use serde_json::json;

use super::{File, iam, members, quiet, refused, text};

#[test]
fn an_access_key_works_until_it_is_switched_off() {
    iam("create-user --user-name cli-key");
    let made = iam("create-access-key --user-name cli-key");
    let key = &made["AccessKey"];
    assert_eq!(
        members(key),
        ["AccessKeyId", "CreateDate", "SecretAccessKey", "Status", "UserName"]
    );
    let id = text(&key["AccessKeyId"]);
    let by_key = Aws::with_keys(Server::shared(), key);
    let who = by_key.service("sts", "get-caller-identity");
    assert_eq!(who["Arn"], "arn:aws:iam::000000000000:user/cli-key");
    let used = iam(&format!("get-access-key-last-used --access-key-id {id}"));
    assert_eq!(used["UserName"], "cli-key");
    let last = &used["AccessKeyLastUsed"];
    assert_eq!(members(last), ["LastUsedDate", "Region", "ServiceName"]);
    assert_eq!(last["ServiceName"], "sts");

    quiet(&format!(
        "update-access-key --user-name cli-key --access-key-id {id} --status Inactive"
    ));
    let told = by_key.service_refused("sts", "get-caller-identity");
    assert!(told.contains("(InvalidClientTokenId)"), "{told}");
    let listed = iam("list-access-keys --user-name cli-key --query AccessKeyMetadata[].[AccessKeyId,Status]");
    assert_eq!(listed, json!([[id, "Inactive"]]));
    let delete = format!("delete-access-key --user-name cli-key --access-key-id {id}");
    quiet(&delete);
    refused(&delete, "NoSuchEntity");
}

#[test]
fn git_credentials_are_made_reset_and_removed() {
    iam("create-user --user-name cli-git");
    let made = iam("create-service-specific-credential --user-name cli-git --service-name codecommit.amazonaws.com");
    let made = &made["ServiceSpecificCredential"];
    assert_eq!(made["ServiceUserName"], "cli-git-at-000000000000");
    let id = text(&made["ServiceSpecificCredentialId"]);
    let of = format!("--user-name cli-git --service-specific-credential-id {id}");
    let reset = iam(&format!("reset-service-specific-credential {of}"));
    let reset = &reset["ServiceSpecificCredential"];
    assert_eq!(members(reset), members(made));
    assert_ne!(reset["ServicePassword"], made["ServicePassword"]);
    quiet(&format!("update-service-specific-credential {of} --status Inactive"));
    let listed = iam("list-service-specific-credentials --user-name cli-git");
    let shown = &listed["ServiceSpecificCredentials"][0];
    assert_eq!(
        (&shown["Status"], shown.get("ServicePassword")),
        (&json!("Inactive"), None)
    );
    quiet(&format!("delete-service-specific-credential {of}"));
    refused(&format!("delete-service-specific-credential {of}"), "NoSuchEntity");
}

#[test]
fn an_ssh_public_key_is_uploaded_from_a_file_and_removed() {
    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIARtSbxj90UDRNQOVJREZfmsp4Nt9HjVD3uA0/hHB7D4";
    iam("create-user --user-name cli-ssh");
    let of = "--user-name cli-ssh";
    let body = File::of(&format!("{KEY} ana@home\n"));
    let made = iam(&format!("upload-ssh-public-key {of} --ssh-public-key-body {body}"));
    let key = &made["SSHPublicKey"];
    assert_eq!(
        (&key["SSHPublicKeyBody"], &key["Status"]),
        (&json!(KEY), &json!("Active"))
    );
    let one = format!("{of} --ssh-public-key-id {}", text(&key["SSHPublicKeyId"]));
    quiet(&format!("update-ssh-public-key {one} --status Inactive"));
    let shown = iam(&format!("get-ssh-public-key {one} --encoding SSH"));
    assert_eq!(members(&shown["SSHPublicKey"]), members(key));
    assert_eq!(shown["SSHPublicKey"]["Fingerprint"], key["Fingerprint"]);
    let listed = iam(&format!("list-ssh-public-keys {of}"));
    let listed = &listed["SSHPublicKeys"][0];
    assert_eq!(members(listed), ["SSHPublicKeyId", "Status", "UploadDate", "UserName"]);
    assert_eq!(listed["Status"], "Inactive");
    quiet(&format!("delete-ssh-public-key {one}"));
    refused(&format!("get-ssh-public-key {one} --encoding SSH"), "NoSuchEntity");
}
