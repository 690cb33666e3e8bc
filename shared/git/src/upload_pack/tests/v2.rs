use proptest::prelude::*;

use super::*;

fn parse(lines: &[&str]) -> Result<Option<Request>, Error> {
    parse_v2(&message(lines), &SERVER)
}

#[test]
fn ls_refs_is_understood() {
    let request = parse(&[
        "command=ls-refs\n",
        "agent=git/2.47.3-Linux",
        "server-option=a=b",
        "server-option=",
        "object-format=sha1",
        "0001",
        "peel\n",
        "symrefs\n",
        "unborn\n",
        "ref-prefix refs/tags/\n",
        "ref-prefix refs/heads/x\n",
        "ref-prefix refs/heads/\n",
        "ref-prefix HEAD\n",
        "0000",
    ]);
    let client = Client {
        agent: Some("git/2.47.3-Linux".to_owned()),
        session_id: None,
        server_options: vec![b"a=b".to_vec(), b"".to_vec()],
    };
    let ref_prefixes = [&b"HEAD"[..], b"refs/heads/", b"refs/tags/"]
        .map(<[u8]>::to_vec)
        .to_vec();
    let expected = LsRefsRequest {
        client,
        peel: true,
        symrefs: true,
        unborn: true,
        ref_prefixes,
    };
    assert_eq!(request, Ok(Some(Request::LsRefs(expected))));
}

#[test]
fn prefixes_choose_refs() {
    let rows: &[(&[&str], &str, bool)] = &[
        (&[], "refs/heads/main", true),
        (&["refs/heads/"], "refs/heads/main", true),
        (&["refs/heads/"], "refs/heads", false),
        (&["refs/heads/"], "refs/tags/v", false),
        (
            &["refs/heads/a", "refs/heads/ab", "refs/heads/b"],
            "refs/heads/abc",
            true,
        ),
        (
            &["refs/heads/a", "refs/heads/ab", "refs/heads/b"],
            "refs/heads/az",
            true,
        ),
        (&["refs/heads/a", "refs/heads/b"], "refs/heads/c", false),
        (&["refs/heads/a", "refs/heads/b"], "A", false),
        (&[""], "anything", true),
    ];
    for (prefixes, name, expected) in rows {
        let arguments: Vec<_> = prefixes.iter().map(|prefix| format!("ref-prefix {prefix}")).collect();
        let mut lines = vec!["command=ls-refs", "0001"];
        lines.extend(arguments.iter().map(String::as_str));
        lines.push("0000");
        let Ok(Some(Request::LsRefs(request))) = parse(&lines) else {
            panic!("{lines:?}")
        };
        assert_eq!(request.matches(name.as_bytes()), *expected, "{prefixes:?} {name}");
    }
}

#[test]
fn too_many_prefixes_are_none() {
    let mut lines = vec!["command=ls-refs", "0001"];
    lines.extend(vec!["ref-prefix x"; 65_536]);
    lines.push("0000");
    let Ok(Some(Request::LsRefs(request))) = parse(&lines) else {
        panic!()
    };
    assert!(request.matches(b"y"));
}

#[test]
fn refs_are_listed_as_git_does() {
    let all = LsRefsRequest {
        peel: true,
        symrefs: true,
        unborn: true,
        ..LsRefsRequest::default()
    };
    let list = |request: &LsRefsRequest| {
        let mut out = Vec::new();
        ls_refs::write_ref(&mut out, request, b"HEAD", &id(MAIN), Some(b"refs/heads/main"), None).unwrap();
        ls_refs::write_ref(&mut out, request, b"refs/heads/dev", &id(DEV), None, None).unwrap();
        ls_refs::write_ref(&mut out, request, b"refs/heads/main", &id(MAIN), None, None).unwrap();
        ls_refs::write_ref(&mut out, request, b"refs/tags/v1", &id(TAG), None, Some(&id(MAIN))).unwrap();
        ls_refs::write_end(&mut out);
        String::from_utf8(out).unwrap()
    };
    let expected = "0050<main> HEAD symref-target:refs/heads/main\n003c<dev> refs/heads/dev\n\
                    003d<main> refs/heads/main\n006a<tag> refs/tags/v1 peeled:<main>\n0000";
    assert_eq!(list(&all), expand(expected));
    let expected = "0032<main> HEAD\n003c<dev> refs/heads/dev\n003d<main> refs/heads/main\n\
                    003a<tag> refs/tags/v1\n0000";
    assert_eq!(list(&LsRefsRequest::default()), expand(expected));
    let tags = LsRefsRequest {
        ref_prefixes: vec![b"refs/tags/".to_vec()],
        ..LsRefsRequest::default()
    };
    assert_eq!(list(&tags), expand("003a<tag> refs/tags/v1\n0000"));
}

