//! `packhouse policy`.

use std::fs;

use packhouse_harness::{Server, binary::workspace, server::against_reference};
use serde_json::json;

use super::{home, iam, keys, packhouse, text};

#[test]
fn decisions_are_told_with_the_statement_that_made_them() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let iam = iam(server);
    let user = json!({ "UserName": "weighed", "Path": "/ops/" });
    iam.call("CreateUser", &user).expect("the administrator may");
    let document =
        fs::read_to_string(workspace().join("docs/policies/protect-main.json")).expect("the recipe is there");
    let protect = json!({ "UserName": "weighed", "PolicyName": "protect", "PolicyDocument": document });
    iam.call("PutUserPolicy", &protect).expect("the administrator may");
    let power = json!({ "UserName": "weighed", "PolicyArn": "arn:aws:iam::aws:policy/AWSCodeCommitPowerUser" });
    iam.call("AttachUserPolicy", &power).expect("the administrator may");

    let home = home("");
    let simulate = |arguments: &str| {
        let to = ["policy", "simulate", "--url", server.base_url()];
        let arguments: Vec<&str> = to.into_iter().chain(arguments.split(' ')).collect();
        let ran = packhouse(home.path(), &arguments, &keys(server.credentials()), "");
        (ran.status.code(), format!("{}{}", text(&ran.stdout), text(&ran.stderr)))
    };
    let arn = "arn:aws:codecommit:us-east-1:000000000000:demo";
    assert_eq!(
        simulate("--user weighed --action GitPush --repository demo --ref main --action codecommit:GitPull"),
        (
            Some(3),
            format!(
                "codecommit:GitPush on {arn}: denied\n  Statement 1 (ProtectMain) of the inline policy protect of user \
                 weighed denies it.\ncodecommit:GitPull on {arn}: allowed\n  Statement 1 of the managed policy \
                 arn:aws:iam::aws:policy/AWSCodeCommitPowerUser allows it.\n"
            )
        )
    );
    let by_arn = "--principal-arn arn:aws:iam::000000000000:user/ops/weighed --action codecommit:GitPush";
    let (code, told) = simulate(&format!(
        "{by_arn} --resource {arn} --context codecommit:References=refs/heads/dev"
    ));
    assert_eq!(code, Some(0), "{told}");
    for (repository, why) in [
        ("demo", "Statement 2 (KeepTheNameThatIsProtected)"),
        ("other", "denied, as nothing allows it"),
    ] {
        let (code, told) = simulate(&format!(
            "--user weighed --action DeleteRepository --repository {repository}"
        ));
        assert_eq!(code, Some(3), "{told}");
        assert!(told.contains(why), "{told}");
    }
    let (code, told) = simulate("--user nobody-of-this-name --action GitPush");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("NoSuchEntity"), "{told}");
    if !packhouse_harness::server::on_aws() {
        // The same of the data folder's server.
        server.packhouse(&["policy", "simulate", "--user", "weighed", "--action", "GitPull"]);
    }
}

#[test]
fn documents_are_checked_without_a_server() {
    let home = home("");
    let good = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"codecommit:*","Resource":"*"}}"#;
    let bad = good.replace("Allow", "Permit");
    let check = |document: &str| {
        let ran = packhouse(home.path(), &["policy", "check", "-"], &[], document);
        (ran.status.code(), format!("{}{}", text(&ran.stdout), text(&ran.stderr)))
    };
    let (code, told) = check(good);
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = check(&bad);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("Statement 1, Effect"), "{told}");
}
