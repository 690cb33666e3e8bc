//! `git push`.

use std::thread;

use insta::assert_snapshot;
use packhouse_harness::{
    Git, Server, bare_twin, pack,
    random_history::{self, binaries},
    raw_git::{RawGit, ZERO, command},
    server::against_reference,
};

use super::new_repository;

#[test]
fn the_life_of_a_branch() {
    let git = Git::newest();
    let url = new_repository(&git, "life-of-a-branch");
    let work = git.init("work");
    work.run(&format!("remote add origin {url}")).ok();
    work.commit("a", "one\n");
    let mut story = work.run("push origin main").transcript();
    work.commit("a", "two\n");
    story.push_str(&work.run("push origin main").transcript());
    story.push_str(&work.run("push origin main").transcript());
    work.run("reset --quiet --hard HEAD~1").ok();
    work.commit("a", "three\n");
    story.push_str(&work.run("push --force origin main").transcript());
    story.push_str(&work.run("push origin main:topic main:refs/tags/v1").transcript());
    story.push_str(&work.run("push origin --delete topic v1").transcript());
    assert_snapshot!(story, @r"
    $ git push origin main
    To http://server/v1/repos/life-of-a-branch
     * [new branch]      main -> main
    $ git push origin main
    To http://server/v1/repos/life-of-a-branch
       <id>..<id>  main -> main
    $ git push origin main
    Everything up-to-date
    $ git push --force origin main
    To http://server/v1/repos/life-of-a-branch
     + <id>...<id> main -> main (forced update)
    $ git push origin main:topic main:refs/tags/v1
    To http://server/v1/repos/life-of-a-branch
     * [new branch]      main -> topic
     * [new tag]         main -> v1
    $ git push origin --delete topic v1
    To http://server/v1/repos/life-of-a-branch
     - [deleted]         topic
     - [deleted]         v1
    ");
}

#[test]
fn every_client_pushes_history_of_all_kinds() {
    for git in Git::every_protocol() {
        let url = new_repository(&git, &format!("push-{}", git.label()));
        let source = git.init("source");
        random_history::import(&source, |stream| random_history::mixed(stream, 11, 30));
        source.run(&format!("push --quiet --mirror {url}")).ok();
        git.run(&format!("clone --quiet --mirror {url} copy")).ok();
        let (ours, theirs) = (bare_twin::contents(&git.in_dir("copy")), bare_twin::contents(&source));
        assert_eq!(ours.refs, theirs.refs, "{}", git.label());
    }
}

#[test]
fn the_first_branches_pushed_choose_the_default() {
    let rows = [
        ("trunk", "trunk"),
        ("b-side zoo a-side", "a-side"),
        ("a-side master", "master"),
        ("a-side master main", "main"),
        ("refs/tags/v1 feature/x", "feature/x"),
    ];
    if against_reference() {
        return;
    }
    let git = Git::newest();
    for (at, (branches, expected)) in rows.into_iter().enumerate() {
        let url = new_repository(&git, &format!("default-{at}"));
        let work = git.init(&format!("work-{at}"));
        work.commit("file", branches);
        let full = |name: &str| {
            if name.starts_with("refs/") {
                name.to_owned()
            } else {
                format!("refs/heads/{name}")
            }
        };
        let refspecs: Vec<_> = branches.split(' ').map(|name| format!("HEAD:{}", full(name))).collect();
        work.run(&format!("push --quiet {url} {}", refspecs.join(" "))).ok();
        let head = git.run(&format!("ls-remote --symref {url} HEAD")).ok();
        assert!(
            head.starts_with(&format!("ref: refs/heads/{expected}\tHEAD\n")),
            "{branches}: {head}"
        );
    }
}

#[test]
fn the_default_branch_cannot_be_deleted() {
    for git in Git::every() {
        let name = format!("keep-default-{}", git.version());
        let url = new_repository(&git, &name);
        let work = git.init("work");
        work.commit("file", "x");
        work.run(&format!("push --quiet {url} main main:other")).ok();
        let refused = work.run(&format!("push {url} :main :other"));
        assert!(refused.stderr.contains("[remote rejected] main"), "{refused:?}");
        assert!(refused.stderr.contains("[deleted]         other"), "{refused:?}");
        assert!(git.run(&format!("ls-remote --exit-code {url} main")).code == Some(0));
    }
}

#[test]
fn a_push_that_is_not_a_fast_forward_is_forced_or_not_made() {
    let git = Git::newest();
    let url = new_repository(&git, "not-fast-forward");
    let work = git.init("work");
    work.commit("file", "1");
    work.run(&format!("push --quiet {url} main")).ok();
    let other = git.stranger();
    other.log_in(Server::shared());
    other.run(&format!("clone --quiet {url} other")).ok();
    let theirs = other.in_dir("other").commit("file", "theirs");
    other.in_dir("other").run("push --quiet origin main").ok();
    work.commit("file", "ours");
    work.run(&format!("push {url} main")).refused_with("fetch first");
    work.run(&format!(
        "push --force-with-lease=main:{} {url} main",
        work.rev("main~1")
    ))
    .refused_with("stale info");
    work.run(&format!("push --force-with-lease=main:{theirs} {url} main"))
        .ok();
    assert!(
        git.run(&format!("ls-remote {url} main"))
            .ok()
            .starts_with(&work.rev("main"))
    );
}

#[test]
fn one_refused_ref_does_not_hold_back_the_others_unless_atomic() {
    let git = Git::newest();
    let url = new_repository(&git, "atomic");
    let work = git.init("work");
    work.commit("file", "1");
    work.run(&format!("push --quiet {url} main")).ok();
    work.commit("file", "2");
    let mixed = work.run(&format!("push --atomic {url} :main main:fine"));
    assert!(
        mixed.code != Some(0) && !mixed.stderr.contains("[new branch]"),
        "{mixed:?}"
    );
    assert_eq!(git.run(&format!("ls-remote {url} refs/heads/fine")).ok(), "");
    let mixed = work.run(&format!("push {url} :main main:fine"));
    assert!(
        mixed.code != Some(0) && mixed.stderr.contains("* [new branch]      main -> fine"),
        "{mixed:?}"
    );
    work.run(&format!(
        "push --atomic --quiet {url} main main:x main:y refs/heads/main:refs/tags/t"
    ))
    .ok();
    assert_eq!(git.run(&format!("ls-remote {url} x y t")).ok().lines().count(), 3);
}

#[test]
fn thousands_of_refs_are_pushed_and_deleted_at_once() {
    let git = Git::newest();
    let url = new_repository(&git, "five-thousand-refs");
    let source = git.init("source");
    random_history::import(&source, |stream| random_history::many_refs(stream, 5_000));
    source
        .run(&format!(
            "push --quiet --atomic {url} main refs/heads/many/*:refs/heads/many/*"
        ))
        .ok();
    let listed = git.run(&format!("ls-remote {url} refs/heads/many/*")).ok();
    let local = source
        .run("for-each-ref --format=%(objectname)%09%(refname) refs/heads/many/")
        .ok();
    assert_eq!(listed, local.replace("%09", "\t"));
    let deletions: String = (10..5_000)
        .map(|at| format!("delete refs/heads/many/{at:05}\n"))
        .collect();
    source
        .run_with_input(["update-ref", "--stdin"], deletions.as_bytes())
        .ok();
    source
        .run(&format!(
            "push --quiet --atomic --prune {url} refs/heads/many/*:refs/heads/many/*"
        ))
        .ok();
    assert_eq!(
        git.run(&format!("ls-remote {url} refs/heads/*")).ok().lines().count(),
        11
    );
}

#[test]
fn a_push_above_the_post_buffer_comes_in_chunks_after_a_probe() {
    for git in Git::every() {
        let url = new_repository(&git, &format!("chunked-{}", git.version()));
        let source = git.init("source");
        random_history::import(&source, |stream| binaries(stream, 5, 3, 2_000_000));
        source.run(&format!("push --quiet {url} main")).ok();
        // The same again with one body of a known length.
        let again = new_repository(&git, &format!("one-body-{}", git.version()));
        source
            .run(&format!("-c http.postBuffer=50000000 push --quiet {again} main"))
            .ok();
        for url in [url, again] {
            assert!(
                git.run(&format!("ls-remote {url} main"))
                    .ok()
                    .starts_with(&source.rev("main"))
            );
        }
    }
}

#[test]
fn a_ref_to_what_is_known_needs_no_objects() {
    let git = Git::newest();
    let url = new_repository(&git, "empty-pack");
    let work = git.init("work");
    let id = work.commit("file", "1");
    work.run(&format!("push --quiet {url} main")).ok();
    work.run(&format!(
        "push --quiet {url} main:copy main:refs/tags/light main:refs/notes/commits"
    ))
    .ok();
    // git sends an empty pack; other clients may send none at all for a ref to a known commit.
    let raw = RawGit::of(Server::shared(), "empty-pack");
    raw.push(&[command(ZERO, &id, "refs/heads/raw")], &pack::of(&[]))
        .accepted();
    assert_eq!(
        git.run(&format!("ls-remote {url} refs/heads/*")).ok().lines().count(),
        3
    );
}

#[test]
fn push_options_and_quiet_are_taken() {
    let git = Git::newest();
    let url = new_repository(&git, "push-options");
    let work = git.init("work");
    work.commit("file", "1");
    let pushed = work.run(&format!(
        "push --quiet --push-option=ci.skip --push-option=a=b {url} main"
    ));
    assert_snapshot!(pushed.transcript(), @"$ git push --quiet --push-option=ci.skip --push-option=a=b http://server/v1/repos/push-options main");
}

#[test]
fn a_shallow_clone_pushes_on() {
    for git in Git::every() {
        let url = new_repository(&git, &format!("shallow-push-{}", git.version()));
        let work = git.init("work");
        for at in 0..5 {
            work.commit("file", at.to_string());
        }
        work.run(&format!("push --quiet {url} main")).ok();
        git.run(&format!("clone --quiet --depth=1 {url} shallow")).ok();
        let shallow = git.in_dir("shallow");
        let tip = shallow.commit("file", "from shallow");
        shallow.run("push --quiet origin main").ok();
        work.run(&format!("fetch --quiet {url} main")).ok();
        assert_eq!(work.rev("FETCH_HEAD"), tip);
        assert_eq!(work.run("rev-list --count FETCH_HEAD").ok(), "6\n");
    }
}

#[test]
fn a_shallow_clone_cannot_push_history_that_nobody_has() {
    let git = Git::newest();
    let full = new_repository(&git, "has-history");
    let work = git.init("work");
    for at in 0..5 {
        work.commit("file", at.to_string());
    }
    work.run(&format!("push --quiet {full} main")).ok();
    git.run(&format!("clone --quiet --depth=1 {full} shallow")).ok();
    let empty = new_repository(&git, "has-none");
    let refused = git.in_dir("shallow").run(&format!("push {empty} main"));
    assert!(refused.code != Some(0), "{refused:?}");
    assert_eq!(git.run(&format!("ls-remote {empty}")).ok(), "");
}

#[test]
fn a_push_that_negotiates_sends_only_what_is_new() {
    let git = Git::newest();
    let url = new_repository(&git, "negotiate");
    let work = git.init("work");
    work.commit("file", "1");
    work.run(&format!("push --quiet {url} main")).ok();
    work.commit("file", "2");
    work.run(&format!("-c push.negotiate=true push --quiet {url} main:next"))
        .ok();
    assert!(
        git.run(&format!("ls-remote {url} next"))
            .ok()
            .starts_with(&work.rev("main"))
    );
}

#[test]
fn sixteen_pushers_to_distinct_branches_all_succeed() {
    let git = Git::newest();
    let url = new_repository(&git, "sixteen-pushers");
    let work = git.init("work");
    work.commit("file", "base");
    work.run(&format!("push --quiet {url} main")).ok();
    let tips: Vec<String> = thread::scope(|scope| {
        let pushers: Vec<_> = (0..16)
            .map(|at| {
                let url = &url;
                scope.spawn(move || {
                    let git = Git::newest();
                    git.log_in(Server::shared());
                    git.run(&format!("clone --quiet {url} mine")).ok();
                    let mine = git.in_dir("mine");
                    let tip = mine.commit("file", format!("by {at}"));
                    mine.run(&format!("push --quiet origin main:by-{at:02}")).ok();
                    tip
                })
            })
            .collect();
        pushers
            .into_iter()
            .map(|pusher| pusher.join().expect("the push succeeds"))
            .collect()
    });
    let listed = git.run(&format!("ls-remote {url} refs/heads/by-*")).ok();
    let expected: String = tips
        .iter()
        .enumerate()
        .map(|(at, tip)| format!("{tip}\trefs/heads/by-{at:02}\n"))
        .collect();
    assert_eq!(listed, expected);
    git.run(&format!("clone --quiet --mirror {url} copy")).ok();
    bare_twin::contents(&git.in_dir("copy"));
}

#[test]
fn of_two_pushers_to_one_branch_one_wins() {
    let git = Git::newest();
    let url = new_repository(&git, "two-pushers");
    let work = git.init("work");
    let base = work.commit("file", "base");
    work.run(&format!("push --quiet {url} main")).ok();
    let contenders: Vec<_> = (0..2)
        .map(|at| {
            let git = Git::newest();
            git.log_in(Server::shared());
            git.run(&format!("clone --quiet {url} mine")).ok();
            let mine = git.in_dir("mine");
            mine.commit("file", format!("by {at}"));
            mine
        })
        .collect();
    let outcomes = thread::scope(|scope| {
        let pushes: Vec<_> = contenders
            .iter()
            .map(|mine| scope.spawn(|| mine.run("push --quiet origin main")))
            .collect();
        pushes
            .into_iter()
            .map(|push| push.join().expect("git runs").code == Some(0))
            .collect::<Vec<_>>()
    });
    assert_eq!(outcomes.iter().filter(|&&won| won).count(), 1, "{outcomes:?}");
    let winner = outcomes.iter().position(|&won| won).expect("one won");
    let tip = git.run(&format!("ls-remote {url} main")).ok();
    assert!(
        tip.starts_with(&contenders[winner].rev("main")) && !tip.starts_with(&base),
        "{tip}"
    );
}
