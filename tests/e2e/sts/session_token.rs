//! `GetSessionToken`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use packhouse_harness::Server;
use serde_json::{Value, json};

use super::{make_user, refused, service, with_keys};
use crate::one_time_passwords::shown;

#[test]
fn a_one_time_password_opens_what_asks_for_it() {
    let server = Server::shared();
    let iam = service(server, "iam");
    let statements = json!([{
        "Effect": "Allow", "Action": "codecommit:ListRepositories", "Resource": "*",
        "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } },
    }]);
    let key = make_user(&iam, "sts-careful", &statements);
    let call = |operation: &str, parameters: Value| iam.call(operation, &parameters).expect("the administrator may");
    let made = call(
        "CreateVirtualMFADevice",
        json!({ "VirtualMFADeviceName": "sts-careful" }),
    );
    let serial = made["VirtualMFADevice"]["SerialNumber"]
        .as_str()
        .expect("a text")
        .to_owned();
    let seed = made["VirtualMFADevice"]["Base32StringSeed"]["base64"]
        .as_str()
        .expect("bytes");
    let seed = String::from_utf8(BASE64_STANDARD.decode(seed).expect("base64")).expect("base 32");
    call(
        "EnableMFADevice",
        json!({ "UserName": "sts-careful", "SerialNumber": serial,
            "AuthenticationCode1": shown(&seed, -2), "AuthenticationCode2": shown(&seed, -1) }),
    );
    let sts = with_keys(server, "sts", &key);
    let get = |parameters: Value| sts.call("GetSessionToken", &parameters);
    let may_list = |keys: &Value| with_keys(server, "codecommit", keys).call("ListRepositories", &json!({}));

    let plain = get(json!({})).expect("own keys are enough")["Credentials"].clone();
    for keys in [&key, &plain] {
        refused(may_list(keys), ("AccessDeniedException", 400));
    }
    // Keys that were got without a password could else make others that need none.
    refused(
        with_keys(server, "iam", &plain).call("GetUser", &json!({})),
        ("AccessDenied", 403),
    );
    refused(
        with_keys(server, "sts", &plain).call("GetSessionToken", &json!({})),
        ("AccessDenied", 403),
    );

    let password = shown(&seed, 0);
    let with = |password: &str| json!({ "SerialNumber": serial, "TokenCode": password });
    let strong = get(with(&password)).expect("the password is right")["Credentials"].clone();
    may_list(&strong).expect("a password was given");
    let told = refused(get(with(&password)), ("AccessDenied", 403));
    assert!(told.contains("MultiFactorAuthentication failed"), "{told}");
    refused(get(json!({ "SerialNumber": serial })), ("AccessDenied", 403));
    refused(
        get(json!({ "SerialNumber": "arn:aws:iam::000000000000:mfa/x", "TokenCode": "000000" })),
        ("AccessDenied", 403),
    );
    refused(get(json!({ "DurationSeconds": 899 })), ("ValidationError", 400));
}

#[test]
fn temporary_keys_go_with_their_user() {
    let server = Server::shared();
    let iam = service(server, "iam");
    let key = make_user(&iam, "sts-leaving", &Value::Null);
    let sts = with_keys(server, "sts", &key);
    let temporary = sts.call("GetSessionToken", &json!({})).expect("own keys are enough")["Credentials"].clone();
    let who = || with_keys(server, "sts", &temporary).call("GetCallerIdentity", &json!({}));
    assert_eq!(
        who().expect("they are good")["Arn"],
        "arn:aws:iam::000000000000:user/sts-leaving"
    );
    let call = |operation: &str, parameters: Value| iam.call(operation, &parameters).expect("the administrator may");
    call(
        "DeleteAccessKey",
        json!({ "UserName": "sts-leaving", "AccessKeyId": key["AccessKeyId"] }),
    );
    who().expect("they do not need the key that they were got with");
    call("DeleteUser", json!({ "UserName": "sts-leaving" }));
    refused(who(), ("InvalidClientTokenId", 403));
}
