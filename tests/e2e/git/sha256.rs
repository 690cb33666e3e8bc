//! Repositories of the object format SHA-256.

use packhouse_harness::{
    Aws, Git, Server,
    bare_twin::{self, BareTwin},
    random_history,
    server::against_reference,
};

#[test]
fn a_sha256_repository_is_pushed_and_cloned_by_every_client() {
    for git in Git::every_protocol() {
        let name = format!("sha256-{}", git.label());
        let twin = BareTwin::create_of(Server::shared(), &git, &name, "sha256");
        git.run("init --quiet --object-format=sha256 source").ok();
        let source = git.in_dir("source");
        for at in 0..5 {
            source.commit(&format!("folder/file{at}"), at.to_string());
        }
        source.run("tag -a -m one v1").ok();
        twin.push(&source, "main v1");
        source.commit("file", "more");
        twin.push(&source, "main");
        twin.assert_same();
        for options in ["--depth=2", "--filter=blob:none"] {
            twin.assert_same_clone(&git, options);
        }
    }
}

#[test]
fn an_empty_sha256_repository_clones_as_such() {
    // Clients before 2.41 take the format of an empty repository from themselves.
    let git = Git::newest();
    git.log_in(Server::shared());
    let url = Server::shared().create_repository_of("sha256-empty", "sha256");
    git.run(&format!("clone --quiet {url} copy")).ok();
    assert_eq!(
        git.in_dir("copy").run("rev-parse --show-object-format").ok(),
        "sha256\n"
    );
}

#[test]
fn formats_do_not_mix() {
    let git = Git::newest();
    git.log_in(Server::shared());
    let url = Server::shared().create_repository_of("sha256-mixed", "sha256");
    let work = git.init("work");
    work.commit("file", "sha1");
    let refused = work.run(&format!("push {url} main")).refused();
    assert!(
        refused.contains("sha256") || refused.contains("object format") || refused.contains("algorithm"),
        "{refused}"
    );
    assert_eq!(git.run(&format!("ls-remote {url}")).ok(), "");
}

#[test]
fn the_format_is_chosen_by_the_aws_cli_or_by_an_administrator() {
    if against_reference() {
        return;
    }
    let server = Server::shared();
    let git = Git::newest();
    git.log_in(server);
    Aws::of(server).codecommit("create-repository --repository-name sha256-cli --tags packhouse:object-format=sha256");
    server.packhouse(&[
        "admin",
        "create-repository",
        "sha256-admin",
        "--object-format",
        "sha256",
    ]);
    git.run("init --quiet --object-format=sha256 source").ok();
    let source = git.in_dir("source");
    random_history::import(&source, |stream| random_history::linear(stream, 2, 10, 3));
    for name in ["sha256-cli", "sha256-admin"] {
        source.run(&format!("push --quiet --mirror {}", server.url(name))).ok();
        git.run(&format!("clone --quiet --mirror {} {name}", server.url(name)))
            .ok();
        let (ours, theirs) = (bare_twin::contents(&git.in_dir(name)), bare_twin::contents(&source));
        assert_eq!(ours.objects, theirs.objects);
    }
}