#[test]
fn an_unborn_head_is_told_to_those_who_ask() {
    let all = LsRefsRequest {
        symrefs: true,
        unborn: true,
        ..LsRefsRequest::default()
    };
    let rows = [
        (all.clone(), "002eunborn HEAD symref-target:refs/heads/main\n"),
        (
            LsRefsRequest {
                symrefs: false,
                ..all.clone()
            },
            "",
        ),
        (
            LsRefsRequest {
                unborn: false,
                ..all.clone()
            },
            "",
        ),
        (
            LsRefsRequest {
                ref_prefixes: vec![b"refs/".to_vec()],
                ..all
            },
            "",
        ),
    ];
    for (request, expected) in rows {
        let mut out = Vec::new();
        ls_refs::write_unborn_head(&mut out, &request, b"refs/heads/main").unwrap();
        assert_eq!(text(&out), text(expected.as_bytes()), "{request:?}");
    }
}

#[test]
fn object_info_is_answered_as_git_does() {
    let lines = [
        "command=object-info",
        "object-format=sha1",
        "0001",
        "size",
        "oid <main>",
        "oid <unknown>",
        "0000",
    ];
    let Ok(Some(Request::ObjectInfo(request))) = parse(&lines) else {
        panic!()
    };
    assert_eq!(request.oids, [id(MAIN), id(UNKNOWN)]);
    let mut out = Vec::new();
    object_info::write_start(&mut out, &request);
    object_info::write_object(&mut out, &request, &id(MAIN), Some(166));
    object_info::write_object(&mut out, &request, &id(UNKNOWN), None);
    object_info::write_end(&mut out);
    assert_eq!(text(&out), expand("0008size0030<main> 166002d<unknown> 0000"));

    let Ok(Some(Request::ObjectInfo(request))) = parse(&["command=object-info", "0001", "size", "0000"]) else {
        panic!()
    };
    let mut out = Vec::new();
    object_info::write_start(&mut out, &request);
    object_info::write_end(&mut out);
    assert_eq!(text(&out), "0000");
}

#[test]
fn farewells_are_not_requests() {
    assert_eq!(parse(&[]), Ok(None));
    assert_eq!(parse(&["0000"]), Ok(None));
}

fn check_refusals(rows: &[(&[&str], &str)]) {
    for (lines, expected) in rows {
        assert_eq!(parse(lines).unwrap_err().to_string(), *expected, "{lines:?}");
    }
}

#[test]
fn malformed_heads_are_refused_in_the_words_of_git() {
    check_refusals(&[
        (&["command=nope", "0000"], "invalid command 'nope'"),
        (&["command=fetch=x", "0000"], "invalid command 'fetch=x'"),
        (&["command=agent", "0000"], "invalid command 'agent'"),
        (
            &["command=ls-refs", "command=fetch"],
            "command 'fetch' requested after already requesting command 'ls-refs'",
        ),
        (&["bogus", "0000"], "unknown capability 'bogus'"),
        (&["bogus=1", "0000"], "unknown capability 'bogus=1'"),
        (&["fetch", "0000"], "unknown capability 'fetch'"),
        (&["agent\0=x", "0000"], r"unknown capability 'agent\x00=x'"),
        (&["session-id=x", "0000"], "unknown capability 'session-id=x'"),
        (&["agent=x", "0000"], "no command requested"),
        (&["0001", "0000"], "no command requested"),
        (&["0002"], "protocol error: unexpected response end packet"),
        (
            &["object-format", "0000"],
            "object-format capability requires an argument",
        ),
        (&["object-format=md5", "0000"], "unknown object format 'md5'"),
        (
            &["command=ls-refs", "object-format=sha256", "0000"],
            "mismatched object format: server sha1; client sha256",
        ),
    ]);
}

