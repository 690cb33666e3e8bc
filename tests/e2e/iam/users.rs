//! Users.

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::{done, make_user, refused, with_key};

/// The names in a list.
fn names(list: &Value, name: &str) -> Vec<String> {
    let list = list.as_array().expect("a list").iter();
    list.map(|one| one[name].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn without_a_name_the_caller_is_meant() {
    assert_eq!(done("GetUser", &json!({}))["User"]["UserName"], "admin");
}

#[test]
fn names_are_unique_whatever_their_case_and_well_formed() {
    make_user("Unique");
    refused(
        "CreateUser",
        &json!({ "UserName": "unique" }),
        ("EntityAlreadyExists", 409),
    );
    assert_eq!(
        done("GetUser", &json!({ "UserName": "UNIQUE" }))["User"]["UserName"],
        "Unique"
    );
    for name in ["a b", "a/b", "ü", "a\n", &"n".repeat(65)] {
        refused("CreateUser", &json!({ "UserName": name }), ("ValidationError", 400));
    }
    refused("CreateUser", &json!({}), ("ValidationError", 400));
    for path in ["x", "/x", "x/", "//x", "/ü/"] {
        refused(
            "CreateUser",
            &json!({ "UserName": "never", "Path": path }),
            ("ValidationError", 400),
        );
    }
}

#[test]
fn a_list_is_read_page_by_page() {
    for name in ["paged1", "paged2", "paged3"] {
        done("CreateUser", &json!({ "UserName": name, "Path": "/paged/" }));
    }
    let first = done("ListUsers", &json!({ "PathPrefix": "/paged/", "MaxItems": 2 }));
    assert_eq!(names(&first["Users"], "UserName"), ["paged1", "paged2"]);
    assert_eq!(first["IsTruncated"], true);
    let second = done(
        "ListUsers",
        &json!({ "PathPrefix": "/paged/", "MaxItems": 2, "Marker": first["Marker"] }),
    );
    assert_eq!(names(&second["Users"], "UserName"), ["paged3"]);
    assert_eq!((&second["IsTruncated"], second.get("Marker")), (&json!(false), None));
    for max in [0, 1001] {
        refused("ListUsers", &json!({ "MaxItems": max }), ("ValidationError", 400));
    }
    refused("ListUsers", &json!({ "Marker": "forged" }), ("ValidationError", 400));
    let elsewhere = json!({ "PathPrefix": "/page", "Marker": first["Marker"] });
    refused("ListUsers", &elsewhere, ("ValidationError", 400));
    let all = Aws::of(Server::shared()).service("iam", "list-users --path-prefix /paged/ --page-size 1");
    assert_eq!(names(&all["Users"], "UserName"), ["paged1", "paged2", "paged3"]);
}

#[test]
fn a_renamed_user_keeps_keys_groups_and_policies() {
    make_user("before");
    let user = json!({ "UserName": "before" });
    let key = &done("CreateAccessKey", &user)["AccessKey"];
    done("CreateGroup", &json!({ "GroupName": "before-group" }));
    done(
        "AddUserToGroup",
        &json!({ "GroupName": "before-group", "UserName": "before" }),
    );
    let policy = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
    done(
        "AttachUserPolicy",
        &json!({ "UserName": "before", "PolicyArn": policy }),
    );
    make_user("taken");
    let taken = json!({ "UserName": "before", "NewUserName": "Taken" });
    refused("UpdateUser", &taken, ("EntityAlreadyExists", 409));
    done(
        "UpdateUser",
        &json!({ "UserName": "before", "NewUserName": "after", "NewPath": "/new/" }),
    );
    refused("GetUser", &user, ("NoSuchEntity", 404));
    let shown = with_key("iam", key)
        .call("GetUser", &json!({}))
        .expect("the key is still good");
    assert_eq!(shown["User"]["Arn"], "arn:aws:iam::000000000000:user/new/after");
    let groups = done("ListGroupsForUser", &json!({ "UserName": "after" }));
    assert_eq!(names(&groups["Groups"], "GroupName"), ["before-group"]);
    let members = done("GetGroup", &json!({ "GroupName": "before-group" }));
    assert_eq!(names(&members["Users"], "UserName"), ["after"]);
    let entities = done(
        "ListEntitiesForPolicy",
        &json!({ "PolicyArn": policy, "PathPrefix": "/new/" }),
    );
    assert_eq!(names(&entities["PolicyUsers"], "UserName"), ["after"]);
}

#[test]
fn a_user_who_has_anything_is_not_deleted() {
    make_user("busy");
    let user = json!({ "UserName": "busy" });
    let with = |name: &str, value: Value| {
        let mut parameters = user.clone();
        parameters[name] = value;
        parameters
    };
    done("CreateGroup", &json!({ "GroupName": "busy-group" }));
    let document = super::allowing(&["codecommit:GitPull"]);
    let inline = json!({ "UserName": "busy", "PolicyName": "p", "PolicyDocument": document });
    let attached = with("PolicyArn", "arn:aws:iam::aws:policy/IAMUserSSHKeys".into());
    let grouped = with("GroupName", "busy-group".into());
    let undo = [
        ("AttachUserPolicy", attached.clone(), "DetachUserPolicy", attached),
        (
            "PutUserPolicy",
            inline,
            "DeleteUserPolicy",
            with("PolicyName", "p".into()),
        ),
        ("AddUserToGroup", grouped.clone(), "RemoveUserFromGroup", grouped),
    ];
    for (give, given, take, taken) in undo {
        done(give, &given);
        let why = refused("DeleteUser", &user, ("DeleteConflict", 409));
        assert!(why.starts_with("Cannot delete entity, must"), "{why}");
        done(take, &taken);
        refused(take, &taken, ("NoSuchEntity", 404));
    }
    let key = done("CreateAccessKey", &user)["AccessKey"]["AccessKeyId"].clone();
    refused("DeleteUser", &user, ("DeleteConflict", 409));
    done("DeleteAccessKey", &with("AccessKeyId", key));
    done("DeleteUser", &user);
    refused("DeleteUser", &user, ("NoSuchEntity", 404));
}

#[test]
fn tags_are_set_listed_and_removed() {
    make_user("tagged");
    let tags = |tags: Value| json!({ "UserName": "tagged", "Tags": tags });
    done(
        "TagUser",
        &tags(json!([{ "Key": "b", "Value": "1" }, { "Key": "a", "Value": "" }])),
    );
    done("TagUser", &tags(json!([{ "Key": "B", "Value": "2" }])));
    let listed = done("ListUserTags", &json!({ "UserName": "tagged" }));
    assert_eq!(
        listed["Tags"],
        json!([{ "Key": "B", "Value": "2" }, { "Key": "a", "Value": "" }])
    );
    done("UntagUser", &json!({ "UserName": "tagged", "TagKeys": ["b", "none"] }));
    let listed = done("ListUserTags", &json!({ "UserName": "tagged" }));
    assert_eq!(listed["Tags"], json!([{ "Key": "a", "Value": "" }]));
    let twice = tags(json!([{ "Key": "x", "Value": "1" }, { "Key": "X", "Value": "2" }]));
    refused("TagUser", &twice, ("InvalidInput", 400));
    refused(
        "TagUser",
        &tags(json!([{ "Key": "aws:x", "Value": "1" }])),
        ("InvalidInput", 400),
    );
    refused("TagUser", &tags(json!([{ "Key": "x" }])), ("ValidationError", 400));
}
