//! What becomes of commits that no branch and no tag reaches any more.

use std::time::{Duration, Instant};

use packhouse_harness::{Aws, Git, Server, server::against_reference};
use serde_json::Value;

/// A repository from within, once `settled` holds, which is brought about in the background.
fn inspected(server: &Server, name: &str, settled: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let shown: Value = serde_json::from_str(&server.packhouse(&["admin", "show", name])).expect("it prints JSON");
        if settled(&shown) {
            return shown;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{shown}");
        std::thread::yield_now();
    }
}

#[test]
fn what_was_pushed_by_mistake_is_kept_out_of_clones_and_dropped_when_asked_for() {
    if against_reference() {
        return;
    }
    let server = Server::start();
    let git = Git::newest();
    git.log_in(&server);
    let url = server.create_repository("mistake");
    let work = git.init("work");
    work.commit("file", "one\n");
    work.run_args(["push", "--quiet", &url, "main"]).ok();
    let mistake = work.commit("secret", "a password\n");
    work.run_args(["push", "--quiet", &url, "main"]).ok();
    work.run("reset --quiet --hard HEAD~1").ok();
    work.commit("file", "two\n");
    work.run_args(["push", "--quiet", "--force", &url, "main"]).ok();

    let shown = inspected(&server, "mistake", |shown| shown["unreachablePacks"] == 1);
    assert_eq!(
        shown["packs"], 2,
        "one of all that is reached, and one of the rest: {shown}"
    );
    git.run_args(["clone", "--quiet", &url, "copy"]).ok();
    let copy = git.in_dir("copy");
    copy.run("fsck --strict").ok();
    copy.run_args(["cat-file", "-e", &mistake]).refused();
    // Whoever knows it still gets it, and can keep it.
    copy.run_args(["fetch", "--quiet", &url, &mistake]).ok();
    let aws = Aws::of(&server);
    aws.codecommit(&format!(
        "create-branch --repository-name mistake --branch-name kept --commit-id {mistake}"
    ));
    git.run_args(["clone", "--quiet", &url, "with-kept"]).ok();
    let tip = git.in_dir("with-kept").rev("origin/kept");
    assert_eq!(tip, mistake);
    aws.codecommit("delete-branch --repository-name mistake --branch-name kept");

    server.packhouse(&["admin", "repack", "mistake", "--forget-unreachable"]);
    let shown = inspected(&server, "mistake", |shown| shown["packs"] == 1);
    assert_eq!(shown["unreachablePacks"], Value::Null, "{shown}");
    git.init("fresh")
        .run_args(["fetch", "--quiet", &url, &mistake])
        .refused_with("not our ref");
    let refused = aws.codecommit_refused(&format!("get-commit --repository-name mistake --commit-id {mistake}"));
    assert!(refused.contains("CommitIdDoesNotExistException"), "{refused}");
    git.run_args([
        "clone",
        "--quiet",
        "--filter=blob:none",
        "--no-checkout",
        &url,
        "partial",
    ])
    .ok();
    work.commit("file", "three\n");
    work.run_args(["push", "--quiet", &url, "main"]).ok();
    git.run_args(["clone", "--quiet", &url, "again"]).ok();
    let again = git.in_dir("again");
    again.run("fsck --strict").ok();
    assert_eq!(again.rev("HEAD"), work.rev("HEAD"));
}
