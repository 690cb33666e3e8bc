//! Shallow clones and what becomes of them.

use packhouse_harness::{Git, Server, bare_twin, server::against_reference};

use super::{linear, mixed};

#[test]
fn shallow_clones_hold_the_same_as_from_git_itself() {
    let boundary = "2026-01-02T00:00:00Z";
    let since = format!("--shallow-since={boundary}");
    let rows = [
        "--depth=1",
        "--depth=3",
        "--depth=1000",
        "--depth=2 --no-single-branch",
        &since,
    ];
    for git in Git::every_protocol() {
        git.log_in(Server::shared());
        for options in rows {
            mixed().assert_same_clone(&git, options);
        }
        linear().assert_same_clone(&git, "--shallow-exclude=c20");
        linear().assert_same_clone(&git, "--shallow-exclude=refs/tags/c38 --no-tags");
    }
}

#[test]
fn a_shallow_clone_deepens_the_same_as_from_git_itself() {
    let steps = [
        "fetch --quiet --depth=3",
        "fetch --quiet --deepen=4",
        "fetch --quiet --depth=2",
        "fetch --quiet --shallow-since=2026-01-01T20:00:00Z",
        "fetch --quiet --shallow-exclude=c5",
        "fetch --quiet --unshallow",
    ];
    for git in Git::every_protocol() {
        git.log_in(Server::shared());
        let ours = shallow_clone(&git, linear().url(), "ours");
        let theirs = shallow_clone(&git, &linear().twin_url(), "theirs");
        for step in steps {
            for clone in [&ours, &theirs] {
                clone.run(step).ok();
            }
            let what = format!("{step} with {}", git.label());
            // git drops no objects when the boundary moves up, so only what refs reach must be equal.
            assert_eq!(
                ours.run("rev-list --all --boundary").ok(),
                theirs.run("rev-list --all --boundary").ok(),
                "{what}"
            );
            bare_twin::assert_same(&bare_twin::contents(&ours), &bare_twin::contents(&theirs), &what);
        }
    }
}

fn shallow_clone(git: &Git, url: &str, name: &str) -> Git {
    git.run(&format!("clone --quiet --bare --depth=1 --no-tags {url} {name}"))
        .ok();
    let clone = git.in_dir(name);
    clone
        .run("config remote.origin.fetch +refs/heads/*:refs/remotes/origin/*")
        .ok();
    clone
}

#[test]
fn a_shallow_clone_fetches_what_was_pushed_since() {
    for git in Git::every_protocol() {
        let url = super::new_repository(&git, &format!("shallow-since-{}", git.label()));
        let work = git.init("work");
        for at in 0..6 {
            work.commit("file", at.to_string());
        }
        work.run(&format!("push --quiet {url} main")).ok();
        git.run(&format!("clone --quiet --depth=2 {url} copy")).ok();
        work.commit("file", "new");
        work.commit("other", "new");
        work.run(&format!("push --quiet {url} main")).ok();
        let copy = git.in_dir("copy");
        copy.run("pull --quiet").ok();
        assert_eq!(copy.run("rev-list --count HEAD").ok(), "4\n", "{}", git.label());
        bare_twin::contents(&copy);
    }
}

#[test]
fn a_boundary_that_nothing_lies_behind_is_told() {
    let git = Git::newest();
    git.log_in(Server::shared());
    let url = linear().url();
    let refused = git
        .run(&format!("clone --quiet --shallow-since=2030-01-01 {url} none"))
        .refused();
    let told = "no commits selected for shallow requests";
    assert!(refused.contains(told) || against_reference(), "{refused}");
    let refused = git
        .run(&format!("clone --quiet --shallow-exclude=nowhere {url} none"))
        .refused();
    assert!(refused.contains("nowhere") || against_reference(), "{refused}");
}
