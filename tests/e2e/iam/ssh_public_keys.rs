//! SSH public keys.

use packhouse_harness::{Aws, Server};
use serde_json::json;

use super::{done, make_user, refused};

const RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC+VQSxjipS3AQ1l7iZ7pGk/AzlXdCW9lMlmIYwsmE+HO5djy+I8h6Tuvb75/D0UP9ZdY3NEsmqDjekVmH8Dh+mdns9MNRdXUauv2mGo4LqWmXO+eW/8lRUQK+QphwhRZiNQvsnLtKEvKGxdMSehwKFmJEJoonNymSHpDaKWxU7Uc30uq+mpAIHS1o0ybQUY+s2w7xSKhAOz1NJ4p2tWQqo3QVvUd4n/Q9i9U+jNq9Hc51cNG2x3DyfouPS1ZVapssYkBNwe4Ovpb8DKumyjb3qolKdNh5XJMh67JoCWe7Dvu6NOmoIwqjEPw6I3T+KoI3OcKmz9Sx5MHh3kQriK/XR";
const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIARtSbxj90UDRNQOVJREZfmsp4Nt9HjVD3uA0/hHB7D4";

#[test]
fn a_key_is_uploaded_read_and_removed() {
    make_user("tunneller");
    let upload = |body: &str| json!({ "UserName": "tunneller", "SSHPublicKeyBody": body });
    let key = done("UploadSSHPublicKey", &upload(&format!("{RSA} me@home\n")))["SSHPublicKey"].clone();
    assert_eq!(key["Fingerprint"], "ef:bb:90:b5:35:1c:50:23:65:a6:67:58:3c:29:eb:a0");
    assert_eq!(
        (&key["SSHPublicKeyBody"], &key["Status"]),
        (&json!(RSA), &json!("Active"))
    );
    let one = json!({ "UserName": "tunneller", "SSHPublicKeyId": key["SSHPublicKeyId"] });
    let id = key["SSHPublicKeyId"].as_str().expect("an id");
    let pem = Aws::of(Server::shared()).service(
        "iam",
        &format!("get-ssh-public-key --user-name tunneller --ssh-public-key-id {id} --encoding PEM"),
    );
    let pem = pem["SSHPublicKey"]["SSHPublicKeyBody"]
        .as_str()
        .expect("a text")
        .to_owned();
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\nMII"), "{pem}");
    refused("UploadSSHPublicKey", &upload(&pem), ("DuplicateSSHPublicKey", 400));
    done("UploadSSHPublicKey", &upload(ED25519));
    let mut inactive = one.clone();
    inactive["Status"] = json!("Inactive");
    done("UpdateSSHPublicKey", &inactive);
    let listed = done("ListSSHPublicKeys", &json!({ "UserName": "tunneller" }));
    let statuses: Vec<_> = listed["SSHPublicKeys"].as_array().expect("a list").iter().collect();
    assert_eq!(statuses.len(), 2);
    assert_eq!(statuses[0]["Status"], "Inactive");
    done("DeleteSSHPublicKey", &one);
    refused("DeleteSSHPublicKey", &one, ("NoSuchEntity", 404));
}

#[test]
fn other_texts_are_no_keys() {
    make_user("careless");
    let upload = |body: &str| json!({ "UserName": "careless", "SSHPublicKeyBody": body });
    refused(
        "UploadSSHPublicKey",
        &upload("hello"),
        ("UnrecognizedPublicKeyEncoding", 400),
    );
    refused("UploadSSHPublicKey", &upload(&RSA[..100]), ("InvalidPublicKey", 400));
}
