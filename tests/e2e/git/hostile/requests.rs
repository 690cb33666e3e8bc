//! Requests that no git sends.

use packhouse_harness::{
    Git, Server, http,
    pack::{self, Object},
    pkt,
    raw_git::{ZERO, command, push_commands},
    server::against_reference,
};

use super::{Victim, bounded, server};

/// Requests whose framing or grammar is broken are answered, with an error and never with success.
#[test]
fn broken_requests_are_answered_with_an_error() {
    let victim = Victim::new("broken-requests");
    let raw = victim.raw();
    let tip = victim.tip();
    let fetch = |lines: &[&str]| {
        let arguments = pkt::lines(lines);
        [pkt::line("command=fetch\n"), pkt::DELIMITER.to_vec(), arguments].concat()
    };
    let unknown_capability = [pkt::line("command=ls-refs\n"), pkt::lines(["frobnicate=1\n"])].concat();
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("no packet", b"hello, server".to_vec()),
        ("length 3", b"0003".to_vec()),
        ("length that is no number", b"00zzabcd".to_vec()),
        (
            "longer than a packet may be",
            [b"ffff".as_slice(), &[b'x'; 65_531]].concat(),
        ),
        ("ends within a packet", b"0032want ".to_vec()),
        ("unknown command", pkt::lines(["command=frobnicate\n"])),
        ("unknown capability", unknown_capability),
        ("two commands", pkt::lines(["command=ls-refs\n", "command=fetch\n"])),
        ("want of no id", fetch(&["want xyz\n", "done\n"])),
        ("want of a short id", fetch(&["want 1234\n", "done\n"])),
        (
            "want of nothing known",
            fetch(&[&format!("want {}\n", "12".repeat(20)), "done\n"]),
        ),
        ("want of the null id", fetch(&[&format!("want {ZERO}\n"), "done\n"])),
        (
            "unknown filter",
            fetch(&[&format!("want {tip}\n"), "filter frob:1\n", "done\n"]),
        ),
        (
            "endless filter",
            fetch(&[
                &format!("want {tip}\n"),
                &format!("filter {}", "combine:".repeat(5_000)),
                "done\n",
            ]),
        ),
        (
            "depth of words",
            fetch(&[&format!("want {tip}\n"), "deepen lots\n", "done\n"]),
        ),
        (
            "depth below zero",
            fetch(&[&format!("want {tip}\n"), "deepen -1\n", "done\n"]),
        ),
        (
            "unknown argument",
            fetch(&[&format!("want {tip}\n"), "frobnicate\n", "done\n"]),
        ),
        (
            "wrong object format",
            [pkt::line("command=ls-refs\n"), pkt::lines(["object-format=sha256\n"])].concat(),
        ),
    ];
    for (what, body) in rows {
        let answer = bounded(|| raw.exchange(&raw.upload_pack_request(&body)));
        let Ok(answer) = answer else {
            assert!(against_reference(), "{what}: no answer");
            continue;
        };
        let told = (400..500).contains(&answer.status) || answer.text().contains("ERR ") || answer.body.contains(&3);
        assert!(
            told || against_reference(),
            "{what}: {} {}",
            answer.status,
            answer.text()
        );
    }
    victim.unharmed();
}

#[test]
fn broken_pushes_are_answered_with_an_error() {
    let victim = Victim::new("broken-pushes");
    let raw = victim.raw();
    let (tip, empty) = (victim.tip(), pack::of(&[]));
    let one = |line: String| [pkt::lines([line]), empty.clone()].concat();
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("no packet", b"hello, server".to_vec()),
        ("no ids", one("create refs/heads/x\0 report-status".to_owned())),
        ("no name", one(format!("{ZERO} {tip}\0 report-status"))),
        (
            "ids of another format",
            one(format!(
                "{} {} refs/heads/x\0 report-status",
                "0".repeat(64),
                "1".repeat(64)
            )),
        ),
        (
            "longer than a packet may be",
            [b"ffff".as_slice(), &[b'x'; 65_531], b"0000"].concat(),
        ),
        (
            "no flush",
            pkt::line(format!("{ZERO} {tip} refs/heads/x\0 report-status")),
        ),
        (
            "wrong object format",
            [
                push_commands(
                    &[command(ZERO, &tip, "refs/heads/x")],
                    "report-status object-format=sha256",
                ),
                empty.clone(),
            ]
            .concat(),
        ),
        (
            "a shallow line of no id",
            [
                pkt::line("shallow xyz"),
                one(format!("{ZERO} {tip} refs/heads/x\0 report-status")),
            ]
            .concat(),
        ),
    ];
    for (what, body) in rows {
        let answer = bounded(|| raw.exchange(&raw.receive_pack_request(&body)));
        let Ok(answer) = answer else {
            assert!(against_reference(), "{what}: no answer");
            continue;
        };
        assert!(!answer.text().contains("ok refs/heads/x"), "{what}: {}", answer.text());
        assert_eq!(
            victim.git.run(&format!("ls-remote {}", victim.url)).ok(),
            victim.before,
            "{what}"
        );
        assert!(
            !answer.body.is_empty() || answer.status >= 400 || against_reference(),
            "{what}: silence"
        );
    }
    victim.unharmed();
}

#[test]
fn unknown_capabilities_of_a_push_are_passed_over() {
    let victim = Victim::new("unknown-capability");
    let body = push_commands(
        &[command(ZERO, &victim.tip(), "refs/heads/x")],
        "report-status frobnicate=1 agent=x/1",
    );
    let raw = victim.raw();
    let answer = raw
        .exchange(&raw.receive_pack_request(&[body, pack::of(&[])].concat()))
        .expect("an answer");
    assert!(answer.text().contains("ok refs/heads/x"), "{}", answer.text());
}