#[test]
fn malformed_arguments_are_refused_in_the_words_of_git() {
    check_refusals(&[
        (&["command=ls-refs"], "the remote end hung up unexpectedly"),
        (&["command=ls-refs", "0001"], "the remote end hung up unexpectedly"),
        (
            &["command=ls-refs", "0001", "peel", "0001"],
            "expected flush after ls-refs arguments",
        ),
        (&["command=ls-refs", "0001", "bogus"], "unexpected line: 'bogus'"),
        (&["command=ls-refs", "0001", "peel=1"], "unexpected line: 'peel=1'"),
        (
            &["command=fetch", "0001", "done", "0001"],
            "expected flush after fetch arguments",
        ),
        (&["command=fetch", "0001", "bogus"], "unexpected line: 'bogus'"),
        (&["command=fetch", "0001", "deepen -1"], "Invalid deepen: deepen -1"),
        (
            &["command=fetch", "0001", "want 1"],
            "git upload-pack: protocol error, expected to get object ID, not 'want 1'",
        ),
        (
            &["command=fetch", "0001", "have 1"],
            "git upload-pack: expected SHA1 object, got '1'",
        ),
        (&["command=fetch", "0001", "filter tree:x"], "expected 'tree:<depth>'"),
        (
            &["command=fetch", "0001", "filter tree:1", "filter tree:1"],
            "multiple filter-specs cannot be combined",
        ),
        (
            &["command=fetch", "0001", "want-ref a", "want-ref a"],
            "duplicate want-ref a",
        ),
        (
            &["command=fetch", "0001", "deepen 1", "deepen-not a", "0000"],
            "git upload-pack: deepen and deepen-since (or deepen-not) cannot be used together",
        ),
        (
            &["command=object-info", "0001", "sizes"],
            "object-info: unexpected line: 'sizes'",
        ),
        (
            &["command=object-info", "0001", "oid x"],
            "object-info: protocol error, expected to get oid, not 'x'",
        ),
        (
            &["command=object-info", "0001", "size", "0001"],
            "object-info: expected flush after arguments",
        ),
    ]);
}

#[test]
fn broken_lines_are_refused_in_the_words_of_git() {
    for (body, expected) in [
        (&b"zzzz"[..], "protocol error: bad line length character: zzzz"),
        (b"0003", "protocol error: bad line length 3"),
        (b"fff1", "protocol error: bad line length 65521"),
        (b"0014command=ls-refs\n00", "the remote end hung up unexpectedly"),
    ] {
        assert_eq!(parse_v2(body, &SERVER).unwrap_err().to_string(), expected);
    }
}

#[test]
fn what_was_not_advertised_is_refused() {
    let server = Server {
        features: Features::NONE,
        session_id: Some("s"),
        ..SERVER
    };
    let rows: &[(&[&str], &str)] = &[
        (&["command=object-info", "0000"], "invalid command 'object-info'"),
        (
            &["command=fetch", "0001", "want-ref a", "0000"],
            "unexpected line: 'want-ref a'",
        ),
        (
            &["command=fetch", "0001", "filter blob:none", "0000"],
            "unexpected line: 'filter blob:none'",
        ),
        (
            &["command=fetch", "0001", "sideband-all", "0000"],
            "unexpected line: 'sideband-all'",
        ),
    ];
    for (lines, expected) in rows {
        assert_eq!(
            parse_v2(&message(lines), &server).unwrap_err().to_string(),
            *expected,
            "{lines:?}"
        );
    }
    assert!(parse_v2(&message(&["session-id=x", "command=fetch", "0000"]), &server).is_ok());
}

proptest! {
    #[test]
    fn any_bytes_are_a_request_or_an_error(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(parse_v2(&body, &SERVER));
        drop(parse_v2(&[&message(&["command=fetch", "0001"]), body.as_slice()].concat(), &SERVER));
    }

    #[test]
    fn any_lines_are_a_request_or_an_error(
        command in "command=(fetch|ls-refs|object-info)",
        lines in proptest::collection::vec(
            "((want|have|shallow|oid) (<main>|<dev>)|deepen [1-9]|filter tree:1|ref-prefix |want-ref |size|done|0000)[a-z]?",
            0..12,
        ),
        name in "[a-z]{0,3}",
    ) {
        let mut all = vec![command.as_str(), "0001"];
        all.extend(lines.iter().map(String::as_str));
        all.push("0000");
        if let Ok(Some(Request::LsRefs(request))) = parse(&all) {
            let plain = lines.iter().take_while(|line| *line != "0000").filter_map(|line| line.strip_prefix("ref-prefix "));
            let plain: Vec<_> = plain.collect();
            let expected = plain.is_empty() || plain.iter().any(|prefix| name.starts_with(prefix));
            prop_assert_eq!(request.matches(name.as_bytes()), expected);
        }
    }
}
