//! Groups, and who is in them.

use packhouse_harness::{Aws, Server};
use serde_json::{Value, json};

use super::{allowing, done, make_user, refused, with_key};

#[test]
fn a_group_is_made_filled_and_deleted_by_the_cli() {
    let aws = Aws::of(Server::shared());
    let made = aws.service("iam", "create-group --group-name cli-group --path /cli/");
    assert_eq!(made["Group"]["Arn"], "arn:aws:iam::000000000000:group/cli/cli-group");
    assert!(
        made["Group"]["GroupId"]
            .as_str()
            .is_some_and(|id| id.starts_with("AGPA"))
    );
    make_user("cli-member");
    for _ in 0..2 {
        let joined = aws.service("iam", "add-user-to-group --group-name cli-group --user-name cli-member");
        assert_eq!(joined, Value::Null);
    }
    let shown = aws.service("iam", "get-group --group-name cli-group");
    assert_eq!(shown["Group"], made["Group"]);
    assert_eq!(shown["Users"][0]["UserName"], "cli-member");
    let listed = aws.service("iam", "list-groups --path-prefix /cli/");
    assert_eq!(listed["Groups"], json!([made["Group"]]));
    let group = json!({ "GroupName": "cli-group" });
    refused("DeleteGroup", &group, ("DeleteConflict", 409));
    aws.service(
        "iam",
        "remove-user-from-group --group-name cli-group --user-name cli-member",
    );
    aws.service("iam", "delete-group --group-name cli-group");
    refused("GetGroup", &group, ("NoSuchEntity", 404));
}

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
