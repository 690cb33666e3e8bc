//! Ends: SIGTERM lets running requests finish, within a bound.

use std::time::{Duration, Instant};

use packhouse_harness::{
    Git, Server,
    http::Connection,
    pack::{self, Object},
    process,
    raw_git::{RawGit, Report, ZERO, command, push_commands},
};

fn push_body() -> Vec<u8> {
    let tree = Object::tree::<&str>(&[]);
    let commit = Object::commit(&tree.id(), &[]);
    let commands = push_commands(
        &[command(ZERO, &commit.id(), "refs/heads/main")],
        "report-status side-band-64k",
    );
    [commands, pack::of(&[commit, tree])].concat()
}

#[test]
fn an_idle_server_ends_at_once() {
    let server = Server::start();
    let began = Instant::now();
    let stopped = server.stop();
    assert_eq!(stopped.status.code(), Some(0), "{}", stopped.log);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_push_on_its_way_is_finished_and_kept() {
    let server = Server::start();
    server.create_repository("drained");
    let raw = RawGit::of(&server, "drained");
    let request = raw.receive_pack_request(&push_body());
    let mut connection = Connection::open(server.address());
    connection
        .send(&request[..request.len() - 10])
        .expect("the server reads");
    // An answer to another request shows that the server had time to take this one up.
    raw.advertisement("git-receive-pack", None);
    process::signal(server.pid(), "TERM");
    connection
        .send(&request[request.len() - 10..])
        .expect("the server still reads");
    Report::parse(&connection.response().expect("the push is answered").body).accepted();
    drop(connection);
    let stopped = server.wait();
    assert_eq!(stopped.status.code(), Some(0), "{}", stopped.log);
    let server = stopped.start();
    let git = Git::newest();
    git.log_in(&server);
    assert_eq!(
        git.run(&format!("ls-remote --heads {}", server.url("drained")))
            .ok()
            .lines()
            .count(),
        1
    );
}

#[test]
fn a_client_that_never_ends_does_not_keep_the_server() {
    let server = Server::start();
    server.create_repository("stuck");
    let raw = RawGit::of(&server, "stuck");
    let request = raw.receive_pack_request(&push_body());
    let mut connection = Connection::open(server.address());
    connection
        .send(&request[..request.len() - 10])
        .expect("the server reads");
    let began = Instant::now();
    server.stop();
    assert!(
        began.elapsed() < Duration::from_secs(60),
        "the bound is generous, but there is one"
    );
}
