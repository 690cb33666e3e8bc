//! `git fetch`.

use packhouse_harness::{Git, Server, bare_twin, random_history};

use super::{mixed, new_repository, reachable};

#[test]
fn every_client_follows_a_branch() {
    for git in Git::every_protocol() {
        let url = new_repository(&git, &format!("follow-{}", git.label()));
        let work = git.init("work");
        work.commit("file", "0");
        work.run(&format!("push --quiet {url} main")).ok();
        git.run(&format!("clone --quiet {url} copy")).ok();
        let copy = git.in_dir("copy");
        for round in 1..4 {
            for step in 0..round * 3 {
                work.commit("file", format!("{round} {step}"));
            }
            work.run(&format!("push --quiet {url} main main:b{round}")).ok();
            copy.run("fetch --quiet").ok();
            assert_eq!(copy.rev("origin/main"), work.rev("main"), "{}", git.label());
            assert_eq!(copy.run("fetch").ok(), "", "nothing is new");
        }
        bare_twin::contents(&copy);
    }
}

#[test]
fn tags_of_fetched_commits_come_along() {
    for git in Git::every_protocol() {
        let url = new_repository(&git, &format!("tags-{}", git.label()));
        let work = git.init("work");
        work.commit("file", "0");
        work.run(&format!("push --quiet {url} main")).ok();
        git.run(&format!("clone --quiet {url} copy")).ok();
        work.commit("file", "1");
        work.run("tag -a -m one v1").ok();
        work.run("tag -a -m two v1-nested v1").ok();
        work.run("tag light").ok();
        work.run(&format!("push --quiet {url} main --tags")).ok();
        let copy = git.in_dir("copy");
        copy.run("fetch --quiet").ok();
        assert_eq!(copy.run("tag --list").ok(), "light\nv1\nv1-nested\n", "{}", git.label());
        assert_eq!(copy.rev("v1-nested^{commit}"), work.rev("main"));
    }
}

#[test]
fn histories_that_went_apart_for_long_negotiate() {
    for git in Git::every_protocol() {
        let url = new_repository(&git, &format!("apart-{}", git.label()));
        let source = git.init("source");
        random_history::import(&source, |stream| random_history::linear(stream, 5, 30, 3));
        source.run(&format!("push --quiet {url} main")).ok();
        git.run(&format!("clone --quiet --bare {url} copy.git")).ok();
        let copy = git.in_dir("copy.git");
        // Hundreds of commits on either side that the other has not.
        let tree = copy.rev("main^{tree}");
        grow(&copy, &tree, "refs/heads/mine", 150);
        source.run("reset --quiet --hard").ok();
        grow(&source, &tree, "refs/heads/main", 120);
        source.run(&format!("push --quiet {url} main")).ok();
        copy.run("fetch --quiet origin main:theirs").ok();
        assert_eq!(copy.rev("theirs"), source.rev("main"), "{}", git.label());
        assert_eq!(reachable(&copy, "theirs"), reachable(&source, "main"));
    }
}

/// Adds commits of one tree to a ref.
fn grow(git: &Git, tree: &str, name: &str, count: usize) {
    let from = git.rev("main");
    let commit = |at: usize| {
        let from = if at == 0 {
            format!("from {from}\n")
        } else {
            String::new()
        };
        let clock = 1_900_000_000 + at * 60;
        format!("commit {name}\ncommitter Ada <ada@example.com> {clock} +0000\ndata 2\n.\n{from}M 040000 {tree} \n\n")
    };
    let stream: String = (0..count).map(commit).collect();
    git.run_with_input(["fast-import", "--quiet", "--force"], stream.as_bytes())
        .ok();
}

#[test]
fn any_reachable_commit_is_fetched_by_its_id() {
    for git in Git::every_protocol() {
        git.log_in(Server::shared());
        let twin = git.in_dir(mixed().bare());
        let wanted = twin.rev("main~2");
        let copy = git.init("copy");
        copy.run(&format!("fetch --quiet {} {wanted}", mixed().url())).ok();
        assert_eq!(
            reachable(&copy, "FETCH_HEAD"),
            reachable(&twin, &wanted),
            "{}",
            git.label()
        );
    }
}

#[test]
fn an_unknown_id_is_refused_with_a_reason() {
    for git in Git::every_protocol() {
        git.log_in(Server::shared());
        let copy = git.init("copy");
        let refused = copy
            .run(&format!("fetch {} {}", mixed().url(), "12".repeat(20)))
            .refused();
        let told = ["not our ref", "unadvertised object", "upload-pack: not our ref"]
            .iter()
            .any(|text| refused.contains(text));
        assert!(told, "{}: {refused}", git.label());
    }
}

#[test]
fn many_branches_prune_and_refetch() {
    let git = Git::newest();
    let url = new_repository(&git, "prune");
    let work = git.init("work");
    work.commit("file", "0");
    let branches: Vec<_> = (0..50).map(|at| format!("main:refs/heads/b{at}")).collect();
    work.run(&format!("push --quiet {url} main {}", branches.join(" ")))
        .ok();
    git.run(&format!("clone --quiet {url} copy")).ok();
    let deletions: Vec<_> = (0..49).map(|at| format!(":refs/heads/b{at}")).collect();
    work.run(&format!("push --quiet {url} {}", deletions.join(" "))).ok();
    let copy = git.in_dir("copy");
    copy.run("fetch --quiet --prune").ok();
    assert_eq!(
        copy.run("branch --remotes --format=%(refname:short)").ok(),
        "origin\norigin/b49\norigin/main\n"
    );
}

#[test]
fn clients_that_send_a_session_id_are_served() {
    let git = Git::newest();
    git.log_in(Server::shared());
    git.run(&format!(
        "-c transfer.advertiseSID=true clone --quiet --mirror {} copy",
        mixed().url()
    ))
    .ok();
    bare_twin::contents(&git.in_dir("copy"));
}

#[test]
fn a_repository_of_many_small_pushes_clones_whole() {
    let git = Git::newest();
    let url = new_repository(&git, "small-pushes");
    let work = git.init("work");
    for at in 0..40 {
        work.commit(&format!("file{}", at % 7), at.to_string());
        work.run(&format!("push --quiet {url} main")).ok();
    }
    git.run(&format!("clone --quiet --mirror {url} copy")).ok();
    bare_twin::contents(&git.in_dir("copy"));
    assert_eq!(reachable(&git.in_dir("copy"), "main"), reachable(&work, "main"));
}
