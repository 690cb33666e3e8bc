//! Users and their tags.

use serde_json::json;

use super::{iam, members, quiet, refused, text};

#[test]
fn a_user_comes_is_changed_and_goes() {
    let made = iam("create-user --user-name cli.user+1@x --path /cli/ --tags Key=team,Value=red");
    let user = &made["User"];
    assert_eq!(
        members(user),
        ["Arn", "CreateDate", "Path", "Tags", "UserId", "UserName"]
    );
    assert_eq!(user["Arn"], "arn:aws:iam::000000000000:user/cli/cli.user+1@x");
    let id = text(&user["UserId"]);
    assert!(id.len() == 21 && id.starts_with("AIDA"), "{id}");
    let date = text(&user["CreateDate"]);
    assert!(date.starts_with("20") && date.ends_with('Z'), "{date}");
    quiet("wait user-exists --user-name cli.user+1@x");
    assert_eq!(iam("get-user --user-name cli.user+1@x")["User"], *user);

    quiet("tag-user --user-name cli.user+1@x --tags Key=level,Value=3 Key=team,Value=blue");
    quiet("untag-user --user-name cli.user+1@x --tag-keys level");
    let tags = iam("list-user-tags --user-name cli.user+1@x");
    assert_eq!(tags, json!({ "Tags": [{ "Key": "team", "Value": "blue" }] }));

    quiet("update-user --user-name cli.user+1@x --new-user-name cli-renamed --new-path /cli/new/");
    refused("get-user --user-name cli.user+1@x", "NoSuchEntity");
    let listed = iam("list-users --path-prefix /cli/new/");
    let shown = &listed["Users"][0];
    assert_eq!(
        members(shown),
        ["Arn", "CreateDate", "Path", "UserId", "UserName"],
        "lists leave tags out"
    );
    assert_eq!(
        (&shown["UserName"], &shown["UserId"]),
        (&json!("cli-renamed"), &user["UserId"])
    );
    quiet("delete-user --user-name cli-renamed");
    refused("delete-user --user-name cli-renamed", "NoSuchEntity");
}
