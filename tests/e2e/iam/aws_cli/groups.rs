//! Groups, their members, and lists in pages as the CLI reads them.

use serde_json::json;

use super::{iam, members, quiet, refused, text};

#[test]
fn a_group_is_made_filled_and_deleted() {
    let made = iam("create-group --group-name cli-group --path /cli/");
    let group = &made["Group"];
    assert_eq!(members(group), ["Arn", "CreateDate", "GroupId", "GroupName", "Path"]);
    assert_eq!(group["Arn"], "arn:aws:iam::000000000000:group/cli/cli-group");
    assert!(text(&group["GroupId"]).starts_with("AGPA"));
    iam("create-user --user-name cli-member");
    for _ in 0..2 {
        quiet("add-user-to-group --group-name cli-group --user-name cli-member");
    }
    let shown = iam("get-group --group-name cli-group");
    assert_eq!(members(&shown), ["Group", "Users"]);
    assert_eq!(shown["Group"], *group);
    assert_eq!(shown["Users"][0]["UserName"], "cli-member");
    let groups = iam("list-groups-for-user --user-name cli-member");
    assert_eq!(groups, json!({ "Groups": [group] }));
    refused("delete-group --group-name cli-group", "DeleteConflict");

    quiet("update-group --group-name cli-group --new-group-name cli-crew");
    let names = iam("list-groups-for-user --user-name cli-member --query Groups[].GroupName");
    assert_eq!(names, json!(["cli-crew"]));
    quiet("remove-user-from-group --group-name cli-crew --user-name cli-member");
    quiet("delete-group --group-name cli-crew");
    refused("get-group --group-name cli-crew", "NoSuchEntity");
}

#[test]
fn the_cli_cuts_and_joins_pages() {
    for name in ["cli-page-1", "cli-page-2", "cli-page-3"] {
        iam(&format!("create-group --path /cli-pages/ --group-name {name}"));
    }
    let list = |more: &str| iam(&format!("list-groups --path-prefix /cli-pages/ {more}"));
    let joined = list("--page-size 1 --query Groups[].GroupName");
    assert_eq!(joined, json!(["cli-page-1", "cli-page-2", "cli-page-3"]));
    let first = list("--max-items 2");
    assert_eq!(first["Groups"].as_array().map(Vec::len), Some(2));
    let rest = list(&format!("--starting-token {}", text(&first["NextToken"])));
    assert_eq!(members(&rest), ["Groups"], "nothing is left");
    assert_eq!(rest["Groups"][0]["GroupName"], "cli-page-3");
}