#[test]
fn an_endless_gzip_body_ends() {
    let victim = Victim::new("gzip-bomb");
    let raw = victim.raw();
    let have = pkt::line(format!("have {}\n", "12".repeat(20))).repeat(5_000_000);
    let create = pkt::line(format!("{ZERO} {} refs/heads/x\n", victim.tip())).repeat(4_000_000);
    let bombs = [
        (
            "git-upload-pack",
            [&pkt::line("command=fetch\n"), pkt::DELIMITER, &have].concat(),
        ),
        ("git-receive-pack", create),
    ];
    for (service, bomb) in bombs {
        let bomb = http::gzip(&bomb);
        let content_type = format!("application/x-{service}-request");
        let headers = [
            ("Content-Type", content_type.as_str()),
            ("Content-Encoding", "gzip"),
            ("Git-Protocol", "version=2"),
        ];
        let request = raw.request("POST", &format!("/{service}"), &headers, &bomb);
        let answer = bounded(|| raw.exchange(&request));
        let told = answer
            .as_ref()
            .is_ok_and(|answer| answer.status >= 400 || !answer.body.is_empty());
        assert!(told || against_reference(), "{service}: {answer:?}");
    }
    let headers = [
        ("Content-Type", "application/x-git-upload-pack-request"),
        ("Content-Encoding", "gzip"),
    ];
    let garbage = raw.request("POST", "/git-upload-pack", &headers, b"this is no gzip");
    let answer = raw.exchange(&garbage);
    assert!(answer.is_ok_and(|answer| answer.status >= 400 || !answer.body.is_empty()) || against_reference());
    victim.unharmed();
}

#[test]
fn thousands_of_commands_wants_and_haves_are_answered() {
    let victim = Victim::new("thousands");
    let raw = victim.raw();
    let tip = victim.tip();
    let id = |at: u32| format!("{at:040x}");
    let haves = (0..50_000).map(|at| format!("have {}\n", id(at)));
    let arguments = pkt::lines(
        [format!("want {tip}\n")]
            .into_iter()
            .chain(haves)
            .chain(["done\n".to_owned()]),
    );
    let body = [pkt::line("command=fetch\n"), pkt::DELIMITER.to_vec(), arguments].concat();
    let answer = bounded(|| raw.exchange(&raw.upload_pack_request(&body))).expect("an answer");
    assert!(answer.status < 500, "{}", answer.status);
    let commands: Vec<_> = (0..20_000)
        .map(|at| command(ZERO, &id(at + 1), &format!("refs/heads/b{at}")))
        .collect();
    let report = bounded(|| raw.push(&commands, &pack::of(&[])));
    report.refused();
    victim.unharmed();
}

#[test]
fn a_tree_that_holds_itself_many_times_is_answered() {
    let victim = Victim::new("tree-bomb");
    // Ten entries at each of ten levels: ten billion paths in eleven trees.
    let mut objects = vec![Object::blob("boom")];
    let mut mode = "100644";
    for _ in 0..10 {
        let id = objects.last().expect("a level").id();
        let names: Vec<_> = (0..10).map(|at| at.to_string()).collect();
        let entries: Vec<_> = names.iter().map(|name| (mode, name.as_str(), id.as_str())).collect();
        objects.push(Object::tree(&entries));
        mode = "40000";
    }
    objects.push(Object::commit(&objects.last().expect("a root").id(), &[]));
    let id = objects.last().expect("a commit").id();
    let report = bounded(|| victim.raw().create("refs/heads/bomb", &id, &pack::of(&objects)));
    report.accepted();
    for options in ["", "--filter=blob:none", "--filter=tree:5", "--depth=1"] {
        let git = Git::newest();
        git.log_in(server());
        bounded(|| {
            git.run(&format!(
                "clone --quiet --bare --branch bomb {options} {} copy",
                victim.url
            ))
        })
        .ok();
    }
}

#[test]
fn a_tree_of_three_thousand_levels_is_answered() {
    let victim = Victim::new("deep-tree");
    let mut objects = vec![Object::blob("deep")];
    let mut mode = "100644";
    for _ in 0..3_000 {
        let id = objects.last().expect("a level").id();
        objects.push(Object::tree(&[(mode, "d", &id)]));
        mode = "40000";
    }
    objects.push(Object::commit(&objects.last().expect("a root").id(), &[]));
    let id = objects.last().expect("a commit").id();
    let report = bounded(|| victim.raw().create("refs/heads/deep", &id, &pack::of(&objects)));
    if report.refs.iter().any(|(_, answer)| answer == "ok") {
        victim
            .git
            .run(&format!("clone --quiet --bare {} copy", victim.url))
            .ok();
    } else {
        victim.unharmed();
    }
}

#[test]
fn heads_without_end_are_cut() {
    if against_reference() {
        return;
    }
    Victim::new("long-head");
    let mut connection = http::Connection::open(server_address());
    connection
        .send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        .expect("the server reads");
    let line = format!("X-Filler: {}\r\n", "x".repeat(8_000));
    let refused = (0..2_000).any(|_| connection.send(line.as_bytes()).is_err());
    let status = connection.response().map(|answer| answer.status);
    assert!(refused || status.is_ok_and(|status| status >= 400));
}

fn server_address() -> std::net::SocketAddr {
    Server::address(server())
}
