//! Encryption keys.

use packhouse_aws::KmsKeys;
use packhouse_forge::encryption_keys::EncryptionKeys as _;
use packhouse_harness::Boto3;
use packhouse_harness::emulators::Cloud;
use packhouse_harness::fault_proxy::{Answer, Fault, FaultProxy, Rule};
use packhouse_storage::blobs::{BlobError, Blobs as _, KeyFault};
use packhouse_storage::id;
use serde_json::{Value, json};

use crate::setting::{Setting, clients, shared};

/// Makes a key; its ARN.
fn key(kms: &Boto3, parameters: &Value) -> String {
    let made = kms.call("CreateKey", parameters).expect("a key can be made");
    made["KeyMetadata"]["Arn"]
        .as_str()
        .expect("a key has an ARN")
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_of_use_when_it_makes_data_keys_and_opens_them() {
    let kms = shared().client("kms");
    let keys = KmsKeys::new(&clients(&Cloud::shared().url()));
    let good = key(&kms, &json!({}));
    let alias = format!("alias/{}", id::ulid());
    let named = json!({ "AliasName": alias, "TargetKeyId": good });
    kms.call("CreateAlias", &named).expect("a key can have an alias");
    let id = good.rsplit('/').next().expect("an ARN ends with the id");
    for name in [good.as_str(), &alias, id] {
        keys.check(name).await.expect("the key is of use");
    }

    let disabled = key(&kms, &json!({}));
    kms.call("DisableKey", &json!({ "KeyId": disabled }))
        .expect("a key can be disabled");
    let doomed = key(&kms, &json!({}));
    kms.call("ScheduleKeyDeletion", &json!({ "KeyId": doomed }))
        .expect("a key can be deleted");
    let to_sign = key(&kms, &json!({ "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY" }));
    for (name, fault) in [
        (&*disabled, KeyFault::Disabled),
        (&doomed, KeyFault::Unavailable),
        (&to_sign, KeyFault::InvalidUsage),
        ("alias/no-such-key", KeyFault::NotFound),
    ] {
        let useless = keys.check(name).await.expect_err(name);
        assert_eq!(useless.fault, fault, "{useless}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_may_not_be_used_both_ways_is_of_no_use() {
    let kms = shared().client("kms");
    let good = key(&kms, &json!({}));
    let proxy = FaultProxy::start(&Cloud::shared().url());
    let keys = KmsKeys::new(&clients(&proxy.url()));
    for operation in ["GenerateDataKey", "Decrypt"] {
        for (code, fault) in [
            ("AccessDeniedException", KeyFault::AccessDenied),
            ("ValidationException", KeyFault::InvalidId),
            ("KeyUnavailableException", KeyFault::Unavailable),
            ("SomethingNew", KeyFault::Unavailable),
        ] {
            let body = json!({ "__type": code, "message": "no" }).to_string();
            proxy.inject(Rule::all(
                operation,
                Fault::Answer(Answer::of(400, "application/x-amz-json-1.1", body)),
            ));
            let useless = keys.check(&good).await.expect_err("it is refused");
            assert_eq!(useless.fault, fault, "{operation} {code}: {useless}");
            proxy.heal();
        }
    }
    proxy.inject(Rule::all("GenerateDataKey", Fault::DropBefore));
    let useless = keys.check(&good).await.expect_err("nobody answers");
    assert_eq!(useless.fault, KeyFault::Unavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_s3_says_of_a_key_is_told_apart_from_all_else() {
    let setting = Setting::fresh();
    let name = setting.key("a");
    setting
        .blobs
        .put(&name, "bytes".into(), None)
        .await
        .expect("the name is free");
    for (status, code, message, expect) in [
        (400, "KMS.DisabledException", "", Some(KeyFault::Disabled)),
        (400, "KMS.NotFoundException", "", Some(KeyFault::NotFound)),
        (400, "KMS.KMSInvalidStateException", "", Some(KeyFault::Unavailable)),
        (400, "KMS.InvalidKeyUsageException", "", Some(KeyFault::InvalidUsage)),
        (
            403,
            "AccessDenied",
            "User: a is not authorized to perform: kms:Decrypt on the resource b",
            Some(KeyFault::AccessDenied),
        ),
        (403, "AccessDenied", "Access Denied", None),
        (400, "KMS.Unheard", "", None),
    ] {
        let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        for operation in ["GetObject", "PutObject"] {
            let answer = Answer::of(status, "application/xml", body.clone());
            setting.s3.inject(Rule::all(operation, Fault::Answer(answer)));
        }
        let put = setting.blobs.put(&setting.key("b"), "bytes".into(), Some("k")).await;
        let got = setting.blobs.get_range(&name, 0..5).await.map(drop);
        for failed in [put, got] {
            let fault = match failed.expect_err("it is refused") {
                BlobError::Key { fault, .. } => Some(fault),
                _ => None,
            };
            assert_eq!(fault, expect, "{code} {message}");
        }
        setting.s3.heal();
    }
}
