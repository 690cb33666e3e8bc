//! Partial clones.

use packhouse_harness::{Git, Server, server::against_reference};

use super::{mixed, new_repository, reachable};

const FILTERS: [&str; 11] = [
    "blob:none",
    "blob:limit=0",
    "blob:limit=1k",
    "blob:limit=10k",
    "tree:0",
    "tree:1",
    "tree:3",
    "object:type=commit",
    "object:type=tree",
    "object:type=tag",
    "combine:tree:3+blob:limit=500",
];

#[test]
fn filtered_clones_hold_the_same_as_from_git_itself() {
    for git in Git::every() {
        for git in ["0", "2"].map(|protocol| git.speaking(protocol)) {
            git.log_in(Server::shared());
            for filter in FILTERS {
                mixed().assert_same_clone(&git, &format!("--filter={filter}"));
            }
        }
    }
}

#[test]
fn filters_join_with_depth() {
    let git = Git::newest();
    git.log_in(Server::shared());
    for options in [
        "--depth=1 --filter=blob:none",
        "--depth=2 --filter=tree:0",
        "--depth=3 --filter=blob:limit=1k",
    ] {
        mixed().assert_same_clone(&git, options);
    }
}

#[test]
fn a_clone_without_blobs_gets_them_when_it_needs_them() {
    for git in Git::every() {
        git.log_in(Server::shared());
        git.run(&format!("clone --quiet --filter=blob:none {} copy", mixed().url()))
            .ok();
        let copy = git.in_dir("copy");
        let lacking = copy.run("rev-list --objects --all --missing=print").ok();
        assert!(
            lacking.lines().any(|line| line.starts_with('?')),
            "old blobs are lacking"
        );
        // Walks all of history and fetches hundreds of blobs, commit by commit.
        copy.run("log --stat --all --format=%H").ok();
        copy.run("-c fetch.fsckObjects=false fetch --quiet --refetch --no-filter")
            .ok();
        let twin = git.in_dir(mixed().bare());
        assert_eq!(
            reachable(&copy, "--remotes"),
            reachable(&twin, "--branches"),
            "git {}",
            git.version()
        );
    }
}

#[test]
fn a_clone_without_trees_gets_hundreds_of_objects_at_once() {
    let git = Git::newest();
    let url = new_repository(&git, "hundreds-of-wants");
    let source = git.init("source");
    packhouse_harness::random_history::import(&source, |stream| {
        packhouse_harness::random_history::wide(stream, 9, 800)
    });
    source.run(&format!("push --quiet {url} main")).ok();
    git.run(&format!("clone --quiet --filter=tree:0 {url} copy")).ok();
    let files = source.run("ls-tree -r --name-only main").ok();
    assert_eq!(git.in_dir("copy").run("ls-files").ok(), files);
    assert_eq!(git.in_dir("copy").run("status --porcelain").ok(), "");
}

#[test]
fn a_partial_clone_pushes() {
    let git = Git::newest();
    let url = new_repository(&git, "partial-push");
    let work = git.init("work");
    for at in 0..4 {
        work.commit(&format!("folder/file{at}"), at.to_string());
    }
    work.run(&format!("push --quiet {url} main")).ok();
    git.run(&format!("clone --quiet --filter=tree:0 --no-checkout {url} copy"))
        .ok();
    let copy = git.in_dir("copy");
    copy.run("sparse-checkout set other").ok();
    copy.run("checkout --quiet main").ok();
    copy.commit("other/file", "new");
    copy.run("push --quiet origin main").ok();
    work.run(&format!("pull --quiet {url} main")).ok();
    assert_eq!(work.rev("main"), copy.rev("main"));
}

#[test]
fn sparse_filters_are_served_only_by_configuration() {
    if against_reference() {
        return;
    }
    let git = Git::newest();
    let work = git.init("work");
    work.commit("kept/file", "kept");
    work.commit("left/file", "left out");
    work.commit("patterns", "/kept/\n");
    let serving = Server::start_with(&["--sparse-filter", "on"]);
    for (server, is_served) in [(Server::shared(), false), (&serving, true)] {
        git.log_in(server);
        let url = server.create_repository("sparse-filter");
        work.run(&format!("push --quiet {url} main")).ok();
        for protocol in ["0", "2"] {
            let git = git.speaking(protocol);
            let copy = format!("copy-{is_served}-{protocol}");
            let clone = git.run(&format!(
                "clone --quiet --no-checkout --filter=sparse:oid=main:patterns {url} {copy}"
            ));
            if is_served {
                clone.ok();
                let lacking = git.in_dir(&copy).run("rev-list --objects --missing=print main").ok();
                let lacking: Vec<&str> = lacking.lines().filter_map(|line| line.strip_prefix('?')).collect();
                assert_eq!(lacking.len(), 2, "both files outside of the patterns");
                assert!(lacking.contains(&work.rev("main:left/file").as_str()), "{lacking:?}");
            } else {
                let refused = clone.refused();
                assert!(refused.contains("filter 'sparse:oid' not supported"), "{refused}");
            }
        }
    }
}
