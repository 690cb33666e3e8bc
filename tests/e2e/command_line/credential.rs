//! `packhouse credential`, as git runs it.

use std::{fs, os::unix::fs::symlink};

use packhouse_harness::{Git, Server, binary, server::against_reference};

use super::{home, keys, packhouse, text};

/// An actor who knows no credentials but what `helper` makes of these variables.
fn with_helper(git: &Git, helper: &str, variables: &[(&str, &str)]) -> Git {
    let mut git = git.stranger().with_env("AWS_EC2_METADATA_DISABLED", "true");
    for (name, value) in variables {
        git = git.with_env(name, *value);
    }
    for (name, value) in [
        ("credential.helper", ""),
        ("credential.helper", helper),
        ("credential.useHttpPath", "true"),
    ] {
        git.run_args(["config", "--global", "--add", name, value]).ok();
    }
    git
}

fn helper(flags: &str) -> String {
    format!("!{} credential {flags}", binary::packhouse().display())
}

/// Pushes a commit to `url`, and clones it again.
#[track_caller]
fn push_and_clone(git: &Git, url: &str, branch: &str) {
    let work = git.init("work");
    let tip = work.commit("file", branch);
    work.run_args(["push", "--quiet", url, &format!("main:{branch}")]).ok();
    git.run_args(["clone", "--quiet", "--branch", branch, url, "copy"]).ok();
    assert_eq!(git.in_dir("copy").rev("HEAD"), tip);
}

#[test]
fn git_is_let_in_with_the_keys_in_the_environment() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let url = server.create_repository("helped-by-us");
    for git in Git::every() {
        let helped = with_helper(&git, &helper(""), &keys(server.credentials()));
        push_and_clone(&helped, &url, git.version());
        // Git tells it that they are right, and wrong: there is nothing to keep and nothing to forget.
        let stranger = with_helper(&git, &helper(""), &[("AWS_ACCESS_KEY_ID", "AKIANOBODY")]);
        let mut wrong = stranger.with_env("AWS_SECRET_ACCESS_KEY", "wrong");
        wrong = wrong.with_env("AWS_REGION", "us-east-1");
        wrong
            .run(&format!("ls-remote {url}"))
            .refused_with("Authentication failed");
    }
}

#[test]
fn keys_and_region_may_come_from_a_profile_and_its_process() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let url = server.create_repository("helped-by-profiles");
    let [(_, id), (_, secret), (_, region)] = keys(server.credentials());
    let process = home("");
    let answer = process.path().join("answer.json");
    let json = serde_json::json!({ "Version": 1, "AccessKeyId": id, "SecretAccessKey": secret });
    fs::write(&answer, json.to_string()).expect("the home is writable");
    let config = format!(
        "[profile work]\nregion = {region}\ncredential_process = cat {}\n[profile plain]\n\
         aws_access_key_id = {id}\naws_secret_access_key = {secret}\n",
        answer.display()
    );
    let home = home(&config);
    let config = home.path().join(".aws/config");
    let config = config.to_str().expect("a path in UTF-8");
    let git = Git::newest();
    for (branch, flags, variables) in [
        ("by-variable", "", vec![("AWS_PROFILE", "work")]),
        // What is named on the command line counts, whatever the environment has.
        (
            "by-flag",
            "--profile work",
            vec![("AWS_ACCESS_KEY_ID", "AKIANOBODY"), ("AWS_SECRET_ACCESS_KEY", "wrong")],
        ),
        ("by-region", "--region us-east-1 --profile plain", vec![]),
    ] {
        let variables = [vec![("AWS_CONFIG_FILE", config)], variables].concat();
        push_and_clone(&with_helper(&git, &helper(flags), &variables), &url, branch);
    }
}

#[test]
fn git_finds_it_by_its_own_name() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let url = server.create_repository("helped-by-name");
    let folder = home("");
    symlink(binary::packhouse(), folder.path().join("git-credential-packhouse")).expect("the folder is new");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.path().display());
    for git in Git::every() {
        let git = with_helper(&git, "packhouse", &keys(server.credentials())).with_env("PATH", path.as_str());
        push_and_clone(&git, &url, git.version());
    }
}

#[test]
fn what_it_needs_is_told() {
    let home = home("[profile empty]\n");
    let some = [("AWS_ACCESS_KEY_ID", "AKIA1"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t")];
    let region = ("AWS_REGION", "eu-west-1");
    let question = "protocol=https\nhost=git.example.com\npath=v1/repos/demo\n\n";
    let no_path = "protocol=https\nhost=git.example.com\n\n";
    let all = [&some[..], &[region]].concat();
    let check = |question: &str, arguments: &[&str], variables: &[(&str, &str)], told: &str| {
        let arguments = [&["credential"], arguments].concat();
        let ran = packhouse(home.path(), &arguments, variables, question);
        assert!(!ran.status.success(), "{arguments:?}");
        assert_eq!(text(&ran.stdout), "", "{arguments:?}");
        assert!(text(&ran.stderr).contains(told), "{arguments:?}: {}", text(&ran.stderr));
        assert!(!text(&ran.stderr).contains("s3cr3t"), "{}", text(&ran.stderr));
    };
    check(
        no_path,
        &["get"],
        &all,
        "credential.https://git.example.com.useHttpPath true",
    );
    check(question, &["get"], &some, "there is no region");
    check(question, &["get"], &[region], "there is no AWS access key");
    check(question, &["--profile", "absent", "get"], &all, "in the profile absent");
    check(question, &["--profile", "empty", "get"], &all, "in the profile empty");
}

#[test]
fn it_answers_for_repositories_and_asks_for_nothing_else() {
    let home = home("");
    let variables = [
        ("AWS_ACCESS_KEY_ID", "ASIA1"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_SESSION_TOKEN", "a+b/c="),
        ("AWS_REGION", "eu-west-1"),
    ];
    let ask = |operation: &str, path: &str| {
        let question = format!("protocol=https\nhost=git.example.com\npath={path}\n\n");
        let ran = packhouse(home.path(), &["credential", operation], &variables, &question);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        assert_eq!(text(&ran.stderr), "");
        text(&ran.stdout).to_owned()
    };
    let answer = ask("get", "v1/repos/demo");
    let mut lines = answer.lines();
    assert_eq!(lines.next(), Some("username=ASIA1%a+b/c="));
    let password = lines.next().and_then(|line| line.strip_prefix("password="));
    let (time, signature) = password
        .and_then(|password| password.split_once('Z'))
        .expect("a signature");
    assert_eq!((time.len(), signature.len()), (15, 64), "{answer}");
    assert!(
        lines
            .next()
            .is_some_and(|line| line.starts_with("password_expiry_utc=")),
        "{answer}"
    );
    assert_eq!(lines.next(), None);
    for (operation, path) in [
        ("get", "someone/else.git"),
        ("store", "v1/repos/demo"),
        ("erase", "v1/repos/demo"),
        ("capability", "v1/repos/demo"),
    ] {
        assert_eq!(ask(operation, path), "", "{operation} {path}");
    }
}
