//! `git clone`.

use std::thread;

use insta::assert_snapshot;
use packhouse_harness::{Git, Server, bare_twin, server::against_reference};

use super::{mixed, new_repository};

#[test]
fn an_empty_repository_clones_and_names_its_future_branch() {
    for git in Git::every_protocol() {
        let url = new_repository(&git, &format!("empty-{}", git.label()));
        let cloned = git.run(&format!("clone {url} empty"));
        assert_eq!(cloned.code, Some(0), "{cloned:?}");
        assert!(
            cloned.stderr.contains("You appear to have cloned an empty repository"),
            "{cloned:?}"
        );
        assert_eq!(git.in_dir("empty").run("symbolic-ref HEAD").ok(), "refs/heads/main\n");
    }
}

#[test]
fn every_client_clones_the_same_as_from_git_itself() {
    let twin = mixed();
    for git in Git::every_protocol() {
        git.log_in(Server::shared());
        twin.assert_same_clone(&git, "--mirror");
    }
}

#[test]
fn parts_of_a_repository_clone_the_same_as_from_git_itself() {
    let twin = mixed();
    let git = Git::newest();
    git.log_in(Server::shared());
    let topics = git
        .in_dir(twin.bare())
        .run("for-each-ref --format=%(refname:short) refs/heads/topic")
        .ok();
    let topic = format!(
        "--single-branch --branch {}",
        topics.lines().next().expect("a history with branches")
    );
    for options in ["", "--single-branch", "--no-tags", "--single-branch --no-tags", &topic] {
        twin.assert_same_clone(&git, options);
    }
}

#[test]
fn a_clone_checks_out_the_default_branch() {
    let git = Git::newest();
    let url = new_repository(&git, "checkout");
    let work = git.init("work");
    work.commit("README", "hello\n");
    work.run(&format!("push --quiet {url} main")).ok();
    let cloned = git.run(&format!("clone {url} copy"));
    assert_snapshot!(cloned.transcript(), @r"
    $ git clone http://server/v1/repos/checkout copy
    Cloning into 'copy'...
    ");
    assert_eq!(
        std::fs::read(git.in_dir("copy").dir().join("README")).expect("checked out"),
        b"hello\n"
    );
}

#[test]
fn a_suffix_and_a_trailing_slash_name_the_same_repository() {
    if against_reference() {
        return;
    }
    let git = Git::newest();
    git.log_in(Server::shared());
    let expected = git.run(&format!("ls-remote {}", mixed().url())).ok();
    for ending in [".git", "/", ".git/"] {
        let url = format!("{}{ending}", mixed().url());
        assert_eq!(git.run(&format!("ls-remote {url}")).ok(), expected, "{url}");
        git.run(&format!("clone --quiet --bare {url} copy{}", ending.replace('/', "-")))
            .ok();
    }
}

#[test]
fn sixteen_clones_at_once_all_succeed() {
    let twin = mixed();
    thread::scope(|scope| {
        let clones: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    let git = Git::newest();
                    git.log_in(Server::shared());
                    git.run(&format!("clone --quiet --mirror {} copy", twin.url())).ok();
                    bare_twin::contents(&git.in_dir("copy"))
                })
            })
            .collect();
        let contents: Vec<_> = clones
            .into_iter()
            .map(|clone| clone.join().expect("the clone succeeds"))
            .collect();
        for other in &contents[1..] {
            bare_twin::assert_same(&contents[0], other, "clones at once");
        }
    });
}

#[test]
fn a_repository_with_a_name_that_looks_odd_clones() {
    let git = Git::newest();
    for name in ["a", "A.b_c-d", "...x", "0", "refs", &"n".repeat(100)] {
        let url = new_repository(&git, name);
        let work = git.init(&format!("work-{}", name.len()));
        work.commit("file", name);
        work.run(&format!("push --quiet {url} main")).ok();
        assert_eq!(
            git.run(&format!("ls-remote --heads {url}")).ok(),
            format!("{}\trefs/heads/main\n", work.rev("main"))
        );
    }
}
