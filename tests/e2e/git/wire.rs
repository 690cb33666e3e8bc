//! What is on the wire: headers, framing, and what only other clients than git send.

use packhouse_harness::{
    Git, Server,
    http::{self, Connection},
    pkt::{self, Packet},
    raw_git::RawGit,
    server::against_reference,
};

use super::{mixed, new_repository};

fn text_of(packet: &Packet<'_>) -> String {
    match packet {
        Packet::Data(line) => String::from_utf8_lossy(line).trim_end().to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn advertisements_carry_their_types_and_are_not_cached() {
    mixed();
    let raw = RawGit::of(Server::shared(), "mixed");
    for service in ["git-upload-pack", "git-receive-pack"] {
        for protocol in [
            None,
            Some("version=1"),
            Some("version=2"),
            Some("version=9"),
            Some("nonsense:version=2"),
        ] {
            let answer = raw.advertisement(service, protocol);
            let content_type = format!("application/x-{service}-advertisement");
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (200, Some(content_type.as_str()))
            );
            assert!(
                answer
                    .header("cache-control")
                    .is_some_and(|value| value.contains("no-cache")),
                "{answer:?}"
            );
            assert!(matches!(pkt::parse(&answer.body).last(), Some(Packet::Flush)));
        }
    }
}

#[test]
fn version_two_tells_its_capabilities() {
    mixed();
    let answer = RawGit::of(Server::shared(), "mixed").advertisement("git-upload-pack", Some("version=2"));
    let lines: Vec<_> = pkt::parse(&answer.body).iter().map(text_of).collect();
    let has = |prefix: &str| lines.iter().any(|line| line.starts_with(prefix));
    for prefix in [
        "version 2",
        "agent=",
        "ls-refs=unborn",
        "fetch=",
        "server-option",
        "object-format=sha1",
    ] {
        assert!(has(prefix), "{prefix}: {lines:?}");
    }
    let fetch = lines
        .iter()
        .find(|line| line.starts_with("fetch="))
        .expect("fetch")
        .clone();
    for feature in ["shallow", "wait-for-done", "filter"] {
        assert!(fetch.contains(feature), "{feature}: {fetch}");
    }
    if !against_reference() {
        let more = has("object-info") && fetch.contains("sideband-all") && fetch.contains("ref-in-want");
        assert!(more, "{lines:?}");
    }
}

#[test]
fn version_zero_tells_its_capabilities() {
    mixed();
    let raw = RawGit::of(Server::shared(), "mixed");
    let rows = [
        (
            "git-upload-pack",
            "multi_ack thin-pack side-band side-band-64k ofs-delta shallow deepen-since deepen-not \
          deepen-relative no-progress include-tag multi_ack_detailed no-done symref=HEAD:refs/heads/main filter \
          object-format=sha1 agent=",
        ),
        (
            "git-receive-pack",
            "report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta \
          push-options object-format=sha1 agent=",
        ),
    ];
    for (service, capabilities) in rows {
        let answer = raw.advertisement(service, None);
        let packets = pkt::parse(&answer.body);
        let first = text_of(&packets[2]);
        let (_, told) = first.split_once('\0').expect("capabilities");
        for capability in capabilities.split(' ') {
            assert!(
                told.split(' ').any(|word| word.starts_with(capability)),
                "{service}: {capability}: {told}"
            );
        }
    }
}

#[test]
fn an_empty_repository_advertises_capabilities_and_nothing_else() {
    new_repository(&Git::newest(), "wire-empty");
    let raw = RawGit::of(Server::shared(), "wire-empty");
    for service in ["git-upload-pack", "git-receive-pack"] {
        let answer = raw.advertisement(service, None);
        let packets = pkt::parse(&answer.body);
        let first = text_of(&packets[2]);
        assert!(
            first.starts_with(&format!("{} capabilities^{{}}\0", "0".repeat(40))),
            "{first:?}"
        );
        assert_eq!(packets.len(), 4);
    }
}

#[test]
fn the_probe_of_four_bytes_is_answered() {
    new_repository(&Git::newest(), "probe");
    let raw = RawGit::of(Server::shared(), "probe");
    let answer = raw.exchange(&raw.receive_pack_request(b"0000")).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn refs_are_listed_by_any_prefixes_even_those_that_end_within_a_character() {
    let git = Git::newest();
    let url = new_repository(&git, "prefixes");
    let work = git.init("work");
    work.commit("file", "x");
    for name in ["main", "münchen", "zebra"] {
        work.run_args(["push", "--quiet", &url, &format!("main:refs/heads/{name}")])
            .ok();
    }
    let raw = RawGit::of(Server::shared(), "prefixes");
    let listed = |prefixes: &[&[u8]]| {
        let mut body = pkt::line("command=ls-refs\n");
        body.extend(pkt::DELIMITER);
        for prefix in prefixes {
            body.extend(pkt::line([b"ref-prefix ", *prefix, b"\n"].concat()));
        }
        body.extend(pkt::FLUSH);
        let answer = raw.exchange(&raw.upload_pack_request(&body)).expect("an answer").body;
        let names = pkt::parse(&answer).into_iter().filter_map(|packet| match packet {
            Packet::Data(line) => Some(String::from_utf8_lossy(&line[41..]).trim_end().to_owned()),
            _ => None,
        });
        names.collect::<Vec<String>>()
    };
    let (main, city, zebra) = ("refs/heads/main", "refs/heads/münchen", "refs/heads/zebra");
    assert_eq!(listed(&[]), ["HEAD", main, city, zebra]);
    assert_eq!(
        listed(&[b"refs/heads/z", b"refs/heads/ma", b"refs/heads/main"]),
        [main, zebra]
    );
    assert_eq!(listed(&[b"refs/heads/m\xc3"]), [city]);
    assert_eq!(
        listed(&[b"refs/heads/m\xc3", b"refs/heads/z", b"HEAD"]),
        ["HEAD", city, zebra]
    );
    assert!(listed(&[b"refs/tags/"]).is_empty());
}

#[test]
fn bodies_come_chunked_compressed_and_after_a_hundred() {
    mixed();
    let raw = RawGit::of(Server::shared(), "mixed");
    let body = pkt::lines(["command=ls-refs\n"]);
    let body = [
        &body[..body.len() - 4],
        pkt::DELIMITER,
        &pkt::lines(["ref-prefix refs/heads/\n"]),
    ]
    .concat();
    let plain = raw.exchange(&raw.upload_pack_request(&body)).expect("an answer").body;
    assert!(pkt::parse(&plain).len() > 1);
    let content_type = ("Content-Type", "application/x-git-upload-pack-request");
    let version = ("Git-Protocol", "version=2");
    let gzipped = http::gzip(&body);
    let chunked = ("Transfer-Encoding", "chunked");
    let rows = [
        (vec![content_type, version, chunked], http::chunked(&body, 5)),
        (
            vec![content_type, version, ("Content-Encoding", "gzip")],
            gzipped.clone(),
        ),
        (
            vec![content_type, version, ("Content-Encoding", "gzip"), chunked],
            http::chunked(&gzipped, 3),
        ),
    ];
    for (headers, body) in rows {
        let answer = raw
            .exchange(&raw.request("POST", "/git-upload-pack", &headers, &body))
            .expect("an answer");
        assert_eq!(answer.body, plain, "{headers:?}");
    }
    let length = body.len().to_string();
    let headers = [
        content_type,
        version,
        ("Content-Length", length.as_str()),
        ("Expect", "100-continue"),
    ];
    let mut connection = Connection::open(Server::shared().address());
    connection
        .send(&raw.request("POST", "/git-upload-pack", &headers, b""))
        .expect("the server reads");
    assert_eq!(connection.response().expect("an interim answer").status, 100);
    connection.send(&body).expect("the server reads");
    assert_eq!(connection.response().expect("an answer").body, plain);
}

#[test]
fn a_connection_serves_many_requests() {
    mixed();
    let raw = RawGit::of(Server::shared(), "mixed");
    let mut connection = Connection::open(Server::shared().address());
    for _ in 0..3 {
        let request = raw.request(
            "GET",
            "/info/refs?service=git-upload-pack",
            &[("Git-Protocol", "version=2")],
            b"",
        );
        connection.send(&request).expect("the server reads");
        assert_eq!(connection.response().expect("an answer").status, 200);
    }
}

#[test]
fn sizes_are_told_without_the_objects() {
    if against_reference() {
        return;
    }
    let git = Git::newest();
    let url = new_repository(&git, "object-info");
    let work = git.init("work");
    work.commit("file", "12345");
    work.run(&format!("push --quiet {url} main")).ok();
    let blob = work.rev("main:file");
    let raw = RawGit::of(Server::shared(), "object-info");
    let arguments = pkt::lines(["size\n".to_owned(), format!("oid {blob}\n")]);
    let body = [pkt::line("command=object-info\n"), pkt::DELIMITER.to_vec(), arguments].concat();
    let answer = raw.exchange(&raw.upload_pack_request(&body)).expect("an answer");
    let lines: Vec<_> = pkt::parse(&answer.body).iter().map(text_of).collect();
    assert_eq!(lines, ["size".to_owned(), format!("{blob} 5"), "Flush".to_owned()]);
}

#[test]
fn a_ref_is_wanted_by_name() {
    if against_reference() {
        return;
    }
    mixed();
    let git = Git::newest();
    let tip = git.in_dir(mixed().bare()).rev("main");
    let raw = RawGit::of(Server::shared(), "mixed");
    let arguments = pkt::lines(["want-ref refs/heads/main\n", "filter tree:0\n", "done\n"]);
    let body = [pkt::line("command=fetch\n"), pkt::DELIMITER.to_vec(), arguments].concat();
    let answer = raw.exchange(&raw.upload_pack_request(&body)).expect("an answer");
    let packets = pkt::parse(&answer.body);
    let lines: Vec<_> = packets.iter().take(4).map(text_of).collect();
    assert_eq!(
        lines,
        [
            "wanted-refs".to_owned(),
            format!("{tip} refs/heads/main"),
            "Delimiter".to_owned(),
            "packfile".to_owned()
        ]
    );
    assert!(pkt::bands(packets.into_iter().skip(4)).data.starts_with(b"PACK"));
}

#[test]
fn a_client_that_waits_for_done_gets_no_pack_before() {
    mixed();
    let git = Git::newest();
    let tip = git.in_dir(mixed().bare()).rev("main");
    let raw = RawGit::of(Server::shared(), "mixed");
    let arguments = pkt::lines([
        format!("want {tip}\n"),
        format!("have {tip}\n"),
        "wait-for-done\n".to_owned(),
    ]);
    let body = [pkt::line("command=fetch\n"), pkt::DELIMITER.to_vec(), arguments].concat();
    let answer = raw.exchange(&raw.upload_pack_request(&body)).expect("an answer");
    let lines: Vec<_> = pkt::parse(&answer.body).iter().map(text_of).collect();
    assert_eq!(
        lines,
        ["acknowledgments".to_owned(), format!("ACK {tip}"), "Flush".to_owned()]
    );
}
