//! `packhouse audit`.

use packhouse_harness::{Git, Server, server::against_reference};
use serde_json::{Value, json};

use super::{home, iam, packhouse, text};

#[test]
fn who_did_what_is_told_and_can_be_chosen() {
    if against_reference() {
        return;
    }
    let server = Server::start();
    let url = server.create_repository("audited");
    server.create_repository("other");
    let git = Git::newest();
    git.log_in(&server);
    let work = git.init("work");
    work.commit("file", "x");
    work.run_args(["push", "--quiet", &url, "main"]).ok();
    let iam = iam(&server);
    iam.call("CreateUser", &json!({ "UserName": "eve" }))
        .expect("the administrator may");
    let key = iam.call("CreateAccessKey", &json!({ "UserName": "eve" }));
    let key = key.expect("the administrator may")["AccessKey"].clone();
    let field = |name: &str| key[name].as_str().expect("a text");
    let home = home("");
    let of_eve = [
        ("AWS_ACCESS_KEY_ID", field("AccessKeyId")),
        ("AWS_SECRET_ACCESS_KEY", field("SecretAccessKey")),
        ("AWS_REGION", "us-east-1"),
    ];
    let denied = packhouse(home.path(), &["audit", "--url", server.base_url()], &of_eve, "");
    assert!(!denied.status.success());
    assert!(
        text(&denied.stderr).contains("cloudtrail:LookupEvents"),
        "{}",
        text(&denied.stderr)
    );

    // Without times, which vary.
    let lines = |arguments: &[&str]| {
        let printed = server.packhouse(&[&["audit"], arguments].concat());
        let line = |line: &str| line.split_once("  ").map(|(_, rest)| rest.to_owned());
        printed.lines().filter_map(line).collect::<Vec<String>>()
    };
    let push = "user/admin  127.0.0.1  GitPush  audited refs/heads/main".to_owned();
    let all = lines(&["--since", "1h"]);
    assert!(all.len() >= 6 && all.contains(&push), "{all:#?}");
    assert!(
        all[0].starts_with("user/eve  127.0.0.1  LookupEvents  AccessDenied"),
        "the newest comes first: {all:#?}"
    );
    assert_eq!(lines(&["--event", "GitPush"]), [push.as_str()]);
    assert_eq!(
        lines(&["--repository", "audited"]),
        [push.as_str(), "user/admin  127.0.0.1  CreateRepository  audited"]
    );
    assert_eq!(
        lines(&["--user", "admin", "--event", "CreateAccessKey"]),
        ["user/admin  127.0.0.1  CreateAccessKey  eve"]
    );
    assert_eq!(lines(&["--denied"]).len(), 1);
    assert_eq!(lines(&["--user", "arn:aws:iam::000000000000:user/eve"]).len(), 1);
    assert!(lines(&["--since", "2100-01-01"]).is_empty());

    let records = server.packhouse(&["audit", "--denied", "--json"]);
    let record: Value = serde_json::from_str(records.trim()).expect("one record a line");
    assert_eq!(record["eventName"], "LookupEvents");
    assert_eq!(record["userIdentity"]["userName"], "eve");
    assert!(!records.contains(field("SecretAccessKey")));
}

#[test]
fn more_events_than_a_page_holds_are_all_told() {
    if against_reference() {
        return;
    }
    let server = Server::start();
    for at in 0..60 {
        server.create_repository(&format!("r{at}"));
    }
    let printed = server.packhouse(&["audit", "--event", "CreateRepository"]);
    let names: Vec<&str> = printed.lines().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(names.len(), 60);
    assert_eq!((names[0], names[59]), ("r59", "r0"));
}
