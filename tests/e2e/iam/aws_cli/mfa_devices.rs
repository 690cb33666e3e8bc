//! Virtual devices for a second factor, whose seed the CLI writes into a file.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use super::{iam, members, quiet, refused};
use crate::one_time_passwords::shown;

#[test]
fn a_device_is_made_enabled_and_removed() {
    let folder = TempDir::new().expect("a temporary folder");
    let make = |name: &str, method: &str| {
        let out = folder.path().join(name);
        let made = iam(&format!(
            "create-virtual-mfa-device --virtual-mfa-device-name {name} --outfile {} --bootstrap-method {method}",
            out.display()
        ));
        let serial = format!("arn:aws:iam::000000000000:mfa/{name}");
        assert_eq!(made, json!({ "VirtualMFADevice": { "SerialNumber": serial } }));
        (serial, fs::read(out).expect("the CLI wrote it"))
    };
    let (unused, png) = make("cli-tablet", "QRCodePNG");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    quiet(&format!("delete-virtual-mfa-device --serial-number {unused}"));
    let (serial, seed) = make("cli-phone", "Base32StringSeed");
    let seed = String::from_utf8(seed).expect("base 32");

    let device = format!("--serial-number {serial}");
    quiet(&format!(
        "tag-mfa-device {device} --tags Key=a,Value=1 Key=kind,Value=phone"
    ));
    quiet(&format!("untag-mfa-device {device} --tag-keys a"));
    let tags = iam(&format!("list-mfa-device-tags {device}"));
    assert_eq!(tags, json!({ "Tags": [{ "Key": "kind", "Value": "phone" }] }));

    iam("create-user --user-name cli-carrier");
    let of = format!("--user-name cli-carrier {device}");
    let codes = |at: i32| {
        let (first, second) = (shown(&seed, at), shown(&seed, at + 1));
        format!("--authentication-code1 {first} --authentication-code2 {second}")
    };
    refused(
        &format!("enable-mfa-device {of} {}", codes(-30)),
        "InvalidAuthenticationCode",
    );
    quiet(&format!("enable-mfa-device {of} {}", codes(-1)));
    quiet(&format!("resync-mfa-device {of} {}", codes(10)));
    let listed = iam("list-mfa-devices --user-name cli-carrier");
    let listed = &listed["MFADevices"][0];
    assert_eq!(members(listed), ["EnableDate", "SerialNumber", "UserName"]);
    let got = iam(&format!("get-mfa-device {of}"));
    assert_eq!(
        (&got["SerialNumber"], &got["EnableDate"]),
        (&json!(serial), &listed["EnableDate"])
    );
    let owners = format!("VirtualMFADevices[?SerialNumber=='{serial}'].User.UserName");
    let owners = iam(&format!(
        "list-virtual-mfa-devices --assignment-status Assigned --query {owners}"
    ));
    assert_eq!(owners, json!(["cli-carrier"]));

    refused(&format!("delete-virtual-mfa-device {device}"), "DeleteConflict");
    quiet(&format!("deactivate-mfa-device {of}"));
    quiet(&format!("delete-virtual-mfa-device {device}"));
    refused(&format!("delete-virtual-mfa-device {device}"), "NoSuchEntity");
}
