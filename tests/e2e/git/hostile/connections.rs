//! Clients that hang up or crawl.

use packhouse_harness::{
    Git, Server, http,
    http::Connection,
    pack::{self, Object},
    pkt,
    process::peak_memory_while,
    raw_git::{RawGit, Report, ZERO, command, push_commands},
    server::{against_reference, on_aws},
};

use super::{Victim, bounded, server};

/// A push of one commit on top of nothing, and the id that it creates.
fn push_body() -> Vec<u8> {
    let blob = Object::blob("half sent\n");
    let tree = Object::tree(&[("100644", "name", &blob.id())]);
    let commit = Object::commit(&tree.id(), &[]);
    let commands = push_commands(
        &[command(ZERO, &commit.id(), "refs/heads/evil")],
        "report-status side-band-64k",
    );
    [commands, pack::of(&[commit, tree, blob])].concat()
}

#[test]
fn a_client_that_hangs_up_at_any_byte_changes_nothing() {
    let victim = Victim::new("hang-up");
    let raw = victim.raw();
    let request = raw.receive_pack_request(&push_body());
    bounded(|| {
        for end in 0..request.len() {
            let mut connection = Connection::open(server().address());
            connection.send(&request[..end]).expect("the server reads");
            drop(connection);
        }
    });
    victim.unharmed();
    // The same bytes, all of them, are a push.
    let answer = raw.exchange(&request).expect("an answer");
    Report::parse(&answer.body).accepted();
}

#[test]
fn a_chunked_body_that_breaks_off_at_any_byte_changes_nothing() {
    let victim = Victim::new("hang-up-chunked");
    let raw = victim.raw();
    let headers = [
        ("Content-Type", "application/x-git-receive-pack-request"),
        ("Transfer-Encoding", "chunked"),
    ];
    let request = raw.request("POST", "/git-receive-pack", &headers, &http::chunked(&push_body(), 100));
    // What follows the last byte of the pack is framing: a server may have begun to work by then.
    for end in 0..request.len() - b"\r\n0\r\n\r\n".len() {
        let mut connection = Connection::open(server().address());
        connection.send(&request[..end]).expect("the server reads");
        connection.finish_sending();
        if end % 50 == 0 {
            connection.response().ok();
        }
    }
    victim.unharmed();
}

#[test]
fn a_client_that_hangs_up_while_it_is_answered_harms_nobody() {
    let victim = Victim::new("hang-up-answer");
    let raw = victim.raw();
    for _ in 0..50 {
        let mut connection = Connection::open(server().address());
        let request = raw.request("GET", "/info/refs?service=git-upload-pack", &[], b"");
        connection.send(&request).expect("the server reads");
        drop(connection);
    }
    victim.unharmed();
}

#[test]
fn clients_that_crawl_do_not_hold_up_others() {
    let victim = Victim::new("crawl");
    let raw = victim.raw();
    let request = raw.receive_pack_request(&push_body());
    // Two hundred pushes that stand still at different bytes.
    let mut crawling: Vec<_> = (0..200)
        .map(|at| {
            let mut connection = Connection::open(server().address());
            connection
                .send(&request[..request.len() * at / 200])
                .expect("the server reads");
            connection
        })
        .collect();
    victim.unharmed();
    let git = Git::newest();
    git.log_in(server());
    let work = git.init("work");
    work.commit("other", "meanwhile");
    work.run(&format!("push --quiet {} main:meanwhile", victim.url)).ok();
    // One of them goes on, byte by byte, and is served.
    let mut last = crawling.pop().expect("a connection");
    for byte in &request[request.len() * 199 / 200..] {
        last.send(&[*byte]).expect("the server waits");
    }
    Report::parse(&last.response().expect("an answer").body).accepted();
}

#[test]
fn a_hundred_clones_that_stand_still_do_not_hold_up_others() {
    /// More than the buffers of two sockets take.
    const BYTES: usize = 16 << 20;
    // Apart from the others, so that its memory tells what these cost.
    let server = Server::start();
    let git = Git::newest();
    git.log_in(&server);
    let url = server.create_repository("large");
    let work = git.init("work");
    let mut noise = 1_u64;
    let large: Vec<u8> = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        noise.to_be_bytes()[0]
    })
    .take(BYTES)
    .collect();
    let tip = work.commit("large", &large);
    work.run(&format!("push --quiet {url} main")).ok();
    let raw = RawGit::of(&server, "large");
    let clones = || {
        let mut connections: Vec<_> = (0..100)
            .map(|at| {
                // No two ask for the same, so each has a plan of its own.
                let filter = format!("filter blob:limit={}\n", BYTES + 1 + at);
                let arguments = pkt::lines([format!("want {tip}\n"), filter, "done\n".to_owned()]);
                let body = [pkt::line("command=fetch\n"), pkt::DELIMITER.to_vec(), arguments].concat();
                let mut connection = Connection::open(server.address());
                connection
                    .send(&raw.upload_pack_request(&body))
                    .expect("the server reads");
                connection
            })
            .collect();
        for connection in &mut connections {
            connection.response_begins().expect("an answer");
        }
        let next = work.commit("other", "meanwhile");
        work.run(&format!("push --quiet {url} main")).ok();
        assert_eq!(
            git.run(&format!("ls-remote {url} main")).ok(),
            format!("{next}\trefs/heads/main\n")
        );
        git.run(&format!("clone --quiet --bare --depth=1 --filter=blob:none {url} copy"))
            .ok();
        // One of them goes on, and is served.
        let mut last = connections.pop().expect("a connection");
        let (status, bytes) = last.discard().expect("an answer");
        assert!(status == 200 && bytes > BYTES as u64, "{status}, {bytes} bytes");
    };
    let ((), peak) = peak_memory_while(server.pid(), clones);
    // Parts of packs that lie behind a network are longer, and two are on their way.
    let bound = if on_aws() { 512 << 20 } else { 256 << 20 };
    assert!(against_reference() || peak < bound, "used {} MiB", peak >> 20);
}
