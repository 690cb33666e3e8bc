//! `packhouse env`: what it prints makes stock tools work.

use packhouse_harness::{Aws, Git, Server};

#[test]
fn every_variable_is_exported_one_a_line() {
    let server = Server::shared();
    let printed = server.packhouse(&["env"]);
    let names = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "PACKHOUSE_URL",
        "PACKHOUSE_GIT_USERNAME",
        "PACKHOUSE_GIT_PASSWORD",
    ];
    for name in names {
        assert!(
            printed.lines().any(|line| line.starts_with(&format!("export {name}="))),
            "{name}"
        );
        assert!(!server.credentials().get(name).is_empty(), "{name}");
    }
    assert!(
        printed
            .lines()
            .all(|line| line.starts_with("export ") || line.starts_with('#')),
        "{printed}"
    );
    assert_eq!(server.credentials().get("PACKHOUSE_URL"), server.base_url());
}

#[test]
fn the_aws_cli_and_git_work_with_nothing_else() {
    let server = Server::shared();
    let created = Aws::of(server).codecommit("create-repository --repository-name by-env");
    let url = created["repositoryMetadata"]["cloneUrlHttp"]
        .as_str()
        .expect("a clone URL")
        .to_owned();
    assert_eq!(url, server.url("by-env"));
    let git = Git::newest();
    git.log_in(server);
    let work = git.init("work");
    work.commit("file", "x");
    work.run(&format!("push --quiet {url} main")).ok();
    let got = Aws::of(server).codecommit("get-repository --repository-name by-env");
    assert_eq!(got["repositoryMetadata"]["defaultBranch"], "main");
}
