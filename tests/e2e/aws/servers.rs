//! `packhouse serve --store aws`, the data plane.

use packhouse_harness::{Git, Server, emulators::AwsStore, random_history};

use super::assert_same;

#[test]
fn two_servers_on_one_table_are_one_installation() {
    let one = Server::start_on(AwsStore::fresh(), &[]);
    let two = one.start_beside(&[]);
    let git = Git::newest();
    git.log_in(&one).log_in(&two);
    one.create_repository("shared");
    let source = git.init("source");
    random_history::import(&source, |stream| random_history::mixed(stream, 9, 40));
    source.run(&format!("push --quiet --mirror {}", one.url("shared"))).ok();
    git.run(&format!("clone --quiet --mirror {} copy", two.url("shared")))
        .ok();
    let copy = git.in_dir("copy");
    assert_same(&copy, &source);
    // Pushes through both at once: each lands, and each server sees the other's.
    std::thread::scope(|scope| {
        for (at, server) in [&one, &two].into_iter().enumerate() {
            scope.spawn(move || {
                let git = Git::newest();
                git.log_in(server);
                git.run(&format!("clone --quiet {} work", server.url("shared"))).ok();
                let work = git.in_dir("work");
                for round in 0..5 {
                    work.commit(&format!("by-{at}"), format!("{round}"));
                    work.run(&format!("push --quiet origin HEAD:refs/heads/by-{at}")).ok();
                }
            });
        }
    });
    for server in [&one, &two] {
        let listed = git.run(&format!("ls-remote --heads {}", server.url("shared"))).ok();
        assert!(
            listed.contains("refs/heads/by-0") && listed.contains("refs/heads/by-1"),
            "{listed}"
        );
    }
}

#[test]
fn what_was_acknowledged_survives_the_servers_death() {
    let server = Server::start_on(AwsStore::fresh(), &[]);
    let git = Git::newest();
    git.log_in(&server);
    server.create_repository("kept");
    let work = git.init("work");
    let tip = work.commit("file", "x");
    work.run(&format!("push --quiet {} main", server.url("kept"))).ok();
    let server = server.kill().start();
    git.log_in(&server);
    assert_eq!(
        git.run(&format!("ls-remote --heads {}", server.url("kept"))).ok(),
        format!("{tip}\trefs/heads/main\n")
    );
}
