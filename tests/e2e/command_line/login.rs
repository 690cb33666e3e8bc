//! `packhouse login`, as a `credential_process`.

use packhouse_harness::{
    Boto3, Git, Server, binary,
    emulators::{Cloud, CloudOptions, root_variables},
    server::against_reference,
};
use serde_json::{Value, json};

use super::{home, iam, packhouse, text};

/// An emulator of AWS that knows the user `dev`, and the access key of theirs.
fn cloud() -> (Cloud, Value) {
    let cloud = Cloud::start(&CloudOptions {
        enforce_permissions: true,
        ..CloudOptions::default()
    });
    let variables = [root_variables(), vec![("AWS_ENDPOINT_URL".to_owned(), cloud.url())]];
    let aws = Boto3::of("iam", variables.concat());
    let user = json!({ "UserName": "dev" });
    aws.call("CreateUser", &user).expect("root may");
    let key = aws.call("CreateAccessKey", &user).expect("root may")["AccessKey"].clone();
    (cloud, key)
}

/// A role that the user `dev` at AWS may be; its ARN.
fn make_role(server: &Server) -> String {
    let iam = iam(server);
    let trust = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::000000000000:user/dev" },
        "Action": "packhouse:AssumeRoleWithAws",
    } });
    let role = json!({ "RoleName": "developers", "AssumeRolePolicyDocument": trust.to_string() });
    let role = iam.call("CreateRole", &role).expect("the administrator may");
    let power = json!({ "RoleName": "developers", "PolicyArn": "arn:aws:iam::aws:policy/AWSCodeCommitPowerUser" });
    iam.call("AttachRolePolicy", &power).expect("the administrator may");
    role["Role"]["Arn"].as_str().expect("a text").to_owned()
}

#[test]
fn keys_at_aws_lead_to_temporary_keys_that_git_and_the_api_take() {
    if against_reference() {
        return;
    }
    let (cloud, key) = cloud();
    let server = Server::start_embedded(&["--sts-url", &cloud.url()]);
    let role = make_role(&server);
    let arn = role.as_str();
    let program = binary::packhouse().display();
    let field = |name: &str| key[name].as_str().expect("a text");
    let (url, sts) = (server.base_url(), cloud.url());
    let login = format!("{program} login --aws --url {url} --sts-url {sts} --role-arn {arn} --session-name ana");
    let config = format!(
        "[profile work]\naws_access_key_id = {}\naws_secret_access_key = {}\nregion = us-east-1\n\
         [profile packhouse]\nregion = us-east-1\nendpoint_url = {url}\ncredential_process = {login} --profile work\n",
        field("AccessKeyId"),
        field("SecretAccessKey"),
    );
    let home = home(&config);
    let at_home = |arguments: &[&str], variables: &[(&str, &str)]| packhouse(home.path(), arguments, variables, "");

    let created = at_home(
        &[
            "admin",
            "--url",
            url,
            "--profile",
            "packhouse",
            "create-repository",
            "federated",
        ],
        &[],
    );
    assert!(created.status.success(), "{}", text(&created.stderr));
    let config = home.path().join(".aws/config");
    let git = Git::newest().stranger().with_env("AWS_CONFIG_FILE", config.as_os_str());
    let git = git.with_env("AWS_PROFILE", "packhouse");
    for (name, value) in [
        ("credential.helper", format!("!{program} credential")),
        ("credential.useHttpPath", "true".to_owned()),
    ] {
        git.run_args(["config", "--global", name, &value]).ok();
    }
    let work = git.init("work");
    work.commit("file", "x");
    work.run_args(["push", "--quiet", &server.url("federated"), "main"])
        .ok();
    let audit = server.packhouse(&["audit", "--user", "ana"]);
    assert!(
        audit.contains("assumed-role/developers/ana  127.0.0.1  GitPush  federated"),
        "{audit}"
    );

    // What is meant for another server is of no use here, and another's role is not to be had.
    let words: Vec<&str> = login.split(' ').skip(1).chain(["--profile", "work"]).collect();
    let elsewhere = url.replace("127.0.0.1", "localhost");
    let for_another: Vec<&str> = words
        .iter()
        .map(|word| if *word == url { &*elsewhere } else { *word })
        .collect();
    let other_role = arn.replace("developers", "others");
    let of_another: Vec<&str> = words
        .iter()
        .map(|word| if *word == arn { &*other_role } else { *word })
        .collect();
    for (words, told) in [(for_another, "InvalidIdentityToken"), (of_another, "AccessDenied")] {
        let ran = at_home(&words, &[]);
        assert!(!ran.status.success(), "{words:?}");
        assert_eq!(text(&ran.stdout), "", "{words:?}");
        assert!(text(&ran.stderr).contains(told), "{words:?}: {}", text(&ran.stderr));
    }
}

#[test]
fn a_profile_that_runs_it_cannot_be_the_one_that_it_reads() {
    let login = "login --aws --url http://127.0.0.1:1 --role-arn arn:aws:iam::210987654321:role/x";
    let config = format!(
        "credential_process = {} {login}\nregion = us-east-1\n",
        binary::packhouse().display()
    );
    let home = home(&format!("[default]\n{config}[profile packhouse]\n{config}"));
    let words: Vec<&str> = login.split(' ').collect();
    for (more, profile) in [(vec![], "default"), (vec!["--profile", "packhouse"], "packhouse")] {
        let ran = packhouse(
            home.path(),
            &[words.clone(), more].concat(),
            &[("AWS_PROFILE", "packhouse")],
            "",
        );
        assert!(!ran.status.success());
        let told = format!("the profile {profile} gets its keys from this very command");
        assert!(text(&ran.stderr).contains(&told), "{}", text(&ran.stderr));
    }
}

#[test]
fn a_proof_that_is_not_there_is_told() {
    let home = home("");
    let to = [
        "--url",
        "http://127.0.0.1:1",
        "--role-arn",
        "arn:aws:iam::210987654321:role/x",
    ];
    let rows: [(&[&str], &str); 4] = [
        (&["--oidc-token-file", "absent"], "cannot read absent"),
        (&["--oidc-token-env", "ABSENT"], "the variable ABSENT is not set"),
        (
            &["--aws", "--profile", "absent"],
            "there is no AWS access key in the profile absent",
        ),
        (
            &["--oidc-token-env", "PRESENT"],
            "cannot reach the server at 127.0.0.1:1",
        ),
    ];
    for (arguments, told) in rows {
        let arguments = [&["login"], arguments, &to].concat();
        let ran = packhouse(home.path(), &arguments, &[("PRESENT", "secret-token")], "");
        assert!(!ran.status.success(), "{arguments:?}");
        assert!(text(&ran.stderr).contains(told), "{arguments:?}: {}", text(&ran.stderr));
        assert!(!text(&ran.stderr).contains("secret-token"), "{}", text(&ran.stderr));
    }
}
