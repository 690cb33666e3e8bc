//! Virtual devices for a second factor.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::{done, make_user, refused};
use crate::one_time_passwords::shown;

fn bytes(value: &Value) -> Vec<u8> {
    let encoded = value["base64"].as_str().expect("bytes");
    BASE64_STANDARD.decode(encoded).expect("base64")
}

/// Makes a device; its serial number and its seed.
fn make(name: &str) -> (String, String) {
    let made = done("CreateVirtualMFADevice", &json!({ "VirtualMFADeviceName": name }));
    let device = &made["VirtualMFADevice"];
    let png = bytes(&device["QRCodePNG"]);
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    let seed = String::from_utf8(bytes(&device["Base32StringSeed"])).expect("base 32");
    (device["SerialNumber"].as_str().expect("a text").to_owned(), seed)
}

fn enable(user: &str, serial: &str, seed: &str, at: i32) -> Value {
    json!({
        "UserName": user,
        "SerialNumber": serial,
        "AuthenticationCode1": shown(seed, at),
        "AuthenticationCode2": shown(seed, at + 1),
    })
}

#[test]
fn a_device_is_enabled_listed_and_removed() {
    make_user("carrier");
    let (serial, seed) = make("phone-of-carrier");
    assert_eq!(serial, "arn:aws:iam::000000000000:mfa/phone-of-carrier");
    let device = json!({ "SerialNumber": serial });
    let of = json!({ "UserName": "carrier", "SerialNumber": serial });
    refused(
        "EnableMFADevice",
        &enable("carrier", &serial, &seed, -30),
        ("InvalidAuthenticationCode", 403),
    );
    done("EnableMFADevice", &enable("carrier", &serial, &seed, -1));
    refused(
        "EnableMFADevice",
        &enable("carrier", &serial, &seed, 1),
        ("EntityAlreadyExists", 409),
    );
    refused("DeleteVirtualMFADevice", &device, ("DeleteConflict", 409));
    let listed = Aws::of(Server::shared()).service("iam", "list-mfa-devices --user-name carrier");
    assert_eq!(listed["MFADevices"][0]["SerialNumber"], serial.as_str());
    let got = done("GetMFADevice", &of);
    assert_eq!(got["UserName"], "carrier");
    let all = done("ListVirtualMFADevices", &json!({ "AssignmentStatus": "Assigned" }));
    let all = all["VirtualMFADevices"].as_array().expect("a list").clone();
    let found = all
        .iter()
        .find(|found| found["SerialNumber"] == serial.as_str())
        .expect("it is listed");
    assert_eq!(found["User"]["UserName"], "carrier");
    assert!(found.get("Base32StringSeed").is_none());
    done("ResyncMFADevice", &enable("carrier", &serial, &seed, 10));
    refused(
        "ResyncMFADevice",
        &enable("carrier", &serial, &seed, 100),
        ("InvalidAuthenticationCode", 403),
    );
    refused("DeleteUser", &json!({ "UserName": "carrier" }), ("DeleteConflict", 409));
    done("DeactivateMFADevice", &of);
    refused("DeactivateMFADevice", &of, ("NoSuchEntity", 404));
    done("DeleteVirtualMFADevice", &device);
    refused("DeleteVirtualMFADevice", &device, ("NoSuchEntity", 404));
}

#[test]
fn names_are_taken_once() {
    make("shared-name");
    refused(
        "CreateVirtualMFADevice",
        &json!({ "VirtualMFADeviceName": "shared-name" }),
        ("EntityAlreadyExists", 409),
    );
    refused(
        "CreateVirtualMFADevice",
        &json!({ "VirtualMFADeviceName": "a b" }),
        ("ValidationError", 400),
    );
}
