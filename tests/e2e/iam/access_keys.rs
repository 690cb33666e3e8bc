//! Access keys.

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::{call, done, make_user, refused, with_key};

fn ids(listed: &Value) -> Vec<(&str, &str)> {
    let keys = listed["AccessKeyMetadata"].as_array().expect("a list").iter();
    keys.map(|key| {
        let text = |name: &str| key[name].as_str().expect("a text");
        (text("AccessKeyId"), text("Status"))
    })
    .collect()
}

#[test]
fn keys_are_rotated_without_a_gap() {
    make_user("rotating");
    let of = json!({ "UserName": "rotating" });
    let first = done("CreateAccessKey", &of)["AccessKey"].clone();
    let works = |key: &Value| with_key("sts", key).call("GetCallerIdentity", &json!({}));
    let who = works(&first).expect("the key is good");
    assert_eq!(who["Arn"], "arn:aws:iam::000000000000:user/rotating");
    let second = done("CreateAccessKey", &of)["AccessKey"].clone();
    refused("CreateAccessKey", &of, ("LimitExceeded", 409));
    let (old, new) = (first["AccessKeyId"].as_str(), second["AccessKeyId"].as_str());
    let (old, new) = (old.expect("an id"), new.expect("an id"));
    done(
        "UpdateAccessKey",
        &json!({ "UserName": "rotating", "AccessKeyId": old, "Status": "Inactive" }),
    );
    let error = works(&first).expect_err("it is inactive");
    assert_eq!((error.code.as_str(), error.status), ("InvalidClientTokenId", 403));
    works(&second).expect("the key is good");
    let listed = Aws::of(Server::shared()).service("iam", "list-access-keys --user-name rotating");
    assert_eq!(ids(&listed), [(old, "Inactive"), (new, "Active")]);
    let page = done("ListAccessKeys", &json!({ "UserName": "rotating", "MaxItems": 1 }));
    assert_eq!(
        (ids(&page), &page["IsTruncated"]),
        (vec![(old, "Inactive")], &json!(true))
    );
    let next = json!({ "UserName": "rotating", "MaxItems": 1, "Marker": page["Marker"] });
    assert_eq!(ids(&done("ListAccessKeys", &next)), [(new, "Active")]);
    done(
        "DeleteAccessKey",
        &json!({ "UserName": "rotating", "AccessKeyId": old }),
    );
    refused(
        "DeleteAccessKey",
        &json!({ "UserName": "rotating", "AccessKeyId": old }),
        ("NoSuchEntity", 404),
    );
    done("CreateAccessKey", &of);
}

#[test]
fn users_may_be_let_manage_their_own_keys_and_no_others() {
    make_user("selfish");
    make_user("unselfish");
    let policy = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": "arn:aws:iam::*:user/${aws:username}" } });
    done(
        "PutUserPolicy",
        &json!({ "UserName": "selfish", "PolicyName": "own", "PolicyDocument": policy.to_string() }),
    );
    let key = done("CreateAccessKey", &json!({ "UserName": "selfish" }))["AccessKey"].clone();
    let own = with_key("iam", &key);
    let made = own.call("CreateAccessKey", &json!({})).expect("it is the caller's own");
    assert_eq!(made["AccessKey"]["UserName"], "selfish");
    let listed = own.call("ListAccessKeys", &json!({})).expect("it is the caller's own");
    assert_eq!(ids(&listed).len(), 2);
    for user in ["unselfish", "nobody"] {
        let error = own
            .call("CreateAccessKey", &json!({ "UserName": user }))
            .expect_err("it is not");
        assert_eq!((error.code.as_str(), error.status), ("AccessDenied", 403), "{user}");
    }
}

#[test]
fn the_last_use_of_a_key_is_known() {
    make_user("lazy");
    let key = done("CreateAccessKey", &json!({ "UserName": "lazy" }))["AccessKey"].clone();
    let last_used = || {
        let id = json!({ "AccessKeyId": key["AccessKeyId"] });
        let told = done("GetAccessKeyLastUsed", &id);
        assert_eq!(told["UserName"], "lazy");
        told["AccessKeyLastUsed"].clone()
    };
    assert_eq!(last_used(), json!({ "ServiceName": "N/A", "Region": "N/A" }));
    with_key("sts", &key)
        .call("GetCallerIdentity", &json!({}))
        .expect("the key is good");
    let used = last_used();
    assert_eq!(
        (&used["ServiceName"], &used["Region"]),
        (&json!("sts"), &json!("us-east-1"))
    );
    assert!(used["LastUsedDate"].as_f64() > Some(1.7e9), "{used}");
}

#[test]
fn what_is_wrong_is_told() {
    make_user("mistaken");
    refused(
        "CreateAccessKey",
        &json!({ "UserName": "nobody-at-all" }),
        ("NoSuchEntity", 404),
    );
    refused(
        "CreateAccessKey",
        &json!({ "UserName": "a b" }),
        ("ValidationError", 400),
    );
    let id = "AKIANOBODYHASTHIS234";
    let update = |status: &str| json!({ "UserName": "mistaken", "AccessKeyId": id, "Status": status });
    refused("UpdateAccessKey", &update("Active"), ("NoSuchEntity", 404));
    refused("UpdateAccessKey", &update("Expired"), ("ValidationError", 400));
    refused(
        "GetAccessKeyLastUsed",
        &json!({ "AccessKeyId": id }),
        ("NoSuchEntity", 404),
    );
    assert!(call("GetAccessKeyLastUsed", &json!({})).is_err());
}
