//! Groups, and who is in them.

use serde_json::json;

use super::{allowing, done, make_user, refused, with_key};

#[test]
fn what_a_group_may_its_members_may_under_its_new_name_too() {
    make_user("grouped");
    let key = &done("CreateAccessKey", &json!({ "UserName": "grouped" }))["AccessKey"];
    let codecommit = with_key("codecommit", key);
    let allowed = || codecommit.call("ListRepositories", &json!({})).is_ok();
    done("CreateGroup", &json!({ "GroupName": "listers" }));
    let policy =
        json!({ "GroupName": "listers", "PolicyName": "list", "PolicyDocument": allowing(&["codecommit:List*"]) });
    done("PutGroupPolicy", &policy);
    assert!(!allowed());
    done(
        "AddUserToGroup",
        &json!({ "GroupName": "listers", "UserName": "grouped" }),
    );
    assert!(allowed());
    done(
        "UpdateGroup",
        &json!({ "GroupName": "listers", "NewGroupName": "Readers", "NewPath": "/r/" }),
    );
    assert!(allowed());
    refused("GetGroup", &json!({ "GroupName": "listers" }), ("NoSuchEntity", 404));
    let renamed = &done("GetGroup", &json!({ "GroupName": "readers" }))["Group"];
    assert_eq!(renamed["Arn"], "arn:aws:iam::000000000000:group/r/Readers");
    done(
        "RemoveUserFromGroup",
        &json!({ "GroupName": "readers", "UserName": "grouped" }),
    );
    assert!(!allowed());
}

#[test]
fn only_users_and_groups_that_there_are_come_together() {
    make_user("lonely");
    done("CreateGroup", &json!({ "GroupName": "empty" }));
    let rows = [("empty", "nobody"), ("none", "lonely")];
    for (group, user) in rows {
        let both = json!({ "GroupName": group, "UserName": user });
        refused("AddUserToGroup", &both, ("NoSuchEntity", 404));
        refused("RemoveUserFromGroup", &both, ("NoSuchEntity", 404));
    }
    let both = json!({ "GroupName": "empty", "UserName": "lonely" });
    refused("RemoveUserFromGroup", &both, ("NoSuchEntity", 404));
    refused(
        "ListGroupsForUser",
        &json!({ "UserName": "nobody" }),
        ("NoSuchEntity", 404),
    );
    refused(
        "CreateGroup",
        &json!({ "GroupName": "Empty" }),
        ("EntityAlreadyExists", 409),
    );
    refused(
        "UpdateGroup",
        &json!({ "GroupName": "none", "NewPath": "/x/" }),
        ("NoSuchEntity", 404),
    );
}

#[test]
fn members_are_read_page_by_page() {
    done("CreateGroup", &json!({ "GroupName": "crowd" }));
    for name in ["crowd1", "crowd2", "crowd3"] {
        make_user(name);
        done("AddUserToGroup", &json!({ "GroupName": "crowd", "UserName": name }));
    }
    let first = done("GetGroup", &json!({ "GroupName": "crowd", "MaxItems": 2 }));
    let second = done(
        "GetGroup",
        &json!({ "GroupName": "crowd", "MaxItems": 2, "Marker": first["Marker"] }),
    );
    let names = [&first["Users"][0], &first["Users"][1], &second["Users"][0]].map(|user| user["UserName"].clone());
    assert_eq!(names, ["crowd1", "crowd2", "crowd3"]);
    assert_eq!(
        (&first["IsTruncated"], &second["IsTruncated"]),
        (&json!(true), &json!(false))
    );
}
