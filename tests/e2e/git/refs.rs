//! What a repository tells about its refs, and which names it takes.

use packhouse_harness::{
    Git, Server, pack,
    raw_git::{RawGit, ZERO, command},
    server::against_reference,
};

use super::{mixed, new_repository};

#[test]
fn refs_are_listed_as_git_lists_them() {
    for git in Git::every_protocol() {
        git.log_in(Server::shared());
        for arguments in [
            "",
            "HEAD",
            "--heads",
            "--tags",
            "refs/heads/*",
            "v*",
            "--refs",
            "--symref",
        ] {
            let (options, patterns) = if arguments.starts_with('-') {
                (arguments, "")
            } else {
                ("", arguments)
            };
            let listed = |url: &str| git.run(&format!("ls-remote {options} {url} {patterns}")).ok();
            let what = format!("ls-remote {arguments} with {}", git.label());
            assert_eq!(listed(mixed().url()), listed(&mixed().twin_url()), "{what}");
        }
    }
}

#[test]
fn ten_thousand_refs_are_listed() {
    let git = Git::newest();
    let url = new_repository(&git, "ten-thousand-refs");
    let source = git.init("source");
    let tip = source.commit("file", "x");
    source.run(&format!("push --quiet {url} main")).ok();
    // git itself would look at each ref for each ref, which takes it a minute.
    let commands: Vec<String> = (0..10_000)
        .map(|at| command(ZERO, &tip, &format!("refs/tags/t{at:05}")))
        .collect();
    let raw = RawGit::of(Server::shared(), "ten-thousand-refs");
    raw.push(&commands, &pack::of(&[])).accepted();
    for git in Git::every_protocol() {
        git.log_in(Server::shared());
        assert_eq!(
            git.run(&format!("ls-remote {url}")).ok().lines().count(),
            10_002,
            "{}",
            git.label()
        );
        assert_eq!(
            git.run(&format!("ls-remote {url} refs/tags/t00007")).ok(),
            format!("{tip}\trefs/tags/t00007\n")
        );
    }
}

#[test]
fn names_that_git_forbids_are_refused_each_with_a_reason() {
    let git = Git::newest();
    let url = new_repository(&git, "bad-names");
    let work = git.init("work");
    let id = work.commit("file", "x");
    work.run(&format!("push --quiet {url} main")).ok();
    let raw = RawGit::of(Server::shared(), "bad-names");
    let names = [
        "refs/heads/a..b",
        "refs/heads/a~b",
        "refs/heads/a^b",
        "refs/heads/a:b",
        "refs/heads/a?b",
        "refs/heads/a*b",
        "refs/heads/a[b",
        "refs/heads/a\\b",
        "refs/heads/a@{b",
        "refs/heads/.a",
        "refs/heads/a/.b",
        "refs/heads/a.lock",
        "refs/heads/a.lock/b",
        "refs/heads/a.",
        "refs/heads/a//b",
        "refs/heads/",
        "refs/heads/a/",
        "refs/heads/a\x7fb",
        "refs/heads/a\tb",
        "refs//heads/a",
        "../evil",
        "refs/../evil",
        "refs/heads/../../evil",
        "refs",
        "evil",
        "HEAD",
        "/refs/heads/a",
    ];
    for name in names {
        let report = raw.push(&[command(ZERO, &id, name)], &pack::of(&[]));
        report.refused();
    }
    let long = format!("refs/heads/{}", "x".repeat(60_000));
    raw.push(&[command(ZERO, &id, &long)], &pack::of(&[])).refused();
    let main = format!("{id}\tHEAD\n{id}\trefs/heads/main\n");
    assert_eq!(git.run(&format!("ls-remote {url}")).ok(), main, "nothing moved");
}

#[test]
fn names_with_odd_characters_are_taken() {
    let git = Git::newest();
    let url = new_repository(&git, "odd-names");
    let work = git.init("work");
    work.commit("file", "x");
    let names = [
        "ümläut",
        "日本",
        "a+b",
        "a%20b",
        "x@y",
        "(1)",
        "a=b&c",
        "#1",
        "deep/er/and/deeper",
        "don't",
        "\"q\"",
    ];
    for name in names {
        work.run_args(["push", "--quiet", &url, &format!("main:refs/heads/{name}")])
            .ok();
    }
    let listed = git.run(&format!("ls-remote --heads {url}")).ok();
    for name in names {
        assert!(listed.contains(&format!("\trefs/heads/{name}\n")), "{name}: {listed}");
    }
}

#[test]
fn a_branch_and_a_folder_of_branches_cannot_share_a_name() {
    let git = Git::newest();
    let url = new_repository(&git, "file-folder");
    let work = git.init("work");
    work.commit("file", "x");
    work.run(&format!("push --quiet {url} main main:topic/a")).ok();
    for refspecs in ["main:topic", "main:topic/a/b", "main:refs/heads/main/x"] {
        let refused = work.run(&format!("push {url} {refspecs}")).refused();
        assert!(refused.contains("[remote rejected]"), "{refused}");
    }
    let both = work.run(&format!("push {url} main:new main:new/x")).refused();
    assert!(both.contains("[remote rejected]"), "{both}");
    // In one push the old name may go and the new one come.
    if !against_reference() {
        work.run(&format!("push --atomic --quiet {url} :topic/a main:topic"))
            .ok();
    }
}

#[test]
fn a_command_whose_old_id_is_stale_is_refused() {
    let git = Git::newest();
    let url = new_repository(&git, "stale");
    let work = git.init("work");
    let first = work.commit("file", "1");
    work.run(&format!("push --quiet {url} main")).ok();
    let second = work.commit("file", "2");
    work.run(&format!("push --quiet {url} main")).ok();
    let raw = RawGit::of(Server::shared(), "stale");
    let empty = pack::of(&[]);
    let rows = [
        (first.as_str(), first.as_str(), "refs/heads/main"),
        (ZERO, first.as_str(), "refs/heads/main"),
        (first.as_str(), ZERO, "refs/heads/main"),
        (first.as_str(), second.as_str(), "refs/heads/absent"),
    ];
    for (old, new, name) in rows {
        raw.push(&[command(old, new, name)], &empty).refused();
    }
    assert!(git.run(&format!("ls-remote {url} main")).ok().starts_with(&second));
    assert_eq!(git.run(&format!("ls-remote {url} absent")).ok(), "");
}

#[test]
fn one_push_names_each_ref_once() {
    let git = Git::newest();
    let url = new_repository(&git, "duplicate");
    let work = git.init("work");
    let id = work.commit("file", "1");
    work.run(&format!("push --quiet {url} main")).ok();
    let raw = RawGit::of(Server::shared(), "duplicate");
    let twice = [command(ZERO, &id, "refs/heads/x"), command(ZERO, &id, "refs/heads/x")];
    let report = raw.push(&twice, &pack::of(&[]));
    let taken = report.refs.iter().filter(|(_, answer)| answer == "ok").count();
    assert!(taken <= 1 && !(taken == report.refs.len() && taken == 2), "{report:?}");
}
